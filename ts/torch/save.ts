/** Weights for PyTorch. */

import { entriesOf, type StateDictLike } from '../module.js';
import { writeSafeTensors } from '../safetensors.js';
import { checkTensor, type Tensor } from '../tensor.js';

/**
 * Weights as the bytes of a safetensors file, for `load_state_dict(safetensors.torch.load_file(path))` of the same layers in
 * PyTorch, or of a `torch.nn.Sequential` of them. Every bit comes back from {@link loadTorch}.
 *
 * @param dict what `stateDict()` gives, or other float32 tensors by name
 * @throws CellgateError `value` for anything but a dictionary; `dtype` for what is no float32 tensor
 *
 * @example
 * ```ts
 * import { GRU } from 'cellgate';
 * import { loadTorch, saveTorch } from 'cellgate/torch';
 *
 * const gru = new GRU({ inputSize: 2, hiddenSize: 3 });
 * const bytes = saveTorch(gru.stateDict()); // writeFile('gru.safetensors', bytes)
 * console.log(Object.keys(loadTorch(bytes)).length); // 4
 * ```
 */
export function saveTorch(dict: StateDictLike): Uint8Array<ArrayBuffer> {
  const where = 'saveTorch';
  const tensors = new Map<string, Tensor>();
  for (const [name, value] of entriesOf(where, dict)) {
    checkTensor(where, `dict[${JSON.stringify(name)}]`, value, 'float32');
    tensors.set(name, value);
  }
  return writeSafeTensors({ tensors, metadata: { format: 'pt' } });
}
