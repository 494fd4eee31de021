/** Networks from ONNX files. */

import type { TensorDType } from '../buffers.js';
import { CellgateError, describe, type ErrorCode, fail } from '../errors.js';
import type { Tensor } from '../tensor.js';
import { dataTypeName, valueTypeOf } from './constants.js';
import { readGraph } from './graph.js';
import { type AnyTensor, type NetworkParts, OnnxNetwork, type Port } from './network.js';
import { Plan } from './plan.js';
import { readMessage } from './proto/reader.js';
import type { GraphProto, ModelProto, TypeProto, ValueInfoProto } from './proto/schema.js';
import { Report } from './report.js';
import { folded } from './run-graph.js';
import { Scope } from './scope.js';
import { steeringInputs } from './steering.js';
import type { Value, ValueType } from './value.js';

const WHERE = 'loadOnnx';
/** Versions of the operator set that are known here: the first in which operators broadcast as they do, and the last. */
const OPSETS = { first: 7, last: 28 };
/** What constants may take that follow from others: files can ask for any size in a few bytes. */
const FREE_BYTES = 2 ** 26;
const BYTES_PER_BYTE = 4;

function opsetOf({ opsetImport }: ModelProto, report: Report): number {
  const own = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  const version = Number(own?.version ?? 0);
  if (version < OPSETS.first || version > OPSETS.last) {
    report.add(
      `version ${version} of the operator set, which must be from ${OPSETS.first} to ${OPSETS.last}`,
    );
  }
  return version;
}

function shapeOf({ tensorType }: TypeProto): (number | string)[] | undefined {
  return tensorType?.shape?.dim.map(({ dimValue, dimParam }) =>
    dimValue > 0n ? Number(dimValue) : dimParam || '?',
  );
}

function tensorTypeOf(type: ValueType): TensorDType {
  return type === 'bool' ? 'int32' : type;
}

function portOf({ name, type }: ValueInfoProto, report: Report): Port {
  const elemType = type?.tensorType?.elemType ?? 0;
  const valueType = valueTypeOf(elemType);
  if (valueType === undefined) report.add(`${describe(name)} of ${dataTypeName(elemType)}`);
  return {
    name,
    type: valueType ?? 'float32',
    dtype: tensorTypeOf(valueType ?? 'float32'),
    shape: type && shapeOf(type),
  };
}

function checkSteering(steering: ReadonlyMap<string, string>, inputs: readonly Port[], report: Report): void {
  for (const [name, label] of steering) {
    const port = inputs.find((input) => input.name === name);
    if (port?.type !== 'float32') continue;
    report.add(`${label}: shapes or branches that follow from the numbers of ${describe(name)}`);
  }
}

/** Inputs that have a value in the file are constants. */
function inputsOf({ input, initializer }: GraphProto): ValueInfoProto[] {
  const constants = new Set(initializer.map(({ name }) => name));
  return input.filter(({ name }) => !constants.has(name));
}

function readParts(bytes: Uint8Array): NetworkParts {
  const report = new Report(WHERE);
  const model = readMessage(WHERE, 'ModelProto', bytes);
  const proto = model.graph ?? report.damaged('bytes must hold a graph', 'none');
  const opset = opsetOf(model, report);
  const inputs = inputsOf(proto).map((info) => portOf(info, report));
  const outputs = proto.output.map((info) => portOf(info, report));
  for (const [ports, what] of [
    [inputs, 'inputs'],
    [outputs, 'outputs'],
  ] as const) {
    const names = new Set(ports.map(({ name }) => name));
    if (names.size < ports.length || names.has(''))
      report.damaged(`${what} must have names of their own`, 'others');
  }
  const names = inputs.map(({ name }) => name);
  const whole = readGraph(proto, names, undefined, { opset, report });
  report.end();
  const plan = new Plan(WHERE, FREE_BYTES + BYTES_PER_BYTE * bytes.length);
  const graph = folded(plan, whole, new Scope<Value>());
  const steering = steeringInputs(graph, names);
  checkSteering(steering, inputs, report);
  report.end();
  return { graph, inputs, outputs, steering: new Set(steering.keys()) };
}

/** What is wrong with constants is wrong with the file. */
const FAULTS: readonly ErrorCode[] = ['value', 'shape', 'dtype'];

/**
 * A network from an ONNX file: recurrent and simple feed-forward operators, as PyTorch's exporters and tf2onnx write them.
 * Recurrent nodes become layers of this library, products with constant matrices and convolutions over time fully
 * connected layers. Floating-point numbers of other types than float32 become float32.
 *
 * @typeParam Outputs the outputs by name, if other than tensors of float32
 * @param bytes the file; not kept
 * @throws CellgateError `unsupported` with every operator, attribute and type that does not run here; `file` for a damaged
 * file or one of another kind; `dtype` for anything but bytes; `memory`
 *
 * @example
 * ```ts
 * import { LSTM, tensor } from 'cellgate';
 * import { loadOnnx, saveOnnx } from 'cellgate/onnx';
 *
 * const bytes = saveOnnx(new LSTM({ inputSize: 2, hiddenSize: 3 })); // or await readFile('lstm.onnx')
 * const network = loadOnnx(bytes);
 * console.log(network.inputs[0]); // { name: 'x', dtype: 'float32', shape: [ 'batch', 'time', 2 ] }
 * const { output } = network.run({ x: tensor([[[1, 2], [3, 4]]]) });
 * console.log(output?.shape); // [ 1, 2, 3 ]
 * network.dispose();
 * ```
 */
export function loadOnnx<
  Outputs extends Readonly<Record<string, AnyTensor>> = Readonly<Record<string, Tensor>>,
>(bytes: Uint8Array): OnnxNetwork<Outputs> {
  if (!(bytes instanceof Uint8Array)) fail('dtype', WHERE, 'bytes must be a Uint8Array', describe(bytes));
  try {
    return new OnnxNetwork<Outputs>(readParts(bytes));
  } catch (error) {
    if (!(error instanceof CellgateError) || !FAULTS.includes(error.code)) throw error;
    const { expected, got } = error;
    throw new CellgateError('file', WHERE, expected, got, { cause: error });
  }
}
