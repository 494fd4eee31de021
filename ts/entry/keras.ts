/** Models from Keras. */
import '../platform.js';

export { loadKeras } from '../keras/load.js';
export { MaskedSequential } from '../keras/masked.js';
