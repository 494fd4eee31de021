/** Small models written by hand, for what no exporter or test vector has. */
import { ATTRIBUTE_TYPE, DATA_TYPE } from '../../../ts/onnx/proto/schema.js';
import { type Written, writeMessage } from '../../../ts/onnx/proto/writer.js';

type Node = Written<'NodeProto'>;
type Constant = Written<'TensorProto'>;
type Port = Written<'ValueInfoProto'>;
type Attribute = Written<'AttributeProto'>;
type DataType = 'FLOAT' | 'INT32' | 'INT64' | 'BOOL';

export interface Graph {
  readonly nodes: readonly Node[];
  readonly constants?: readonly Constant[];
  readonly inputs?: readonly Port[];
  readonly outputs: readonly Port[];
}

/** Attributes by name; numbers and lists of them are integers. */
type Attributes = Readonly<Record<string, bigint | readonly bigint[] | Graph>>;

function attribute(name: string, value: bigint | readonly bigint[] | Graph): Attribute {
  if (typeof value === 'bigint') return { name, type: ATTRIBUTE_TYPE.INT, i: value };
  return 'nodes' in value
    ? { name, type: ATTRIBUTE_TYPE.GRAPH, g: graphOf(value) }
    : { name, type: ATTRIBUTE_TYPE.INTS, ints: BigInt64Array.from(value) };
}

export function node(opType: string, input: string[], output: string[], attributes: Attributes = {}): Node {
  const all = Object.entries(attributes).map(([name, value]) => attribute(name, value));
  return { opType, input, output, attribute: all };
}

/** An input or output, of any shape if none is given. */
export function port(name: string, type: DataType, shape?: readonly number[]): Port {
  const dim = shape?.map((size) => ({ dimValue: BigInt(size) }));
  return { name, type: { tensorType: { elemType: DATA_TYPE[type], ...(dim && { shape: { dim } }) } } };
}

export function floats(name: string, shape: readonly number[], values: readonly number[]): Constant {
  const dims = BigInt64Array.from(shape, BigInt);
  return { name, dims, dataType: DATA_TYPE.FLOAT, floatData: Float32Array.from(values) };
}

export function integers(
  name: string,
  values: readonly (number | bigint)[],
  shape: readonly number[] = [values.length],
): Constant {
  const dims = BigInt64Array.from(shape, BigInt);
  return { name, dims, dataType: DATA_TYPE.INT64, int64Data: BigInt64Array.from(values, BigInt) };
}

function graphOf({ nodes, constants = [], inputs = [], outputs }: Graph): Written<'GraphProto'> {
  return { node: nodes, initializer: constants, input: inputs, output: outputs };
}

export function modelOf(graph: Graph): Uint8Array<ArrayBuffer> {
  return writeMessage('ModelProto', {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 17n }],
    graph: graphOf(graph),
  });
}
