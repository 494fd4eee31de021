/** Typed tensors: plain values in JavaScript memory. Nothing here reaches a backend. */

import {
  bufferFault,
  type DType,
  type DTypeMap,
  dtypeOf,
  type TensorDType,
  type TensorDTypeMap,
} from './buffers.js';
import { describe, fail, sizes } from './errors.js';
import type { Shape, Writable } from './shape-types.js';

/** Arrays of numbers, arrays of those, and so on: all of one depth and, per level, of one length. */
export type NestedNumbers = readonly number[] | readonly NestedNumbers[];

/** Nested arrays as {@link Tensor.toArray} gives them. */
export type NestedArrays<Value = number> = Value | Value[] | NestedArrays<Value>[];

/** Nested arrays of a shape: `number[][]` for two axes. */
export type NestedOf<S extends Shape, Value = number> = number extends S['length']
  ? NestedArrays<Value>
  : S extends readonly [number, ...infer Rest extends Shape]
    ? NestedOf<Rest, Value>[]
    : Value;

/** The shape of nested arrays; literal sizes where the compiler sees them. */
export type ShapeOf<N> = N extends readonly []
  ? [0]
  : N extends readonly [infer First, ...unknown[]]
    ? [N['length'], ...ShapeOf<First>]
    : N extends readonly (infer Item)[]
      ? [number, ...ShapeOf<Item>]
      : [];

const MAX_SIZE = 2 ** 32 - 1;

/** Number of values of a shape. */
export function countOf(shape: Shape): number {
  let count = 1;
  for (let axis = 0; axis < shape.length; axis++) count *= shape[axis] as number;
  return count;
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_SIZE;
}

function checkShape(where: string, shape: unknown): asserts shape is Shape {
  if (!Array.isArray(shape)) fail('value', where, 'shape must be an array of sizes', describe(shape));
  for (let axis = 0; axis < shape.length; axis++) {
    if (!isSize(shape[axis])) {
      fail('value', where, `shape[${axis}] must be an integer from 0 to ${MAX_SIZE}`, describe(shape[axis]));
    }
  }
}

/**
 * A tensor: data type, shape and typed array, row-major. A plain value; nobody has to free it.
 *
 * The array is not copied: the tensor and whoever made the array see the same numbers. Calls read the
 * numbers that are there at that moment. Make one with {@link tensor}.
 *
 * @typeParam S its shape, such as `[8, 100, 40]`; literal sizes are checked by the compiler
 * @typeParam D its data type
 *
 * @example
 * ```ts
 * import { tensor } from 'cellgate';
 *
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * console.log(x.dtype, x.shape, x.data.length, x.toArray()[1]); // float32 [ 2, 3 ] 6 [ 4, 5, 6 ]
 * ```
 */
export class Tensor<S extends Shape = Shape, D extends TensorDType = 'float32'> {
  /** `'float32'`, `'int32'` or `'int64'`. */
  readonly dtype: D;
  /** Sizes of the axes, outermost first. */
  readonly shape: Readonly<S>;
  /** The values, row-major; as many as the product of the shape. */
  readonly data: TensorDTypeMap[D];

  /**
   * @param data a `Float32Array`, `Int32Array` or `BigInt64Array` on a plain buffer of its own; kept, not copied
   * @param shape sizes whose product is `data.length`
   * @throws CellgateError `dtype` for other arrays and for shared, resizable or detached buffers, `value` for sizes
   * that are no integers from 0 to 2^32 - 1, `shape` if the sizes do not fit the number of values
   */
  constructor(data: TensorDTypeMap[D], shape: S) {
    const dtype = dtypeOf(data);
    if (dtype === undefined) {
      const expected = 'data must be a Float32Array, an Int32Array or a BigInt64Array';
      fail('dtype', 'tensor', expected, describe(data));
    }
    const fault = bufferFault(data);
    if (fault !== undefined) fail('dtype', 'tensor', 'data must be on an ArrayBuffer of its own', fault);
    checkShape('tensor', shape);
    if (countOf(shape) !== data.length) {
      const expected = `data must hold ${sizes(shape)} = ${countOf(shape)} values`;
      fail('shape', 'tensor', expected, `${data.length} values`);
    }
    this.dtype = dtype as D;
    this.shape = shape.slice() as Shape as S;
    this.data = data;
  }

  /** A copy as nested arrays; a plain number for a tensor without axes. */
  toArray(): NestedOf<S, TensorDTypeMap[D][number]> {
    type Value = TensorDTypeMap[D][number];
    const nest = (axis: number, offset: number, count: number): NestedArrays<Value> => {
      if (axis === this.shape.length) return this.data[offset] as Value;
      const size = this.shape[axis] as number;
      const stride = size === 0 ? 0 : count / size;
      return Array.from({ length: size }, (_, index) => nest(axis + 1, offset + index * stride, stride));
    };
    return nest(0, 0, this.data.length) as NestedOf<S, Value>;
  }
}

/** A tensor over an array that was made here and fits: no checks. */
export function wrap<S extends Shape>(data: Float32Array<ArrayBuffer>, shape: S): Tensor<S> {
  const made = Object.create(Tensor.prototype) as { -readonly [K in keyof Tensor<S>]: Tensor<S>[K] };
  made.dtype = 'float32';
  made.shape = shape;
  made.data = data;
  return made;
}

export function isTensor(value: unknown): value is Tensor<Shape, TensorDType> {
  return value instanceof Tensor;
}

function describeTensor(value: unknown): string {
  return isTensor(value) ? `a Tensor of ${value.dtype} ${sizes(value.shape)}` : describe(value);
}

/** What is wrong with a tensor that has been in the user's hands since it was made; undefined if nothing. */
export function tensorFault(x: Tensor<Shape, TensorDType>): string | undefined {
  if (dtypeOf(x.data) !== x.dtype) return `data that are ${describe(x.data)}`;
  const fault = bufferFault(x.data);
  if (fault !== undefined) return fault;
  if (!Array.isArray(x.shape) || !x.shape.every(isSize)) return 'a shape that is no list of sizes';
  return countOf(x.shape) === x.data.length ? undefined : `${sizes(x.shape)} with ${x.data.length} values`;
}

/**
 * Refuses anything but a tensor of this data type whose array still is what it was.
 * @throws CellgateError `dtype`
 */
export function checkTensor<D extends TensorDType>(
  where: string,
  name: string,
  value: unknown,
  dtype: D,
): asserts value is Tensor<Shape, D> {
  if (!isTensor(value) || value.dtype !== dtype) {
    fail('dtype', where, `${name} must be a Tensor of ${dtype}`, describeTensor(value));
  }
  const fault = tensorFault(value);
  if (fault !== undefined) {
    fail('dtype', where, `${name} must be a Tensor on an ArrayBuffer of its own, as it was made`, fault);
  }
}

function shapeOfNested(data: unknown): number[] {
  const shape: number[] = [];
  for (let level: unknown = data; Array.isArray(level); level = level[0]) shape.push(level.length);
  return shape;
}

function fillFromNested(data: readonly unknown[], shape: readonly number[], out: DTypeMap[DType]): void {
  const isInteger = dtypeOf(out) === 'int32';
  let next = 0;
  const visit = (value: unknown, axis: number, path: string): void => {
    const size = shape[axis];
    if (size !== undefined) {
      if (!Array.isArray(value) || value.length !== size) {
        const got = Array.isArray(value) ? `an array of ${value.length} (ragged)` : describe(value);
        fail('shape', 'tensor', `${path} must be an array of ${size}, as its neighbours are`, got);
      }
      for (let index = 0; index < size; index++) visit(value[index], axis + 1, `${path}[${index}]`);
      return;
    }
    if (Array.isArray(value)) {
      fail(
        'shape',
        'tensor',
        `${path} must be a number, as its neighbours are`,
        `${describe(value)} (ragged)`,
      );
    }
    if (typeof value !== 'number') fail('value', 'tensor', `${path} must be a number`, describe(value));
    if (isInteger && (value | 0) !== value) {
      fail('value', 'tensor', `${path} must be an integer from -2147483648 to 2147483647`, describe(value));
    }
    out[next++] = value;
  };
  visit(data, 0, 'data');
}

function fromNested(data: readonly unknown[], asked: unknown, dtype: unknown): Tensor<Shape, DType> {
  if (dtype !== 'float32' && dtype !== 'int32') {
    fail('dtype', 'tensor', "dtype must be 'float32' or 'int32'", describe(dtype));
  }
  const nested = shapeOfNested(data);
  const count = countOf(nested);
  const values = dtype === 'float32' ? new Float32Array(count) : new Int32Array(count);
  fillFromNested(data, nested, values);
  if (asked === undefined) return new Tensor<Shape, DType>(values, nested);
  checkShape('tensor', asked);
  const isSame = nested.length === asked.length && nested.every((size, axis) => size === asked[axis]);
  if (nested.length > 1 && !isSame) {
    fail('shape', 'tensor', `shape must be that of data = ${sizes(nested)}`, sizes(asked));
  }
  return new Tensor<Shape, DType>(values, asked);
}

/**
 * Makes a tensor from a typed array and its shape (one axis if left out). The array is kept, not copied.
 *
 * @param data row-major values
 * @param shape sizes whose product is `data.length`
 * @throws CellgateError `dtype` for other arrays and for shared, resizable or detached buffers; `value` for sizes
 * that are no integers from 0 to 2^32 - 1; `shape` if they do not fit
 *
 * @example
 * ```ts
 * import { tensor } from 'cellgate';
 *
 * const x = tensor(new Float32Array(8 * 100 * 40), [8, 100, 40]); // Tensor<[8, 100, 40], 'float32'>
 * const ids = tensor(new Int32Array([4, 8, 15]));                 // Tensor<[number], 'int32'>
 * console.log(x.shape, ids.shape);
 * ```
 */
export function tensor(data: Float32Array): Tensor<[number], 'float32'>;
export function tensor(data: Int32Array): Tensor<[number], 'int32'>;
export function tensor(data: BigInt64Array): Tensor<[number], 'int64'>;
export function tensor<const S extends Shape>(data: Float32Array, shape: S): Tensor<Writable<S>, 'float32'>;
export function tensor<const S extends Shape>(data: Int32Array, shape: S): Tensor<Writable<S>, 'int32'>;
export function tensor<const S extends Shape>(data: BigInt64Array, shape: S): Tensor<Writable<S>, 'int64'>;
/**
 * Makes a tensor from nested arrays of numbers; the shape is theirs.
 *
 * @param data nested arrays, all of one depth and, per level, of one length
 * @param shape left out, or the shape of `data`; a flat array may be given any shape of as many values
 * @param dtype `'float32'` (default) or `'int32'`
 * @throws CellgateError `shape` for ragged arrays and shapes that do not fit, `value` for what is no number (for
 * int32, no integer of 32 bits)
 *
 * @example
 * ```ts
 * import { tensor } from 'cellgate';
 *
 * const x = tensor([[1, 2], [3, 4], [5, 6]]);         // Tensor<[3, 2], 'float32'>
 * const ids = tensor([[7, 0, 2]], undefined, 'int32'); // Tensor<[1, 3], 'int32'>
 * console.log(x.shape, ids.data);
 * ```
 */
export function tensor<const N extends NestedNumbers, D extends DType = 'float32'>(
  data: N,
  shape?: undefined,
  dtype?: D,
): Tensor<ShapeOf<N>, NoInfer<D>>;
export function tensor<const S extends Shape, D extends DType = 'float32'>(
  data: NestedNumbers,
  shape: S,
  dtype?: D,
): Tensor<Writable<S>, NoInfer<D>>;
export function tensor(
  data: Float32Array | Int32Array | BigInt64Array | NestedNumbers,
  shape?: Shape,
  dtype?: DType,
): Tensor<Shape, TensorDType> {
  if (Array.isArray(data)) return fromNested(data, shape, dtype ?? 'float32');
  const given = dtypeOf(data);
  if (given === undefined) {
    const expected = 'data must be a Float32Array, Int32Array, BigInt64Array or nested arrays of numbers';
    fail('dtype', 'tensor', expected, describe(data));
  }
  if (dtype !== undefined && dtype !== given) {
    fail('dtype', 'tensor', `dtype must be that of data = '${given}'`, describe(dtype));
  }
  const values = data as TensorDTypeMap[TensorDType];
  return new Tensor<Shape, TensorDType>(values, shape ?? [values.length]);
}
