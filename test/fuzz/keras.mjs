/** Archives and HDF5 files of Keras. */

import { loadKeras } from 'cellgate/keras';
import { faultOfModel, seedsOf } from './harness/check.mjs';
import { cutJson, mutateJson, rewritten, swellJson } from './harness/json.mjs';
import { damageLayers } from './harness/layers.mjs';
import { cached, concat, mutateBytes } from './harness/mutate.mjs';
import { damageZip, entryLike, mutateZip, swellZip, withEntry } from './harness/zip.mjs';

const isArchive = (bytes) => bytes[0] === 0x50;
const WEIGHTS = /model\.weights\.h5$/;
const CONFIG = /config\.json$/;
const NEEDED = /config\.json$|model\.weights\.h5$/;
const viewOf = ({ buffer, byteOffset, byteLength }) => new DataView(buffer, byteOffset, byteLength);

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

/** Where pieces of bytes are. */
const placesOf = (bytes, piece) => {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const places = [];
  for (let at = file.indexOf(piece); at >= 0; at = file.indexOf(piece, at + 1)) places.push(at);
  return places;
};

/** Where structures of an HDF5 file are: types of float32, places of values, trees and tables of groups. */
const structuresOf = cached((bytes) => ({
  types: placesOf(bytes, Buffer.from([0x11, 0x20, 0x1f, 0, 4, 0, 0, 0])),
  // Bytes of a message of type 8: one piece, behind flags and reserved bytes.
  layouts: placesOf(bytes, Buffer.from([8, 0, 24, 0]))
    .map((at) => at + 8)
    .filter((at) => bytes[at] === 3 && bytes[at + 1] === 1),
  trees: placesOf(bytes, 'TREE'),
  tables: placesOf(bytes, 'SNOD'),
}));

/** The description of a model in an HDF5 file, without its spaces, and where it is. */
const configOf = cached((bytes) => {
  const from = placesOf(bytes, '{"class_name"')[0];
  if (from === undefined) return undefined;
  // Behind the length of the text in its heap.
  const length = Number(viewOf(bytes).getBigUint64(from - 8, true));
  const text = new TextDecoder().decode(bytes.subarray(from, from + length));
  return { from, length, json: new TextEncoder().encode(JSON.stringify(JSON.parse(text))) };
});

/** The file with another description, filled up with spaces; undefined if it is too long. */
function withConfig(bytes, change) {
  const { from, length, json } = configOf(bytes) ?? {};
  const changed = json && change(json);
  if (changed === undefined || changed.length > length) return undefined;
  const file = bytes.slice();
  file.fill(32, from, from + length).set(changed, from);
  return file;
}

/** An HDF5 file that has to be refused. */
function damageFile(random, bytes) {
  const { types, layouts, trees, tables } = structuresOf(bytes);
  const damaged = bytes.slice();
  const view = viewOf(damaged);
  const far = random.pick([
    bytes.length - random.below(4),
    bytes.length + random.size(2 ** 20),
    2 ** 40,
    2 ** 53,
    2n ** 64n - 1n,
  ]);
  const put = (at, value) => view.setBigUint64(at, BigInt(value), true);
  return random.pick([
    () => bytes.slice(0, random.below(bytes.length)),
    () => withConfig(bytes, (json) => rewritten(json, (model) => damageLayers(random, model))),
    () => {
      // Whole numbers, times, texts, or floats of an unknown size.
      const [first, size] = random.pick([
        [0x10, 4],
        [0x12, 4],
        [0x13, 4],
        [0x11, 3],
        [0x11, 2 ** 32 - 1],
      ]);
      for (const at of types) {
        damaged[at] = first;
        view.setUint32(at + 4, size, true);
      }
      return types.length > 0 ? damaged : undefined;
    },
    () => {
      for (const at of layouts) put(at + 2, far);
      return layouts.length > 0 ? damaged : undefined;
    },
    () => {
      // Each node is its own only child.
      for (const at of trees) {
        damaged[at + 5] = 1;
        view.setUint16(at + 6, 1, true);
        put(at + 32, at);
      }
      return damaged;
    },
    () => {
      for (const at of tables) put(at + 16, far);
      return damaged;
    },
    () => {
      const pairs = tables.filter((at) => view.getUint16(at + 6, true) > 1);
      for (const at of pairs) put(at + 48, view.getBigUint64(at + 8, true));
      return pairs.length > 0 ? damaged : undefined;
    },
  ])();
}

function damageArchive(random, bytes) {
  const { name, data } = entryLike(bytes, random.pick([WEIGHTS, CONFIG])) ?? {};
  if (name === undefined || random.below(3) === 0) return damageZip(random, bytes, NEEDED);
  if (WEIGHTS.test(name)) {
    const damaged = damageFile(random, data);
    return damaged && withEntry(bytes, name, damaged);
  }
  const damaged =
    random.below(4) === 0 ? cutJson(random, data) : rewritten(data, (model) => damageLayers(random, model));
  return damaged && withEntry(bytes, name, damaged);
}

function changeEntry(random, name, data) {
  if (name.endsWith('.json')) return mutateJson(random, data);
  return random.below(2) === 0 ? mutateStructure(random, data) : mutateBytes(random, data, [data]);
}

function mutateFile(random, bytes) {
  const changed = random.below(4) === 0 ? withConfig(bytes, (json) => mutateJson(random, json)) : undefined;
  return changed ?? mutateStructure(random, bytes);
}

/** An address in the place of others, and copies of a structure behind the end. */
function swellFile(random, bytes) {
  const { layouts, trees, tables } = structuresOf(bytes);
  const at = random.pick([...layouts, ...trees, ...tables]);
  const piece = bytes.subarray(at, at + 8 * random.size(64));
  const file = concat(bytes, Buffer.alloc(random.size(2 ** 22), piece));
  const view = viewOf(file);
  // A tree or table of as many entries as it can say.
  if (random.below(2) === 0) view.setUint16(at + 6, 0xffff, true);
  else view.setBigUint64(8 * random.below(bytes.length / 8), BigInt(bytes.length), true);
  return file;
}

function swell(random, bytes) {
  if (!isArchive(bytes)) return swellFile(random, bytes);
  if (random.below(3) === 0) return swellZip(random, bytes, NEEDED);
  const { name, data } = entryLike(bytes, random.below(4) === 0 ? WEIGHTS : CONFIG);
  const change = WEIGHTS.test(name) ? swellFile : swellJson;
  return withEntry(bytes, name, change(random, data), random.below(2) === 0);
}

export default {
  name: 'keras',
  seeds: () => seedsOf('keras', /\.(keras|h5)$/),
  load: (bytes) => loadKeras(bytes),
  check: faultOfModel,
  mutate: (random, bytes) =>
    isArchive(bytes) ? mutateZip(random, bytes, changeEntry) : mutateFile(random, bytes),
  damage: (random, bytes) => (isArchive(bytes) ? damageArchive(random, bytes) : damageFile(random, bytes)),
  swell,
};
