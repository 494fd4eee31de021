/** Models from and for TensorFlow.js. */
import '../platform.js';

export { MaskedSequential } from '../keras/masked.js';
export { loadTfjs } from '../tfjs/load.js';
export { saveTfjs, type TfjsModel } from '../tfjs/save.js';
