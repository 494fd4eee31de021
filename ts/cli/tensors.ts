/** Sequences as the tensor that a model takes. */
import { fail } from '../errors.js';
import { internals } from '../module.js';
import { networkOf } from '../network.js';
import type { Sequential } from '../sequential.js';
import type { Shape } from '../shape-types.js';
import { Tensor, wrap } from '../tensor.js';
import { readCsv, type Table } from './data/csv.js';
import { readInput, type Sequences } from './data/input.js';
import { nameOf, readBytes } from './files.js';
import { type Columns, columnsOf, featuresOf } from './forecast.js';
import type { Recipe } from './recipe.js';

/** A list of columns as an option gives it. */
export function listOf(text: string | undefined): string[] | undefined {
  return text?.split(',').map((name) => name.trim());
}

/** Whole numbers that a type and a number both hold exactly. */
const RANGES = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
} as const;

/** Numbers that are to be of a type of whole ones, such as ids. */
export function wholeNumbers(
  where: string,
  dtype: keyof typeof RANGES,
  values: ArrayLike<number>,
): readonly number[] {
  const [least, most] = RANGES[dtype];
  return Array.from(values, (value, index) => {
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    return fail(
      'value',
      where,
      `value ${index + 1} must be a whole number from ${least} to ${most}`,
      String(value),
    );
  });
}

/** Data of a file as x of a model: `[batch, time, inputSize]`, or `[batch, time]` ids. */
export async function readTensor(
  model: Sequential,
  file: string,
  columns: string | undefined,
): Promise<{ x: Tensor; sequences: Sequences }> {
  const { dtype, inputSize } = networkOf(internals(model).info);
  const features = dtype === 'int32' ? 1 : inputSize;
  const sequences = await readInput(file, { features, columns: listOf(columns) });
  const { batch, time, values } = sequences;
  if (dtype === 'float32') {
    return { x: new Tensor(Float32Array.from(values), [batch, time, sequences.features]), sequences };
  }
  const ids = Int32Array.from(wholeNumbers(nameOf(file), 'int32', values));
  return { x: new Tensor<Shape, 'int32'>(ids, [batch, time]) as unknown as Tensor, sequences };
}

/** A table as a recipe reads it: its columns, and all rows as one sequence `[1, rows, inputs]`. */
export async function readRows(
  recipe: Recipe,
  file: string,
): Promise<{ x: Tensor; table: Table; columns: Columns }> {
  const table = readCsv(nameOf(file), await readBytes(file));
  const names = new Set([recipe.target, ...recipe.inputs.map(({ column }) => column)]);
  const columns = columnsOf(table, [...names]);
  return {
    x: wrap(featuresOf(recipe, columns), [1, table.rows.length, recipe.inputs.length]),
    table,
    columns,
  };
}
