/** Weights from PyTorch's files. */

import { toFloat32 } from '../elements.js';
import { describe, fail } from '../errors.js';
import type { StateDict } from '../module.js';
import { readSafeTensorEntries } from '../safetensors.js';
import { countOf } from '../tensor.js';
import { isZip } from '../zip.js';
import { readCheckpoint } from './checkpoint.js';
import {
  type LoadTorchOptions,
  readLoadOptions,
  toStateDict,
  type WeightEntry,
  weightsIn,
} from './select.js';

/** Pickle protocol 2 with the number that files began with before PyTorch 1.6. */
const OLD_FORMAT = [0x80, 0x02, 0x8a, 0x0a];

function readSafe(where: string, bytes: Uint8Array): WeightEntry[] {
  return readSafeTensorEntries(where, bytes).entries.map(({ name, element, shape, bytes: values }) => ({
    name,
    element,
    shape,
    read: (place) => toFloat32(place, JSON.stringify(name), element, values, countOf(shape)),
  }));
}

/**
 * Weights from PyTorch: the bytes of a `.pt` or `.pth` file that `torch.save` wrote (PyTorch 1.6 or newer) of a
 * `state_dict()`, or of a checkpoint that holds one, or of a `.safetensors` file.
 *
 * Tensors may be views of any strides, and of float32, float16, bfloat16 or float64; all come as float32. The pickle in
 * the file is read, never run: what names anything but tensors, dictionaries, lists, numbers and texts is refused.
 * The names of `nn.LSTMCell`, `GRUCell` and `RNNCell` (`weight_ih`) become those of layers (`weight_ih_l0`).
 *
 * @returns tensors by name, for `loadStateDict`
 * @throws CellgateError `dtype` for anything but a `Uint8Array`; `value` for options; `file` for a file that is damaged or
 * has no such weights, or weights that are not finite; `unsupported` for one that holds more than plain values
 *
 * @example
 * ```ts
 * import { LSTM, Sequential } from 'cellgate';
 * import { loadTorch, saveTorch } from 'cellgate/torch';
 *
 * // Instead of these bytes: await readFile('encoder.pt')
 * const bytes = saveTorch(new Sequential([new LSTM({ inputSize: 2, hiddenSize: 3 })]).stateDict());
 * const lstm = new LSTM({ inputSize: 2, hiddenSize: 3 });
 * lstm.loadStateDict(loadTorch(bytes, { prefix: '0.' }));
 * ```
 */
export function loadTorch(bytes: Uint8Array, options?: LoadTorchOptions): StateDict {
  const where = 'loadTorch';
  if (!(bytes instanceof Uint8Array)) fail('dtype', where, 'bytes must be a Uint8Array', describe(bytes));
  const { prefix, key } = readLoadOptions(where, options);
  if (OLD_FORMAT.every((byte, at) => bytes[at] === byte)) {
    const expected = 'bytes must be of torch.save of PyTorch 1.6 or newer, or safetensors';
    fail('unsupported', where, expected, 'the format of before');
  }
  const entries = isZip(bytes) ? weightsIn(where, readCheckpoint(where, bytes), key) : readSafe(where, bytes);
  return toStateDict(where, entries, prefix, bytes.length);
}
