/** The constants of an ONNX file by name, for those who build the layers themselves. */

import { describe, fail } from '../errors.js';
import type { StateDict } from '../module.js';
import { type Tensor, wrap } from '../tensor.js';
import { constantOf } from './constants.js';
import { readMessage } from './proto/reader.js';
import { DATA_TYPE, type GraphProto, type TensorProto } from './proto/schema.js';
import { Report } from './report.js';

const WHERE = 'onnxTensors';

const FLOATS: readonly number[] = [DATA_TYPE.FLOAT, DATA_TYPE.DOUBLE, DATA_TYPE.FLOAT16, DATA_TYPE.BFLOAT16];

/** Initializers and constants of a graph and of those in its branches. */
function* tensorsOf(graph: GraphProto): Generator<[string, TensorProto]> {
  for (const tensor of graph.initializer) yield [tensor.name, tensor];
  for (const { opType, output, attribute } of graph.node) {
    for (const { name, t, g } of attribute) {
      if (opType === 'Constant' && name === 'value' && t) yield [output[0] ?? '', t];
      if (g) yield* tensorsOf(g);
    }
  }
}

/**
 * All constant tensors of floating-point numbers in an ONNX file, by the names that the file has: the weights of a network
 * whose layers are built by hand. Of a name that several branches have, the first.
 *
 * @param bytes the file; not kept
 * @throws CellgateError `file` for a damaged file or one of another kind; `unsupported` for values in another file; `dtype` for
 * anything but bytes
 *
 * @example
 * ```ts
 * import { onnxTensors } from 'cellgate/onnx';
 *
 * // A file with nothing but one constant; else await readFile('network.onnx')
 * const constant = [8, 2, 16, 1, 66, 1, 119, 74, 8, 0, 0, 128, 63, 0, 0, 0, 64];
 * const bytes = Uint8Array.of(58, 19, 42, 17, ...constant);
 * console.log(onnxTensors(bytes).w?.toArray()); // [ 1, 2 ]
 * ```
 */
export function onnxTensors(bytes: Uint8Array): StateDict {
  if (!(bytes instanceof Uint8Array)) fail('dtype', WHERE, 'bytes must be a Uint8Array', describe(bytes));
  const report = new Report(WHERE);
  const model = readMessage(WHERE, 'ModelProto', bytes);
  const graph = model.graph ?? report.damaged('bytes must hold a graph', 'none');
  const tensors = new Map<string, Tensor>();
  for (const [name, proto] of tensorsOf(graph)) {
    if (!FLOATS.includes(proto.dataType) || tensors.has(name)) continue;
    const { data, shape } = constantOf(`constant ${describe(name)}`, proto, report);
    tensors.set(name, wrap(data as Float32Array<ArrayBuffer>, [...shape]));
  }
  report.end();
  return Object.fromEntries(tensors);
}
