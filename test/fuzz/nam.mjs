/** Files of Neural Amp Modeler. */

import { loadNam } from 'cellgate/nam';
import { faultOfAudio, seedsOf } from './harness/check.mjs';
import { mutateJsonBytes } from './harness/mutate.mjs';

export default {
  name: 'nam',
  seeds: () => seedsOf('nam', /\.nam$/),
  load: (bytes) => loadNam(bytes),
  check: faultOfAudio,
  mutate: mutateJsonBytes,
};
