/** Models of TensorFlow.js: a text and its shards in one piece, put into one input. */

import { readFileSync } from 'node:fs';
import { loadTfjs } from 'cellgate/tfjs';
import { faultOfModel } from './harness/check.mjs';
import { mutateBytes, mutateJson } from './harness/mutate.mjs';

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

export default {
  name: 'tfjs',
  seeds,
  load: (bytes) => {
    const [text, weights] = parted(bytes);
    return loadTfjs(text, [weights]);
  },
  check: faultOfModel,
  mutate: (random, bytes, all) => {
    const [text, weights] = parted(bytes);
    if (random.below(4) === 0) return joined(text, mutateBytes(random, weights, all));
    try {
      const json = mutateJson(random, JSON.parse(new TextDecoder().decode(text)));
      return joined(new TextEncoder().encode(JSON.stringify(json)), weights);
    } catch {
      return bytes;
    }
  },
};
