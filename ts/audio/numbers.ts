/** Weights that stand as numbers in JSON. */

import { describe, fail } from '../errors.js';
import type { StoredWeight } from '../keras/model.js';

/** Rank of the largest weights of these formats. */
const MAX_AXES = 2;

/**
 * Nested lists of numbers, of the same length each, as a weight.
 * @throws CellgateError `file` for anything else, or for numbers that are not finite in float32
 */
export function nestedWeight(where: string, name: string, value: unknown): StoredWeight {
  const shape: number[] = [];
  for (let level = value; Array.isArray(level); level = level[0]) shape.push(level.length);
  if (shape.length === 0 || shape.length > MAX_AXES) {
    fail('file', where, `${name} must be lists of numbers, ${MAX_AXES} deep at most`, describe(value));
  }
  const rows = (shape.length === 1 ? [value] : value) as readonly unknown[];
  const width = shape.at(-1) as number;
  const values = rows.flatMap((row, index) => {
    if (Array.isArray(row) && row.length === width) return row as readonly unknown[];
    return fail(
      'file',
      where,
      `${name}[${index}] must be a list of ${width}, as its neighbours are`,
      describe(row),
    );
  });
  return { name, shape, read: () => finiteValues(where, name, values) };
}

/** Numbers as float32. */
export function finiteValues(
  where: string,
  name: string,
  values: readonly unknown[],
): Float32Array<ArrayBuffer> {
  return Float32Array.from(values, (value, index) => {
    if (typeof value === 'number' && Number.isFinite(Math.fround(value))) return value;
    return fail('file', where, `${name} must be of finite float32 numbers`, `${describe(value)} at ${index}`);
  });
}
