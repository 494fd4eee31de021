/** Networks from ONNX files, and layers and models as ONNX files. */
import '../platform.js';

export { type SaveOnnxOptions, saveOnnx } from '../onnx/export/save.js';
export { loadOnnx } from '../onnx/load.js';
export type { AnyTensor, OnnxNetwork, TensorInfo } from '../onnx/network.js';
export { onnxTensors } from '../onnx/tensors.js';
