/** Rows of a table as steps of a network that forecasts, and what it says as numbers of the table. */
import { fail } from '../errors.js';
import type { Sequential } from '../sequential.js';
import { wrap } from '../tensor.js';
import { numbersOf, type Table } from './data/csv.js';
import type { Recipe } from './recipe.js';

/** Columns of numbers, of which all have as many rows. */
export type Columns = ReadonlyMap<string, Float64Array>;

export function columnsOf(table: Table, names: readonly string[]): Columns {
  return new Map(names.map((name) => [name, numbersOf(table, name)]));
}

/** Differences to the row before; 0 in the first. */
export function changesOf(values: Float64Array): Float64Array {
  return values.map((value, row) => (row === 0 ? 0 : value - (values[row - 1] as number)));
}

/** What the network sees of every row: `[rows, inputs]`. */
export function featuresOf({ inputs }: Recipe, columns: Columns): Float32Array<ArrayBuffer> {
  const lists = inputs.map(({ column, of, mean, scale }) => {
    const values = columns.get(column) as Float64Array;
    return (of === 'change' ? changesOf(values) : values).map((value) => (value - mean) / scale);
  });
  const rows = lists[0]?.length ?? 0;
  const features = new Float32Array(rows * lists.length);
  lists.forEach((list, feature) => {
    list.forEach((value, row) => {
      features[row * lists.length + feature] = value;
    });
  });
  return features;
}

/** Windows of steps that end with each of these rows: `[rows, window, inputs]`; those before the first row are zeros at the end. */
export function windowsOf(features: Float32Array, { window, inputs }: Recipe, rows: readonly number[]) {
  const width = inputs.length;
  const x = new Float32Array(rows.length * window * width);
  const lengths = rows.map((row) => Math.min(window, row + 1));
  rows.forEach((row, index) => {
    const from = row + 1 - (lengths[index] as number);
    x.set(features.subarray(from * width, (row + 1) * width), index * window * width);
  });
  return { x: wrap(x, [rows.length, window, width]), lengths };
}

const BATCH = 1024;

/** Forecasts of the target that are made at these rows, for `horizon` rows later. */
export function forecastAt(
  model: Sequential,
  recipe: Recipe,
  columns: Columns,
  rows: readonly number[],
): Float64Array {
  const target = columns.get(recipe.target) as Float64Array;
  const features = featuresOf(recipe, columns);
  const forecasts = new Float64Array(rows.length);
  for (let first = 0; first < rows.length; first += BATCH) {
    const part = rows.slice(first, first + BATCH);
    const { x, lengths } = windowsOf(features, recipe, part);
    const { data } = model.predict(x, { lengths });
    part.forEach((row, index) => {
      const change = (data[index] as number) * recipe.scale + recipe.mean;
      forecasts[first + index] = (target[row] as number) + change;
    });
  }
  return forecasts;
}

/** Mean absolute and root mean square error. */
export interface Errors {
  readonly mae: number;
  readonly rmse: number;
}

export function errorsOf(forecasts: ArrayLike<number>, truth: ArrayLike<number>): Errors {
  let [absolute, squared] = [0, 0];
  for (let index = 0; index < truth.length; index++) {
    const error = (forecasts[index] as number) - (truth[index] as number);
    absolute += Math.abs(error);
    squared += error * error;
  }
  return { mae: absolute / truth.length, rmse: Math.sqrt(squared / truth.length) };
}

/** The rows behind the last one, each from the forecasts before; for a network that sees nothing but its target. */
export function continueFrom(model: Sequential, recipe: Recipe, columns: Columns, count: number): number[] {
  const known = Array.from(columns.get(recipe.target) as Float64Array);
  const first = known.length;
  if (first < recipe.horizon) {
    fail(
      'value',
      'run --ahead',
      `data must have ${recipe.horizon} rows or more, as far as it forecasts`,
      `${first}`,
    );
  }
  while (known.length < first + count) {
    const grown = new Map([[recipe.target, Float64Array.from(known)]]);
    // Each forecast is `horizon` rows ahead; the rows between were forecast before, or are known.
    const [next = Number.NaN] = forecastAt(model, recipe, grown, [known.length - recipe.horizon]);
    known.push(next);
  }
  return known.slice(first);
}
