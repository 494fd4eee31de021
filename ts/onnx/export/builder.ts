/** A graph in the making: nodes, weights and the names of values. */

import { ATTRIBUTE_TYPE, DATA_TYPE } from '../proto/schema.js';
import type { Written } from '../proto/writer.js';

type Attribute = Written<'AttributeProto'>;

/** An attribute by the type of its value; the name is added with the node. */
export const int = (i: number): Attribute => ({ type: ATTRIBUTE_TYPE.INT, i: BigInt(i) });
export const ints = (values: readonly number[]): Attribute => ({
  type: ATTRIBUTE_TYPE.INTS,
  ints: BigInt64Array.from(values, BigInt),
});
export const float = (f: number): Attribute => ({ type: ATTRIBUTE_TYPE.FLOAT, f });
export const floats = (values: readonly number[]): Attribute => ({
  type: ATTRIBUTE_TYPE.FLOATS,
  floats: Float32Array.from(values),
});
export const text = (value: string): Attribute => ({ type: ATTRIBUTE_TYPE.STRING, s: encoded(value) });
export const texts = (values: readonly string[]): Attribute => ({
  type: ATTRIBUTE_TYPE.STRINGS,
  strings: values.map(encoded),
});

function encoded(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** A size: a number, or the name of one that is open. */
export type Dimension = number | string;

/** An input or output of a graph. */
export interface PortInfo {
  readonly name: string;
  readonly dtype: 'float32' | 'int32';
  readonly shape: readonly Dimension[];
}

const ELEMENT_TYPES = { float32: DATA_TYPE.FLOAT, int32: DATA_TYPE.INT32 } as const;

function valueInfo({ name, dtype, shape }: PortInfo): Written<'ValueInfoProto'> {
  const dim = shape.map((size) =>
    typeof size === 'number' ? { dimValue: BigInt(size) } : { dimParam: size },
  );
  return { name, type: { tensorType: { elemType: ELEMENT_TYPES[dtype], shape: { dim } } } };
}

/** Values of four or eight bytes as files have them: the lowest byte first. */
function littleEndian(values: Float32Array | BigInt64Array): Uint8Array {
  const bytes = new Uint8Array(values.byteLength);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of values.entries()) {
    if (typeof value === 'bigint') view.setBigInt64(8 * at, value, true);
    else view.setFloat32(4 * at, value, true);
  }
  return bytes;
}

export class GraphBuilder {
  readonly #nodes: Written<'NodeProto'>[] = [];
  readonly #initializers: Written<'TensorProto'>[] = [];
  readonly #inputs: PortInfo[] = [];
  readonly #outputs: PortInfo[] = [];
  #values = 0;

  input(port: PortInfo): string {
    this.#inputs.push(port);
    return port.name;
  }

  /** Makes a value an output, under the name of the port. */
  output(port: PortInfo, value: string): void {
    this.#outputs.push(port);
    this.#nodes.push({ opType: 'Identity', name: port.name, input: [value], output: [port.name] });
  }

  /** Constant numbers. */
  weight(name: string, shape: readonly number[], values: Float32Array): string {
    this.#initializers.push({
      name,
      dims: BigInt64Array.from(shape, BigInt),
      dataType: DATA_TYPE.FLOAT,
      rawData: littleEndian(values),
    });
    return name;
  }

  /** Constant integers, such as a shape. */
  integers(values: readonly number[]): string {
    const name = this.#name('integers');
    this.#initializers.push({
      name,
      dims: BigInt64Array.of(BigInt(values.length)),
      dataType: DATA_TYPE.INT64,
      rawData: littleEndian(BigInt64Array.from(values, BigInt)),
    });
    return name;
  }

  /** A node with so many outputs, whose names it gives. An input '' is left out. */
  nodes(
    opType: string,
    input: readonly string[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string[] {
    const name = this.#name(opType);
    const output = Array.from({ length: count }, (_, at) => `${name}:${at}`);
    const attribute = Object.entries(attributes).map(([key, value]) => ({ ...value, name: key }));
    this.#nodes.push({ opType, name, input, output, attribute });
    return output;
  }

  /** A node with one output. */
  node(
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    return this.nodes(opType, input, 1, attributes)[0] as string;
  }

  transpose(value: string, perm: readonly number[]): string {
    return this.node('Transpose', [value], { perm: ints(perm) });
  }

  reshape(value: string, shape: readonly number[]): string {
    return this.node('Reshape', [value, this.integers(shape)]);
  }

  #name(kind: string): string {
    this.#values++;
    return `${kind}_${this.#values}`;
  }

  graph(name: string): Written<'GraphProto'> {
    return {
      name,
      node: this.#nodes,
      initializer: this.#initializers,
      input: this.#inputs.map(valueInfo),
      output: this.#outputs.map(valueInfo),
    };
  }
}
