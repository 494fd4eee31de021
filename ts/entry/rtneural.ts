/** Networks for sound from RTNeural. */
import '../platform.js';

export type { AudioModel, AudioStream } from '../audio/audio-model.js';
export { loadRtneural } from '../audio/rtneural.js';
