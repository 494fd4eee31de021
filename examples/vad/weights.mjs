/** The detector's weights, from the file of its network. */

import { onnxTensors } from 'cellgate/onnx';

/** Where the file has the transform of windows, and samples of one by the rate. */
const BASIS = 'stft.forward_basis_buffer';
const WINDOWS = { 16000: 256, 8000: 128 };

/**
 * The weights for a rate, by the names that the network has in PyTorch. The file has those of both, told apart by the windows.
 *
 * @param bytes `silero_vad.onnx`
 * @param rate samples per second: 16000 or 8000
 * @returns `{ rate, tensors }`, plain `{ shape, data }` by name, which can be sent to a worklet
 */
export function readWeights(bytes, rate) {
  const window = WINDOWS[rate];
  if (window === undefined) throw new RangeError(`rate must be 16000 or 8000, got ${rate}`);
  const all = Object.entries(onnxTensors(bytes));
  const found = all.find(([name, { shape }]) => name.endsWith(BASIS) && shape[2] === window);
  if (found === undefined) throw new Error(`the file must hold a detector with windows of ${window} samples`);
  const prefix = found[0].slice(0, -BASIS.length);
  const own = all.filter(([name]) => name.startsWith(prefix));
  const tensors = own.map(([name, { shape, data }]) => [name.slice(prefix.length), { shape, data }]);
  return { rate, tensors: Object.fromEntries(tensors) };
}
