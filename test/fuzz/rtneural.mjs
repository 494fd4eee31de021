/** Files of RTNeural and of GuitarML's tools. */

import { loadRtneural } from 'cellgate/rtneural';
import { faultOfAudio, seedsOf } from './harness/check.mjs';
import { mutateJsonBytes } from './harness/mutate.mjs';

export default {
  name: 'rtneural',
  seeds: () => seedsOf('rtneural', /^(?!cases).*\.json$/),
  load: (bytes) => loadRtneural(bytes),
  check: faultOfAudio,
  mutate: mutateJsonBytes,
};
