/** Attributes of a node, checked as they are read; what nobody read is unsupported. */

import { describe } from '../errors.js';
import { constantOf } from './constants.js';
import { ATTRIBUTE_TYPE, type AttributeProto, type GraphProto, type NodeProto } from './proto/schema.js';
import type { Report } from './report.js';
import type { Value } from './value.js';

type AttributeType = keyof typeof ATTRIBUTE_TYPE;

/** Names of a node in errors: `LSTM 'encoder'`. */
export function labelOf({ opType, name, output }: NodeProto): string {
  return `${opType} ${describe(name || output[0] || '')}`;
}

export class NodeReader {
  readonly label: string;
  /** Version of the operator set, which says where arguments are. */
  readonly opset: number;
  /** How many outputs there are, of which some have the name '' as nobody reads them. */
  readonly outputs: readonly string[];
  readonly #attributes = new Map<string, AttributeProto>();
  readonly #unread: Set<string>;
  readonly #report: Report;

  constructor(node: NodeProto, opset: number, report: Report) {
    this.label = labelOf(node);
    this.opset = opset;
    this.outputs = node.output;
    this.#report = report;
    for (const attribute of node.attribute) {
      if (this.#attributes.has(attribute.name)) {
        report.damaged(`${this.label} must have each attribute once`, `${describe(attribute.name)} twice`);
      }
      this.#attributes.set(attribute.name, attribute);
    }
    this.#unread = new Set(this.#attributes.keys());
  }

  /** Notes something of this node that does not run here. */
  unsupported(what: string): void {
    this.#report.add(`${this.label}: ${what}`);
  }

  #read(name: string, type: AttributeType): AttributeProto | undefined {
    const attribute = this.#attributes.get(name);
    this.#unread.delete(name);
    if (attribute === undefined || attribute.type === ATTRIBUTE_TYPE[type]) return attribute;
    this.unsupported(`attribute ${name} that is no ${type}`);
    return undefined;
  }

  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  int(name: string, preset: number): number {
    const value = this.bigint(name);
    return value === undefined ? preset : Number(value);
  }

  /** An int of which every bit counts. */
  bigint(name: string): bigint | undefined {
    return this.#read(name, 'INT')?.i;
  }

  /** An int that says yes or no. */
  flag(name: string, preset: boolean): boolean {
    const value = this.int(name, preset ? 1 : 0);
    if (value !== 0 && value !== 1) this.unsupported(`${name} = ${value}`);
    return value === 1;
  }

  float(name: string, preset: number): number {
    return this.#read(name, 'FLOAT')?.f ?? preset;
  }

  ints(name: string): number[] | undefined {
    const values = this.bigints(name);
    return values && Array.from(values, Number);
  }

  /** Ints of which every bit counts. */
  bigints(name: string): BigInt64Array<ArrayBuffer> | undefined {
    const attribute = this.#read(name, 'INTS');
    return attribute && BigInt64Array.from(attribute.ints);
  }

  floats(name: string): number[] | undefined {
    const attribute = this.#read(name, 'FLOATS');
    return attribute && Array.from(attribute.floats);
  }

  string(name: string, preset: string): string {
    const attribute = this.#read(name, 'STRING');
    return attribute === undefined ? preset : textOf(attribute.s);
  }

  strings(name: string): string[] | undefined {
    return this.#read(name, 'STRINGS')?.strings.map(textOf);
  }

  tensor(name: string): Value | undefined {
    const tensor = this.#read(name, 'TENSOR')?.t;
    return tensor && constantOf(`${this.label}, attribute ${name}`, tensor, this.#report);
  }

  graph(name: string): GraphProto | undefined {
    return this.#read(name, 'GRAPH')?.g;
  }

  /** One of these words; anything else is unsupported. */
  word<W extends string>(name: string, words: readonly [W, ...W[]]): W {
    const given = this.string(name, words[0]);
    const word = words.find((candidate) => candidate === given);
    if (word === undefined) this.unsupported(`${name} ${describe(given)}`);
    return word ?? words[0];
  }

  /** Reads an attribute that changes nothing here. */
  ignore(name: string): void {
    this.#unread.delete(name);
  }

  /** Notes the attributes that were not read. */
  end(): void {
    for (const name of this.#unread) this.unsupported(`attribute ${name}`);
  }
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
