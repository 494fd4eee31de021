/** Files of RTNeural and of GuitarML's tools. */

import { loadRtneural } from 'cellgate/rtneural';
import { faultOfAudio, seedsOf } from './harness/check.mjs';
import { cutJson, mutateJson, rewritten, swellJson } from './harness/json.mjs';

const ABSURD = [0, -1, 0.5, 1000, 2 ** 31, 2 ** 53, 1e300, null, '1', [1]];
const NO_NUMBERS = [null, '0.5', true, {}, 1e39, -1e300];
const isWeighted = ({ weights }) => weights.length > 0;

/** Another value than the one that is there. */
function put(random, holder, key, values) {
  holder[key] = random.pick(values.filter((value) => value !== holder[key]));
}

/** A list of numbers in a weight, which may be of one or two axes. */
const rowOf = (random, weight) => (Array.isArray(weight[0]) ? random.pick(weight) : weight);

function damageWeight(random, weight) {
  const row = rowOf(random, weight);
  const at = random.below(row.length);
  random.pick([
    () => row.splice(at, 1),
    () => row.splice(at, 0, 0.5),
    () => row.splice(at, 1, random.pick(NO_NUMBERS)),
  ])();
}

function damageGuitar(random, { model_data: data, state_dict: dict }) {
  const size = random.pick(['input_size', 'hidden_size', 'output_size', 'num_layers']);
  const name = random.pick(Object.keys(dict));
  random.pick([
    () => put(random, data, size, [data[size] + 1, ...ABSURD]),
    () => put(random, data, 'unit_type', ['Transformer', 'constructor', '', null]),
    () => put(random, data, 'skip', [-1, 0.5, 1e9, 'x']),
    () => damageWeight(random, dict[name]),
    () => {
      delete dict[name];
    },
  ])();
}

function damageLayers(random, file) {
  const layer = random.pick(file.layers.filter(isWeighted));
  const weight = random.pick(layer.weights);
  random.pick([
    () => put(random, layer.shape, layer.shape.length - 1, ABSURD),
    () => put(random, file.in_shape, file.in_shape.length - 1, ABSURD),
    () => put(random, layer, 'type', ['conv1d', 'lambda', 'constructor', '', null, 'gru', 'lstm']),
    () => layer.weights.push(weight),
    () => damageWeight(random, weight),
    () => {
      delete layer[random.pick(['shape', 'weights'])];
    },
  ])();
}

function damage(random, bytes) {
  if (random.below(4) === 0) return cutJson(random, bytes);
  return rewritten(bytes, (file) => {
    if (file.model_data !== undefined) return damageGuitar(random, file);
    return file.layers.some(isWeighted) ? damageLayers(random, file) : false;
  });
}

export default {
  name: 'rtneural',
  seeds: () => seedsOf('rtneural', /^(?!cases).*\.json$/),
  load: (bytes) => loadRtneural(bytes),
  check: faultOfAudio,
  mutate: mutateJson,
  damage,
  swell: swellJson,
};
