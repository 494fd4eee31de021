/** Models of TensorFlow.js: a text and its shards in one piece, put into one input. */

import { readFileSync } from 'node:fs';
import { loadTfjs } from 'cellgate/tfjs';
import { faultOfModel } from './harness/check.mjs';
import { cutJson, mutateJson, rewritten, swellJson } from './harness/json.mjs';
import { damageLayers } from './harness/layers.mjs';
import { cached, mutateBytes } from './harness/mutate.mjs';

const FOLDER = new URL('../formats/tfjs/', import.meta.url);
const read = (name) => new Uint8Array(readFileSync(new URL(name, FOLDER)));

/** [length of the text, 4 bytes][text][weights] */
function joined(text, weights) {
  const bytes = new Uint8Array(4 + text.length + weights.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  bytes.set(weights, 4 + text.length);
  return bytes;
}

function parted(bytes) {
  const length = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return [bytes.subarray(4, 4 + length), bytes.subarray(4 + length)];
}

function seeds() {
  const { cases } = JSON.parse(new TextDecoder().decode(read('cases.json')));
  return cases.map(({ file }) => {
    const text = read(file);
    const { paths } = JSON.parse(new TextDecoder().decode(text)).weightsManifest[0];
    return joined(text, new Uint8Array(Buffer.concat(paths.map(read))));
  });
}

/** The same of seeds, with the same arrays each time. */
const partsOf = cached(parted);

function damageWeight(random, { weightsManifest: groups }) {
  const { weights } = random.pick(groups);
  const weight = random.pick(weights);
  const axis = random.below(weight.shape.length);
  random.pick([
    () => {
      weight.shape[axis] = random.pick([weight.shape[axis] + 1, 0, -1, 0.5, 2 ** 31, 2 ** 53, null, '1']);
    },
    () => weight.shape.push(random.pick([2, 0, 2 ** 40])),
    () => weights.push(structuredClone(weight)),
    () => {
      if (weight.quantization) weight.quantization.dtype = random.pick(['int32', 'uint32', '', null]);
      else weight.dtype = random.pick(['int32', 'bool', 'string', 'complex64', 'F32', '__proto__', null]);
    },
    () => {
      weight.quantization = random.pick([
        null,
        [],
        {},
        { dtype: 'uint8' },
        { dtype: 'uint8', scale: '1', min: 0 },
      ]);
    },
    () => weights.splice(weights.indexOf(weight), 1),
  ])();
}

function damage(random, bytes) {
  const [text, weights] = partsOf(bytes);
  return random.pick([
    () => joined(cutJson(random, text), weights),
    () => joined(text, weights.subarray(0, random.below(weights.length))),
    () => joined(text, new Uint8Array([...weights, ...new Uint8Array(1 + random.size(64))])),
    () =>
      joined(
        rewritten(text, (file) => damageWeight(random, file)),
        weights,
      ),
    () => {
      const changed = rewritten(text, ({ modelTopology: topology }) =>
        damageLayers(random, topology.model_config ?? topology),
      );
      return changed && joined(changed, weights);
    },
  ])();
}

export default {
  name: 'tfjs',
  seeds,
  load: (bytes) => {
    const [text, weights] = parted(bytes);
    return loadTfjs(text, [weights]);
  },
  check: faultOfModel,
  mutate: (random, bytes, all) => {
    const [text, weights] = partsOf(bytes);
    if (random.below(4) === 0) return joined(text, mutateBytes(random, weights, all));
    return joined(mutateJson(random, text), weights);
  },
  damage,
  swell: (random, bytes) => {
    const [text, weights] = partsOf(bytes);
    return joined(swellJson(random, text), weights);
  },
};
