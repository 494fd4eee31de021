import { CellgateError, fail } from '../../errors.js';
import { GRU } from '../../gru.js';
import { Linear } from '../../linear.js';
import { LSTM } from '../../lstm.js';
import type { Module } from '../../module.js';
import type { RecurrentOptions } from '../../recurrent-types.js';
import { RNN } from '../../rnn.js';
import { Sequential } from '../../sequential.js';
import { wrap } from '../../tensor.js';
import type { EpochInfo } from '../../training/history.js';
import { recordOf } from '../../training/record.js';
import { command, type Given, numberOf, type Options, wordOf } from '../command.js';
import { columnIndex, numericColumns, readCsv, type Table } from '../data/csv.js';
import { nameOf, readBytes, writeBytes } from '../files.js';
import {
  type Columns,
  changesOf,
  columnsOf,
  type Errors,
  errorsOf,
  featuresOf,
  forecastAt,
  windowsOf,
} from '../forecast.js';
import { openModel } from '../models.js';
import { type Recipe, withRecipe } from '../recipe.js';
import { listOf } from '../tensors.js';
import { note, Progress, print, printJson } from '../terminal.js';
import { UsageError } from '../usage-error.js';

const CELLS: Readonly<Record<'lstm' | 'gru' | 'rnn', (options: RecurrentOptions) => Module>> = {
  lstm: (options) => new LSTM(options),
  gru: (options) => new GRU(options),
  rnn: (options) => new RNN(options),
};
/** Rows that training needs to say anything. */
const LEAST_WINDOWS = 8;

/** Mean and standard deviation; 1 where there is none. */
function scaleOf(values: ArrayLike<number> & Iterable<number>): { mean: number; scale: number } {
  const list = Array.from(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  const variance = list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length;
  return { mean, scale: Math.sqrt(variance) || 1 };
}

/** How a table is read: scales are those of the rows that training sees. */
function recipeFor(
  columns: Columns,
  target: string,
  trained: number,
  sizes: { horizon: number; window: number },
): Recipe {
  const inputs = Array.from(columns, ([column, values]) => {
    const of = column === target ? ('change' as const) : ('level' as const);
    const seen = (of === 'change' ? changesOf(values).subarray(1) : values).subarray(0, trained);
    return { column, of, ...scaleOf(seen) };
  });
  const values = columns.get(target) as Float64Array;
  const changes = values
    .subarray(sizes.horizon, trained)
    .map((value, row) => value - (values[row] as number));
  return { target, ...sizes, inputs, ...scaleOf(changes) };
}

/** Windows and what follows them, for forecasts that are made at these rows. */
function examplesAt(recipe: Recipe, columns: Columns, rows: readonly number[]) {
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

interface Split {
  readonly trained: number;
  /** Rows at which forecasts are made, for training and for validation. */
  readonly training: number[];
  readonly validation: number[];
}

/** The last rows are for validation; what training forecasts lies before them. */
function splitOf(
  table: Table,
  share: number,
  { horizon, window }: { horizon: number; window: number },
): Split {
  const count = table.rows.length;
  const trained = Math.round(count * (1 - share));
  const training = range(window - 1, trained - horizon);
  const validation = range(Math.max(trained - horizon, window - 1), count - horizon);
  if (training.length < LEAST_WINDOWS || validation.length < 1) {
    const need = Math.ceil((window + horizon + LEAST_WINDOWS) / (1 - share));
    fail('value', table.name, `data must have ${need} rows or more for windows of ${window}`, `${count}`);
  }
  return { trained, training, validation };
}

interface Report {
  readonly validation: Errors;
  readonly naive: Errors;
  readonly seasonal?: Errors;
}

/** Errors of forecasts beside those that need no network: the last value, and that of the last season. */
function reportOf(
  model: Sequential,
  recipe: Recipe,
  columns: Columns,
  rows: readonly number[],
  season: number | undefined,
): Report {
  const values = columns.get(recipe.target) as Float64Array;
  const truth = rows.map((row) => values[row + recipe.horizon] as number);
  const at = (rowOf: (row: number) => number): Errors =>
    errorsOf(
      rows.map((row) => values[rowOf(row)] as number),
      truth,
    );
  return {
    validation: errorsOf(forecastAt(model, recipe, columns, rows), truth),
    naive: at((row) => row),
    ...(season !== undefined && {
      seasonal: at((row) => row + recipe.horizon - season * Math.ceil(recipe.horizon / season)),
    }),
  };
}

const figures = ({ mae, rmse }: Errors): string =>
  `mean error ${mae.toPrecision(4)}, root mean square ${rmse.toPrecision(4)}`;

function told(report: Report, season: number | undefined): string {
  const lines = [
    `validation      ${figures(report.validation)}`,
    `last value      ${figures(report.naive)}`,
    ...(report.seasonal ? [`${season} rows before  ${figures(report.seasonal)}`] : []),
  ];
  const best = Math.min(report.naive.rmse, report.seasonal?.rmse ?? Number.POSITIVE_INFINITY);
  const change = 100 * (report.validation.rmse / best - 1);
  const verdict = change < 0 ? 'better' : 'worse';
  return `${lines.join('\n')}\nThe network is ${Math.abs(change).toFixed(0)} % ${verdict} than the best that needs none.`;
}

const options = {
  target: { value: 'COLUMN', short: 't', about: 'what to forecast' },
  inputs: {
    value: 'A,B',
    about: 'columns to read beside it; none if left out, "all" for all that hold numbers',
  },
  output: { value: 'FILE', short: 'o', about: 'where to write the model; model.safetensors if left out' },
  horizon: { value: 'ROWS', about: 'how far ahead; 1 if left out' },
  window: { value: 'ROWS', about: 'rows that the network reads; 32 if left out' },
  season: { value: 'ROWS', about: 'compare with the value of a season before, too' },
  validation: {
    value: 'SHARE',
    about: 'share of the rows, at the end, that training does not see; 0.2 if left out',
  },
  cell: { value: 'CELL', about: 'lstm (default), gru or rnn' },
  hidden: { value: 'UNITS', about: 'units; 32 if left out' },
  layers: { value: 'N', about: 'stacked layers; 1 if left out' },
  epochs: { value: 'N', about: 'how often to go through the rows; 50 if left out' },
  patience: { value: 'N', about: 'epochs without a better validation before training ends; 10 if left out' },
  batch: { value: 'N', about: 'windows to an update; 32 if left out' },
  rate: { value: 'LR', about: 'learning rate of Adam; 0.003 if left out' },
  seed: { value: 'N', about: 'seed of weights and order; 0 if left out' },
  from: { value: 'MODEL', about: 'go on with a model of this command: more epochs, with all else as it was' },
  json: { about: 'print the result as JSON' },
} as const satisfies Options;

type GivenOptions = Given<typeof options>;

/** A fresh network, or the one to go on with. */
async function begin(given: GivenOptions, table: Table) {
  if (given.from !== undefined) {
    const { model, recipe } = await openModel(given.from);
    if (!recipe)
      throw new CellgateError(
        'file',
        given.from,
        'the model must be one that cellgate train made',
        'another',
      );
    return { model, recipe };
  }
  const target = given.target;
  if (target === undefined) throw new UsageError('--target is missing: the column to forecast');
  columnIndex(table, target);
  const others = given.inputs === 'all' ? numericColumns(table) : (listOf(given.inputs) ?? []);
  return { target, names: [target, ...others.filter((column) => column !== target)] };
}

export const train = command({
  name: 'train',
  summary: 'train a network that forecasts a column of a table',
  positionals: ['DATA.csv'],
  options,
  details:
    'Rows are in the order of time, one moment each. The network reads the last rows and says how much the target will\n' +
    'change; scales and weights come from the rows before the validation, which says no more than when to stop. Beside\n' +
    'its errors stand those of a forecast that takes the last value. Ctrl-C ends training and writes the model as it is\n' +
    'then.',
  examples: [
    'cellgate train weather.csv --target temp_max --inputs temp_min,wind --season 365',
    'cellgate train co2.csv -t ppm --season 12 --window 24 -o co2.safetensors && cellgate run co2.safetensors -i co2.csv',
  ],
  async run([file = ''], given) {
    const number = (
      name: keyof GivenOptions & string,
      preset: number,
      limits: Parameters<typeof numberOf>[3],
    ): number => numberOf(name, given[name] as string | undefined, preset, limits);
    const share = number('validation', 0.2, { min: 0.01, max: 0.9, isWhole: false });
    const season = given.season === undefined ? undefined : number('season', 1, { min: 1 });
    const sizes = { horizon: number('horizon', 1, { min: 1 }), window: number('window', 32, { min: 1 }) };
    const cell = CELLS[wordOf('cell', given.cell, ['lstm', 'gru', 'rnn'], 'lstm')];
    const hiddenSize = number('hidden', 32, { min: 1, max: 65_536 });
    const layers = number('layers', 1, { min: 1, max: 64 });
    const epochs = number('epochs', 50, { min: 1 });
    const patience = number('patience', 10, { min: 1 });
    const batchSize = number('batch', 32, { min: 1 });
    const lr = number('rate', 0.003, { min: 1e-9, max: 10, isWhole: false });
    const seed = number('seed', 0, { min: 0, max: 2 ** 32 - 1 });
    const output = given.output ?? 'model.safetensors';

    const table = readCsv(nameOf(file), await readBytes(file));
    const started = await begin(given, table);
    const names = started.recipe
      ? [...new Set([started.recipe.target, ...started.recipe.inputs.map(({ column }) => column)])]
      : started.names;
    const columns = columnsOf(table, names);
    const split = splitOf(table, share, started.recipe ?? sizes);
    if (season !== undefined && split.validation.some((row) => row + 1 < season)) {
      throw new UsageError('--season must be less than the rows before the validation');
    }
    const recipe = started.recipe ?? recipeFor(columns, started.target, split.trained, sizes);
    const build = (): Sequential =>
      new Sequential([
        cell({ inputSize: recipe.inputs.length, hiddenSize, layers, seed }),
        new Linear({ inputSize: hiddenSize, outputSize: 1, seed: seed + 1 }),
      ]);
    const model = started.model ?? build();

    const stop = new AbortController();
    const onSignal = (): void => stop.abort();
    process.once('SIGINT', onSignal);
    const progress = new Progress();
    const start = performance.now();
    const data = examplesAt(recipe, columns, split.training);
    const before = recordOf(model)?.standing;
    const shared = {
      epochs: (before?.epoch ?? 0) + epochs,
      validation: examplesAt(recipe, columns, split.validation),
      signal: stop.signal,
      progress: false as const,
      onEpoch: ({ epoch, epochs: all, loss, valLoss }: EpochInfo) =>
        progress.show(
          `epoch ${epoch} of ${all}  loss ${loss.toPrecision(4)}  validation ${valLoss?.toPrecision(4)}`,
        ),
    };
    const history = await model
      .fit(
        data,
        started.recipe
          ? { ...shared, resume: true, earlyStopping: { patience: patience + (before?.stopping[1] ?? 0) } }
          : {
              ...shared,
              loss: 'mse',
              optimizer: { kind: 'adam', lr },
              batchSize: Math.min(batchSize, split.training.length),
              clipNorm: 1,
              earlyStopping: { patience },
              seed,
            },
      )
      .finally(() => {
        progress.end();
        process.off('SIGINT', onSignal);
      });
    const seconds = (performance.now() - start) / 1000;
    const report = reportOf(model, recipe, columns, split.validation, season);
    await writeBytes(output, withRecipe(model.save(), recipe));
    if (history.stopped === 'aborted') process.exitCode = 130;
    if (given.json)
      return printJson({
        output,
        epochs: history.epochs,
        stopped: history.stopped,
        seconds,
        ...report,
        history,
      });
    const why =
      history.stopped === 'early'
        ? ', ended early'
        : history.stopped === 'aborted'
          ? ', ended by Ctrl-C'
          : '';
    const where = output === '-' ? 'the standard output' : output;
    const tell = output === '-' ? note : print;
    await tell(
      [
        `${split.training.length} windows, ${split.validation.length} for validation; ${history.epochs} epochs in ${seconds.toFixed(1)} s${why}`,
        told(report, season),
        `written ${where}`,
      ].join('\n'),
    );
  },
});
