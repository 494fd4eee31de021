/**
 * Tensors inside a network: views with strides, so that moving axes, cutting and stretching copy nothing. Where one is in
 * memory does not change from run to run; what its numbers are does, unless it is known.
 */

import type { TensorDTypeMap } from '../buffers.js';
import { countOf } from '../tensor.js';

/** Array types by type of values: those of tensors, and truth values, 0 or 1. */
export interface ValueTypeMap extends TensorDTypeMap {
  bool: Uint8Array<ArrayBuffer>;
}

/** Type of the values of a tensor inside a network. */
export type ValueType = keyof ValueTypeMap;

/** Types of numbers. */
export const NUMBERS: readonly ValueType[] = ['float32', 'int32', 'int64'];

/** Array of values of any type. */
export type ValueArray = ValueTypeMap[ValueType];

/** A view of values. */
export interface Value {
  readonly dtype: ValueType;
  readonly shape: readonly number[];
  /** Distance in the array of neighbours along each axis; 0 where one value stands for all. */
  readonly strides: readonly number[];
  /** Where the first value is in the array. */
  readonly offset: number;
  readonly data: ValueArray;
  /** Whether the numbers are there before a run, and stay: they follow from constants and shapes alone. */
  readonly isKnown: boolean;
}

/** Bytes that a value takes. */
export const VALUE_BYTES = { float32: 4, int32: 4, int64: 8, bool: 1 } as const satisfies Record<
  ValueType,
  number
>;

/** Most axes of a tensor. Files can ask for any number, and moving axes takes the more the more there are. */
export const MAX_RANK = 64;

/** An array of zeros. */
export function zeros(dtype: ValueType, length: number): ValueArray {
  if (dtype === 'float32') return new Float32Array(length);
  if (dtype === 'int32') return new Int32Array(length);
  return dtype === 'int64' ? new BigInt64Array(length) : new Uint8Array(length);
}

/** Strides of values that lie one behind the other, the last axis innermost. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}

/** Values that are all there, row-major. */
export function known(dtype: ValueType, shape: readonly number[], data: ValueArray): Value {
  return { dtype, shape, strides: rowMajor(shape), offset: 0, data, isKnown: true };
}

/** Whether the values lie one behind the other in the order of their axes. */
export function isRowMajor({ shape, strides }: Value): boolean {
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    if (size !== 1 && strides[axis] !== stride) return false;
    stride *= size;
  }
  return true;
}

/** The axes from outermost to innermost in memory. */
export function memoryOrder({ strides }: Pick<Value, 'strides'>): number[] {
  return [...strides.keys()].sort((a, b) => (strides[b] as number) - (strides[a] as number) || a - b);
}

/** The same values with their axes in another order. */
export function permuted(value: Value, order: readonly number[]): Value {
  return {
    ...value,
    shape: order.map((axis) => value.shape[axis] as number),
    strides: order.map((axis) => value.strides[axis] as number),
  };
}

/** Strides of a tensor of this shape whose axes lie in memory in this order. */
export function stridesInOrder(shape: readonly number[], order: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (const axis of [...order].reverse()) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}

/** Whether both have each axis at the same distances; those of one value do not count. */
export function sameStrides(shape: readonly number[], a: readonly number[], b: readonly number[]): boolean {
  return shape.every((size, axis) => size === 1 || a[axis] === b[axis]);
}

/** Whether both have the same items in the same order. */
export function isSameList(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** Whether both are the same view of the same array, or left out. */
export function isSameView(a: Value | undefined, b: Value | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.data === b.data &&
    a.offset === b.offset &&
    isSameList(a.shape, b.shape) &&
    isSameList(a.strides, b.strides)
  );
}

/** Views as one along an axis, if they lie in one array as its parts would. */
export function sideBySide(views: readonly Value[], axis: number): Value | undefined {
  const [first, second] = views as [Value, Value?];
  const size = first.shape[axis] as number;
  const stride = size === 1 && second ? second.offset - first.offset : (first.strides[axis] as number);
  const strides = first.strides.with(axis, stride);
  let at = 0;
  for (const view of views) {
    const isPart = view.data === first.data && view.offset === first.offset + at * stride;
    if (!isPart || !sameStrides(view.shape, view.strides, strides)) return undefined;
    at += view.shape[axis] as number;
  }
  return { ...first, shape: first.shape.with(axis, at), strides };
}

/** The values of a view that lies in one piece, in the order of memory. */
export function piece({ data, offset, shape }: Value): ValueArray {
  return data.subarray(offset, offset + countOf(shape));
}

/** A view of values that lie one behind the other from some place on. */
export function viewOf(value: Value, shape: readonly number[], offset = value.offset): Value {
  return { ...value, shape, strides: rowMajor(shape), offset };
}

/** The view stretched to a shape that it broadcasts to, aligned at the last axis. */
export function stretched(value: Value, shape: readonly number[]): Value {
  const lead = shape.length - value.shape.length;
  const strides = shape.map((_, axis) => {
    const own = axis - lead;
    return own < 0 || value.shape[own] === 1 ? 0 : (value.strides[own] as number);
  });
  return { ...value, shape, strides };
}
