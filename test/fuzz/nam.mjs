/** Files of Neural Amp Modeler. */

import { loadNam } from 'cellgate/nam';
import { faultOfAudio, seedsOf } from './harness/check.mjs';
import { cutJson, mutateJson, rewritten, swellJson } from './harness/json.mjs';

const SIZES = ['input_size', 'hidden_size', 'num_layers'];
const ABSURD = [0, -1, 0.5, 1000, 2 ** 31, 2 ** 53, 1e300, null, '1', [1]];

function damage(random, bytes) {
  if (random.below(4) === 0) return cutJson(random, bytes);
  return rewritten(bytes, (file) => {
    const { config, weights } = file;
    const size = random.pick(SIZES);
    const at = random.below(weights.length);
    random.pick([
      () => {
        config[size] = random.pick([config[size] + 1, ...ABSURD.filter((value) => value !== config[size])]);
      },
      () => weights.splice(at, 1 + random.size(4)),
      () => weights.splice(at, 0, 0.5),
      () => weights.splice(at, 1, random.pick([null, '0.5', true, [0.5], {}, 1e39, -1e300])),
      () => {
        file.architecture = random.pick(['WaveNet', 'ConvNet', 'Linear', 'lstm', '__proto__', null]);
      },
      () => {
        delete file[random.pick(['architecture', 'config', 'weights'])];
      },
    ])();
  });
}

export default {
  name: 'nam',
  seeds: () => seedsOf('nam', /\.nam$/),
  load: (bytes) => loadNam(bytes),
  check: faultOfAudio,
  mutate: mutateJson,
  damage,
  swell: swellJson,
};
