/**
 * A plan is a network for inputs of certain shapes: places for all values and steps that fill them, in order. What follows
 * from constants and shapes alone is computed when it is made; a run calls the steps, which make no arrays.
 */

import { allocate } from '../buffers.js';
import { type ErrorCode, fail, sizes } from '../errors.js';
import { countOf } from '../tensor.js';
import { copier } from './copy.js';
import { joined, type LayerStep } from './layers.js';
import {
  isRowMajor,
  MAX_RANK,
  memoryOrder,
  piece,
  rowMajor,
  sameStrides,
  stretched,
  stridesInOrder,
  VALUE_BYTES,
  type Value,
  type ValueArray,
  type ValueType,
  zeros,
} from './value.js';

/** What a run does: one of these after the other. */
export type Step = () => void;

/** Values by position; undefined for an optional one that is left out. */
export type Inputs = readonly (Value | undefined)[];

/** Adds an operation to a plan: its places and steps. Gives its outputs, in order. */
export type Planner = (plan: Plan, inputs: Inputs) => readonly Value[];

export class Plan {
  /** The call, for errors. */
  readonly where: string;
  readonly #added: (Step | LayerStep)[] = [];
  /** How many operations read what is in a place. */
  readonly #reads = new Map<ArrayBufferLike, number>();
  readonly #ends: (() => void)[] = [];
  #bytesLeft: number;
  #label = '';
  #isKnown = false;

  /** @param maxBytes what the places may take together */
  constructor(where: string, maxBytes: number) {
    this.where = where;
    this.#bytesLeft = maxBytes;
  }

  /** Does it when the plan ends. */
  atEnd(end: () => void): void {
    this.#ends.push(end);
  }

  /** Gives back what the plan holds; it runs no more. */
  end(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  /** Counts memory that a place or its steps will take. */
  reserve(bytes: number, what = 'another one'): void {
    this.#bytesLeft -= bytes;
    if (!(this.#bytesLeft >= 0)) this.fail('memory', 'tensors must fit into the memory for a run', what);
  }

  /** Adds an operation; `label` names it in errors. */
  add(label: string, planner: Planner, inputs: Inputs): readonly Value[] {
    this.#label = label;
    this.#isKnown = inputs.every((input) => input === undefined || input.isKnown);
    const before = this.#added.length;
    const outputs = planner(this, inputs);
    // Without steps it only says where values are.
    if (this.#added.length > before) for (const input of inputs) if (input) this.#countRead(input);
    for (const { shape } of outputs) this.checkRank(shape.length);
    return outputs;
  }

  #countRead({ data: { buffer } }: Value): void {
    this.#reads.set(buffer, (this.#reads.get(buffer) ?? 0) + 1);
  }

  /** The steps of a run, when all is added, and the places of what it gives, row-major. */
  finish(results: readonly Value[]): { steps: readonly Step[]; outputs: readonly Value[] } {
    for (const result of results) this.#countRead(result);
    const outputs = results.map((result) => this.rowMajor(result));
    return { steps: joined(this, this.#added, (memory) => this.#reads.get(memory) === 1), outputs };
  }

  /** Refuses the operation. */
  fail(code: ErrorCode, expected: string, got: string): never {
    return fail(code, this.where, `${this.#label}: ${expected}`, got);
  }

  /** Refuses a tensor of too many axes. */
  checkRank(rank: number): void {
    if (rank > MAX_RANK)
      this.fail('unsupported', `tensors must have at most ${MAX_RANK} axes`, `one of ${rank}`);
  }

  /** A new place for values, axes in the given order of memory. Known if all inputs of the operation are. */
  make(
    dtype: ValueType,
    shape: readonly number[],
    order?: readonly number[],
    isKnown = this.#isKnown,
  ): Value {
    const count = countOf(shape);
    this.reserve(count * VALUE_BYTES[dtype], `another one of ${sizes(shape)}`);
    const data = dtype === 'float32' ? allocate(this.where, 'a tensor', count) : zeros(dtype, count);
    const strides = order === undefined ? rowMajor(shape) : stridesInOrder(shape, order);
    return { dtype, shape, strides, offset: 0, data, isKnown };
  }

  /** A place whose values are there at once, such as a shape. */
  makeKnown(dtype: ValueType, shape: readonly number[]): Value {
    return this.make(dtype, shape, undefined, true);
  }

  /** Does it now if all that it needs is known, else in each run. */
  run(step: Step | LayerStep, isKnown = this.#isKnown): void {
    if (!isKnown) this.#added.push(step);
    else if (typeof step === 'function') step();
    else step.step();
  }

  /** The values in one piece, axes in this order of memory; copied where they lie otherwise. */
  inOrder(value: Value, order: readonly number[]): Value {
    if (sameStrides(value.shape, value.strides, stridesInOrder(value.shape, order))) return value;
    return this.#copy(value, order);
  }

  /** The values one behind the other, the last axis innermost. */
  rowMajor(value: Value): Value {
    return isRowMajor(value) ? value : this.#copy(value, [...value.shape.keys()]);
  }

  #copy(value: Value, order: readonly number[]): Value {
    const place = this.make(value.dtype, value.shape, order, value.isKnown);
    this.run(copier(value, place.data, 0, place.strides), value.isKnown);
    return place;
  }

  /** The values as an array in the order of their axes. */
  array(value: Value): ValueArray {
    const { data, offset, shape } = this.rowMajor(value);
    return data.subarray(offset, offset + countOf(shape));
  }

  /** The same of a tensor that must be of float32. */
  floats(name: string, value: Value): Float32Array<ArrayBuffer> {
    if (value.dtype !== 'float32') this.fail('dtype', `${name} must be of float32`, value.dtype);
    return this.array(value) as Float32Array<ArrayBuffer>;
  }

  /** The numbers of a tensor of integers that is known. */
  integers(name: string, value: Value): number[] {
    if (!value.isKnown)
      this.fail('unsupported', `${name} must follow from constants and shapes`, 'one that does not');
    if (value.dtype !== 'int64' && value.dtype !== 'int32') {
      this.fail('dtype', `${name} must be of int64 or int32`, value.dtype);
    }
    return Array.from(this.array(value) as ArrayLike<number | bigint>, Number);
  }

  /** What the condition of branches says. */
  condition(label: string, value: Value): boolean {
    this.#label = label;
    if (countOf(value.shape) !== 1) this.fail('shape', 'the condition must be one value', sizes(value.shape));
    if (value.dtype !== 'bool') this.fail('dtype', 'the condition must be a truth value', value.dtype);
    if (!value.isKnown) {
      this.fail('unsupported', 'the condition must follow from constants and shapes', 'one that does not');
    }
    return value.data[value.offset] !== 0;
  }

  /** The shape that all of these broadcast to. */
  broadcast(values: readonly Value[]): number[] {
    const rank = Math.max(...values.map(({ shape }) => shape.length));
    return Array.from({ length: rank }, (_, axis) => {
      let size = 1;
      for (const { shape } of values) {
        const own = shape[axis - rank + shape.length] ?? 1;
        if (own === 1 || own === size) continue;
        if (size !== 1)
          this.fail('shape', 'shapes must broadcast', values.map((value) => sizes(value.shape)).join(', '));
        size = own;
      }
      return size;
    });
  }

  /** The values stretched to the shape, in this order of memory; or the only one. */
  aligned(value: Value, shape: readonly number[], order: readonly number[]): ValueArray {
    return piece(countOf(value.shape) === 1 ? value : this.inOrder(stretched(value, shape), order));
  }

  /** The order of memory of the first of these that has the whole shape. */
  orderOf(values: readonly Value[], shape: readonly number[]): number[] {
    const count = countOf(shape);
    const whole = values.find(
      (value) => value.shape.length === shape.length && countOf(value.shape) === count,
    );
    return whole === undefined ? [...shape.keys()] : memoryOrder(whole);
  }

  /** The axis that an index from -rank to rank - 1 means. */
  axis(index: number, rank: number): number {
    if (!(index >= -rank && index < rank)) {
      this.fail('value', `axis must be from ${-rank} to ${rank - 1}`, String(index));
    }
    return index < 0 ? index + rank : index;
  }
}
