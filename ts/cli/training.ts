/** What `train` needs beside the library's training: windows of a table, and errors that stand beside each other. */
import { fail } from '../errors.js';
import type { Sequential } from '../sequential.js';
import { wrap } from '../tensor.js';
import type { Table } from './data/csv.js';
import {
  type Columns,
  changesOf,
  type Errors,
  errorsOf,
  featuresOf,
  forecastAt,
  windowsOf,
} from './forecast.js';
import type { Recipe } from './recipe.js';
import { UsageError } from './usage-error.js';

/** Windows without which training says nothing. */
const LEAST_WINDOWS = 8;

/** Mean and standard deviation; 1 where there is none. */
function scaleOf(values: Float64Array): { mean: number; scale: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, scale: Math.sqrt(variance) || 1 };
}

/** How far the network sees, and how far ahead it forecasts, in rows. */
export type Reach = Pick<Recipe, 'horizon' | 'window'>;

/** How a table is read: scales are those of the first `trained` rows. */
export function recipeFor(columns: Columns, target: string, trained: number, reach: Reach): Recipe {
  const inputs = Array.from(columns, ([column, values]) => {
    const of = column === target ? ('change' as const) : ('level' as const);
    const seen = values.subarray(0, trained);
    return { column, of, ...scaleOf(of === 'change' ? changesOf(seen).subarray(1) : seen) };
  });
  const values = (columns.get(target) as Float64Array).subarray(0, trained);
  const changes = values.subarray(reach.horizon).map((value, row) => value - (values[row] as number));
  return { target, ...reach, inputs, ...scaleOf(changes) };
}

/** Windows and what follows them, for forecasts that are made at these rows. */
export function examplesAt(recipe: Recipe, columns: Columns, rows: readonly number[]) {
  const { x, lengths } = windowsOf(featuresOf(recipe, columns), recipe, rows);
  const values = columns.get(recipe.target) as Float64Array;
  const y = Float32Array.from(rows, (row) => {
    const change = (values[row + recipe.horizon] as number) - (values[row] as number);
    return (change - recipe.mean) / recipe.scale;
  });
  return { x, y: wrap(y, [rows.length, 1]), lengths };
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);

/** Rows at which forecasts are made. */
export interface Split {
  /** How many rows training may see. */
  readonly trained: number;
  readonly training: number[];
  readonly validation: number[];
}

/** The last rows are for validation; what training forecasts lies before them. */
export function splitOf({ name, rows }: Table, share: number, { horizon, window }: Reach): Split {
  const trained = Math.round(rows.length * (1 - share));
  const training = range(window - 1, trained - horizon);
  const validation = range(Math.max(trained - horizon, window - 1), rows.length - horizon);
  if (training.length < LEAST_WINDOWS || validation.length < 1) {
    const need = Math.ceil((window + horizon + LEAST_WINDOWS) / (1 - share));
    fail('value', name, `data must have ${need} rows or more for windows of ${window}`, `${rows.length}`);
  }
  return { trained, training, validation };
}

/** Errors of a network beside those of forecasts that need none. */
export interface Report {
  readonly validation: Errors;
  /** The last value that is known. */
  readonly naive: Errors;
  /** The value of the last season. */
  readonly seasonal?: Errors;
}

/** @param season rows of a season, for the second of these forecasts */
export function reportOf(
  model: Sequential,
  recipe: Recipe,
  columns: Columns,
  rows: readonly number[],
  season: number | undefined,
): Report {
  const values = columns.get(recipe.target) as Float64Array;
  const truth = rows.map((row) => values[row + recipe.horizon] as number);
  const behind = (lag: number): Errors => {
    const known = rows.map((row) => values[row + recipe.horizon - lag] as number);
    return errorsOf(known, truth);
  };
  return {
    validation: errorsOf(forecastAt(model, recipe, columns, rows), truth),
    naive: behind(recipe.horizon),
    ...(season !== undefined && { seasonal: behind(seasonLag(season, recipe)) }),
  };
}

/** Rows from what is forecast back to the same place of the last season that is known. */
function seasonLag(season: number, { horizon }: Reach): number {
  return season * Math.ceil(horizon / season);
}

/** Refuses a season that reaches behind the first row. */
export function checkSeason(
  season: number | undefined,
  reach: Reach,
  { validation: [first = 0] }: Split,
): void {
  const most = first + reach.horizon;
  if (season !== undefined && seasonLag(season, reach) > most) {
    throw new UsageError(`--season must be no more than the ${most} rows before the validation`);
  }
}

const figures = ({ mae, rmse }: Errors): string =>
  `mean error ${mae.toPrecision(4)}, root mean square ${rmse.toPrecision(4)}`;

/** A report as lines, and what follows from it. */
export function told({ validation, naive, seasonal }: Report, season: number | undefined): string {
  const rows = [
    ['validation', figures(validation)],
    ['last value', figures(naive)],
    ...(seasonal ? [[`${season} rows before`, figures(seasonal)]] : []),
  ];
  const width = Math.max(...rows.map(([name = '']) => name.length));
  const best = Math.min(naive.rmse, seasonal?.rmse ?? Number.POSITIVE_INFINITY);
  const change = Math.round(100 * (validation.rmse / best - 1));
  const verdict =
    change < 0 ? `${-change} % better than` : change > 0 ? `${change} % worse than` : 'as good as';
  return [
    ...rows.map(([name = '', text]) => `${name.padEnd(width)}  ${text}`),
    `The network is ${verdict} the best that needs none.`,
  ].join('\n');
}
