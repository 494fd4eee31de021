/** Vectors are plain number arrays; a matrix is `Values` of shape [rows, columns]. */

import type { Values } from './types.js';

const NORM_EPSILON = 1e-5;

/** Element `index`, which must exist: the reference never computes with undefined. */
export function at<T>(values: ArrayLike<T>, index: number): T {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no element ${index} in ${values.length}`);
  return value;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, axis) => size * axis, 1);

export const zeros = (size: number): number[] => new Array<number>(size).fill(0);

export const vector = (values: Values): number[] => Array.from(values.data);

export function multiply(matrix: Values, x: readonly number[]): number[] {
  const rows = at(matrix.shape, 0);
  const columns = at(matrix.shape, 1);
  if (columns !== x.length) throw new RangeError(`matrix [${matrix.shape}] by vector [${x.length}]`);
  const result = zeros(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++) {
      sum += at(matrix.data, row * columns + column) * at(x, column);
    }
    result[row] = sum;
  }
  return result;
}

export function add(...terms: readonly (readonly number[])[]): number[] {
  return at(terms, 0).map((_, index) => terms.reduce((sum, term) => sum + at(term, index), 0));
}

export function times(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, index) => value * at(b, index));
}

export function clamp(values: readonly number[], bound: number | undefined): number[] {
  if (bound === undefined) return [...values];
  return values.map((value) => Math.min(Math.max(value, -bound), bound));
}

/** (x - mean) / sqrt(variance + epsilon) * weight + bias, with the biased variance. */
export function layerNorm(x: readonly number[], weight: Values, bias: Values): number[] {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  const normalised = x.map((value) => (value - mean) / Math.sqrt(variance + NORM_EPSILON));
  return add(times(normalised, vector(weight)), vector(bias));
}
