/**
 * The order of gates: ONNX has its own in weights, biases and peepholes, the library PyTorch's. Of coupled gates ONNX keeps
 * i and takes f = 1 - i, the library keeps f; as 1 - σ(a) = σ(-a), those of f are those of i negated.
 */

type Gate = 'i' | 'f' | 'g' | 'o' | 'r' | 'z' | 'n';

/** Cells by the name of their operator, which is that of the library's class. */
export type CellKind = 'RNN' | 'LSTM' | 'GRU';

/** Orders of blocks, of which a tensor has one per gate. */
interface Order {
  readonly onnx: readonly Gate[];
  readonly own: readonly Gate[];
}

/** Of weights and biases. */
export const GATES: Readonly<Record<CellKind, Order>> = {
  RNN: { onnx: ['n'], own: ['n'] },
  LSTM: { onnx: ['i', 'o', 'f', 'g'], own: ['i', 'f', 'g', 'o'] },
  GRU: { onnx: ['z', 'r', 'n'], own: ['r', 'z', 'n'] },
};

/** Of an LSTM's peepholes. */
export const PEEPHOLES: Order = { onnx: ['i', 'o', 'f'], own: ['i', 'f', 'o'] };

/** Blocks of ONNX's order in the library's. */
export function fromOnnx(order: Order, values: Float32Array, isCoupled: boolean): Float32Array<ArrayBuffer> {
  const length = values.length / order.onnx.length;
  const block = (gate: Gate): Float32Array => {
    const at = order.onnx.indexOf(gate) * length;
    return values.subarray(at, at + length);
  };
  const kept = isCoupled ? order.own.filter((gate) => gate !== 'i') : order.own;
  const result = new Float32Array(kept.length * length);
  for (const [at, gate] of kept.entries()) {
    const isNegated = isCoupled && gate === 'f';
    result.set(isNegated ? block('i').map((value) => -value) : block(gate), at * length);
  }
  return result;
}

/** Blocks of the library's order in ONNX's. The forget gate that coupled cells do not read is given as zeros. */
export function toOnnx(order: Order, values: Float32Array, isCoupled: boolean): Float32Array<ArrayBuffer> {
  const kept = isCoupled ? order.own.filter((gate) => gate !== 'i') : order.own;
  const length = values.length / kept.length;
  const result = new Float32Array(order.onnx.length * length);
  for (const [at, gate] of order.onnx.entries()) {
    if (isCoupled && gate === 'f') continue;
    const isNegated = isCoupled && gate === 'i';
    const from = kept.indexOf(isNegated ? 'f' : gate) * length;
    const block = values.subarray(from, from + length);
    result.set(isNegated ? block.map((value) => -value) : block, at * length);
  }
  return result;
}
