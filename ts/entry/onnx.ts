/** Networks from ONNX files, and layers and models as ONNX files. */
import '../platform.js';

export { loadOnnx } from '../onnx/load.js';
export type { AnyTensor, OnnxNetwork, TensorInfo } from '../onnx/network.js';
