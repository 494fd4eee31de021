/** Networks for sound from Neural Amp Modeler. */
import '../platform.js';

export type { AudioModel, AudioStream } from '../audio/audio-model.js';
export { loadNam } from '../audio/nam.js';
