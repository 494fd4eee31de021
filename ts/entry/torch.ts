/** Weights from and for PyTorch. */
import '../platform.js';

export { loadTorch } from '../torch/load.js';
export { modelOf } from '../torch/model.js';
export { saveTorch } from '../torch/save.js';
export type { LoadTorchOptions } from '../torch/select.js';
