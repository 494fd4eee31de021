/** Archives and HDF5 files of Keras. */

import { loadKeras } from 'cellgate/keras';
import { faultOfModel, seedsOf } from './harness/check.mjs';
import { mutateBytes, mutateJsonBytes, mutateZip } from './harness/mutate.mjs';

/** Places of the file where its structures are, among pages of zeros. */
function mutateStructure(random, bytes) {
  const changed = bytes.slice();
  if (bytes.length < 16) return changed;
  const view = new DataView(changed.buffer);
  for (let rest = random.size(4); rest >= 0; rest--) {
    // Most numbers are 8 bytes at multiples of 8.
    let at = 8 * random.below(Math.floor(bytes.length / 8));
    while (at + 8 <= bytes.length && view.getBigUint64(at, true) === 0n) at += 8;
    if (at + 8 > bytes.length) continue;
    const other = 8 * random.below(Math.floor(bytes.length / 8));
    const value = random.pick([
      0n,
      1n,
      BigInt(other),
      BigInt(bytes.length),
      0xffffffffffffffffn,
      view.getBigUint64(other, true),
    ]);
    view.setBigUint64(at, value, true);
  }
  return changed;
}

function changeEntry(random, name, data) {
  if (name.endsWith('.json')) return mutateJsonBytes(random, data);
  return random.below(2) === 0 ? mutateStructure(random, data) : mutateBytes(random, data, [data]);
}

export default {
  name: 'keras',
  seeds: () => seedsOf('keras', /\.(keras|h5)$/),
  load: (bytes) => loadKeras(bytes),
  check: faultOfModel,
  mutate: (random, bytes) =>
    bytes[0] === 0x50 ? mutateZip(random, bytes, changeEntry) : mutateStructure(random, bytes),
};
