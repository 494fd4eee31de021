import { fail } from '../../errors.js';
import { GRU } from '../../gru.js';
import { Linear } from '../../linear.js';
import { LSTM } from '../../lstm.js';
import type { Module } from '../../module.js';
import type { RecurrentOptions } from '../../recurrent-types.js';
import { RNN } from '../../rnn.js';
import { Sequential } from '../../sequential.js';
import type { EpochInfo, History } from '../../training/history.js';
import { recordOf } from '../../training/record.js';
import { checkOutputs, command, type Given, numberOf, type Options, wordOf } from '../command.js';
import { columnIndex, numericColumns, readCsv, type Table } from '../data/csv.js';
import { nameOf, readBytes, writeBytes } from '../files.js';
import { type Columns, columnsOf } from '../forecast.js';
import { openModel } from '../models.js';
import { type Recipe, withRecipe } from '../recipe.js';
import { listOf } from '../tensors.js';
import { note, Progress, print, printJson } from '../terminal.js';
import { checkSeason, examplesAt, recipeFor, reportOf, type Split, splitOf, told } from '../training.js';
import { UsageError } from '../usage-error.js';

const CELLS: Readonly<Record<'lstm' | 'gru' | 'rnn', (options: RecurrentOptions) => Module>> = {
  lstm: (options) => new LSTM(options),
  gru: (options) => new GRU(options),
  rnn: (options) => new RNN(options),
};

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

/** What a model that was trained before brings along. */
const KEPT = [
  'target',
  'inputs',
  'horizon',
  'window',
  'cell',
  'hidden',
  'layers',
  'batch',
  'rate',
  'seed',
] as const;

/** The options as numbers. */
function readSettings(given: GivenOptions) {
  const number = (
    name: keyof GivenOptions & string,
    preset: number,
    limits: Parameters<typeof numberOf>[3],
  ): number => numberOf(name, given[name] as string | undefined, preset, limits);
  const kept = KEPT.find((name) => given.from !== undefined && given[name] !== undefined);
  if (kept !== undefined)
    throw new UsageError(`--${kept} must be left out with --from: the model has its own`);
  return {
    share: number('validation', 0.2, { min: 0.01, max: 0.9, isWhole: false }),
    season: given.season === undefined ? undefined : number('season', 1, { min: 1 }),
    reach: { horizon: number('horizon', 1, { min: 1 }), window: number('window', 32, { min: 1 }) },
    cell: wordOf('cell', given.cell, ['lstm', 'gru', 'rnn'], 'lstm'),
    hiddenSize: number('hidden', 32, { min: 1, max: 65_536 }),
    layers: number('layers', 1, { min: 1, max: 64 }),
    epochs: number('epochs', 50, { min: 1 }),
    patience: number('patience', 10, { min: 1 }),
    batchSize: number('batch', 32, { min: 1 }),
    lr: number('rate', 0.003, { min: 1e-9, max: 10, isWhole: false }),
    seed: number('seed', 0, { min: 0, max: 2 ** 32 - 2 }),
  };
}

type Settings = ReturnType<typeof readSettings>;

/** What is trained, and on which rows. */
interface Task {
  readonly model: Sequential;
  readonly recipe: Recipe;
  readonly columns: Columns;
  readonly split: Split;
}

/** A network that goes on. */
async function resumed(file: string, table: Table, { share }: Settings): Promise<Task> {
  const { model, recipe } = await openModel(file);
  if (!recipe) return fail('file', file, 'the model must be one that cellgate train made', 'another');
  const names = new Set([recipe.target, ...recipe.inputs.map(({ column }) => column)]);
  return { model, recipe, columns: columnsOf(table, [...names]), split: splitOf(table, share, recipe) };
}

/** A fresh network. */
function fresh(target: string, inputs: string | undefined, table: Table, settings: Settings): Task {
  const { share, reach, cell, hiddenSize, layers, seed } = settings;
  columnIndex(table, target);
  const others = inputs === 'all' ? numericColumns(table) : (listOf(inputs) ?? []);
  const columns = columnsOf(table, [target, ...others.filter((column) => column !== target)]);
  const split = splitOf(table, share, reach);
  const model: Sequential = new Sequential([
    CELLS[cell]({ inputSize: columns.size, hiddenSize, layers, seed }),
    new Linear({ inputSize: hiddenSize, outputSize: 1, seed: seed + 1 }),
  ]);
  return { model, recipe: recipeFor(columns, target, split.trained, reach), columns, split };
}

/** Trains until the end, or until Ctrl-C; a second one ends at once. */
async function fitTask({ model, recipe, columns, split }: Task, settings: Settings): Promise<History> {
  const { epochs, patience, batchSize, lr, seed } = settings;
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once('SIGINT', onInterrupt);
  const progress = new Progress();
  const before = recordOf(model)?.standing;
  const shared = {
    epochs: (before?.epoch ?? 0) + epochs,
    earlyStopping: { patience: patience + (before?.stopping[1] ?? 0) },
    validation: examplesAt(recipe, columns, split.validation),
    signal: stop.signal,
    progress: false as const,
    onEpoch: ({ epoch, epochs: all, loss, valLoss }: EpochInfo) => {
      const losses = `loss ${loss.toPrecision(4)}  validation ${valLoss?.toPrecision(4)}`;
      progress.show(`epoch ${epoch} of ${all}  ${losses}`);
    },
  };
  const begun = {
    loss: 'mse',
    optimizer: { kind: 'adam', lr },
    batchSize: Math.min(batchSize, split.training.length),
    clipNorm: 1,
    seed,
  } as const;
  try {
    const data = examplesAt(recipe, columns, split.training);
    return await model.fit(data, before ? { ...shared, resume: true } : { ...shared, ...begun });
  } finally {
    progress.end();
    process.off('SIGINT', onInterrupt);
  }
}

const ENDS = { early: ', ended early', aborted: ', ended by Ctrl-C' } as const;
const CODE_OF_INTERRUPT = 130;

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
    'cellgate train co2.csv -t ppm --season 12 -o co2.safetensors && cellgate run co2.safetensors -i co2.csv',
  ],
  async run([file = ''], given) {
    const settings = readSettings(given);
    const { target, from, output = 'model.safetensors' } = given;
    if (target === undefined && from === undefined) {
      throw new UsageError('--target is missing: the column to forecast');
    }
    checkOutputs(given.json, 'output', output);
    const table = readCsv(nameOf(file), await readBytes(file));
    const task =
      from === undefined
        ? fresh(target as string, given.inputs, table, settings)
        : await resumed(from, table, settings);
    const { model, recipe, columns, split } = task;
    checkSeason(settings.season, recipe, split);
    const start = performance.now();
    const history = await fitTask(task, settings);
    const seconds = (performance.now() - start) / 1000;
    const report = reportOf(model, recipe, columns, split.validation, settings.season);
    await writeBytes(output, withRecipe(model.save(), recipe));
    const { epochs, stopped } = history;
    if (stopped === 'aborted') process.exitCode = CODE_OF_INTERRUPT;
    if (given.json) return printJson({ output, epochs, stopped, seconds, ...report, history });
    const counts = `${split.training.length} windows, ${split.validation.length} for validation`;
    const course = `${epochs} epochs in ${seconds.toFixed(1)} s${stopped ? ENDS[stopped] : ''}`;
    const written = `written ${output === '-' ? 'to the standard output' : output}`;
    const tell = output === '-' ? note : print;
    await tell([`${counts}; ${course}`, told(report, settings.season), written].join('\n'));
  },
});
