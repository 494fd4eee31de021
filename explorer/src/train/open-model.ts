/** Files of models: our own, PyTorch's weights, Keras' models, ONNX networks. Importers are loaded when one is needed. */

import { CellgateError, Sequential } from 'cellgate';
import type { OnnxNetwork } from 'cellgate/onnx';
import { start } from '../network/start';

const ZIP = [0x50, 0x4b];
const HDF5 = [0x89, 0x48, 0x44, 0x46];

/** A network of ONNX is a graph of operations, which has no layers to look into. */
export type Opened = Sequential | OnnxNetwork;

const beginsWith = (bytes: Uint8Array, magic: readonly number[]) =>
  magic.every((byte, at) => bytes[at] === byte);

/**
 * The model of a file.
 * @throws CellgateError for a file that is damaged or of no known kind
 */
export async function openModel(bytes: Uint8Array, name: string): Promise<Opened> {
  await start();
  if (/\.onnx$/i.test(name)) {
    const { loadOnnx } = await import('cellgate/onnx');
    return loadOnnx(bytes);
  }
  if (beginsWith(bytes, HDF5) || /\.(keras|h5)$/i.test(name)) {
    const { loadKeras } = await import('cellgate/keras');
    return loadKeras(bytes);
  }
  if (beginsWith(bytes, ZIP) || /\.(pt|pth|bin)$/i.test(name)) return fromTorch(bytes);
  try {
    return Sequential.load(bytes);
  } catch (error) {
    // Weights of PyTorch may be safetensors, too; what is neither is told as it was first seen.
    return fromTorch(bytes).catch(() => {
      throw error;
    });
  }
}

/** The first recurrent layer among PyTorch's weights. */
async function fromTorch(bytes: Uint8Array): Promise<Sequential> {
  const { loadTorch, modelOf } = await import('cellgate/torch');
  const dict = loadTorch(bytes);
  const first = Object.keys(dict).find((key) => key.endsWith('weight_ih_l0'));
  if (first === undefined) {
    const expected = 'the file must hold weights of a torch.nn.LSTM, GRU or RNN';
    throw new CellgateError('file', 'loadTorch', expected, Object.keys(dict).slice(0, 5).join(', '));
  }
  const prefix = first.slice(0, -'weight_ih_l0'.length);
  const own = Object.entries(dict).filter(([key]) => key.startsWith(prefix) && /_l\d+(_reverse)?$/.test(key));
  return modelOf(Object.fromEntries(own));
}
