import type { AudioModel } from '../../audio/audio-model.js';
import { fail } from '../../errors.js';
import { checkUnmasked } from '../../keras/masked.js';
import type { Sequential } from '../../sequential.js';
import { Tensor, wrap } from '../../tensor.js';
import { command, numberOf, refuseOptions } from '../command.js';
import { type Table, writeCsv } from '../data/csv.js';
import { encode, formatOf, type Output, type OutputFormat } from '../data/output.js';
import { writeBytes } from '../files.js';
import { type Columns, continueFrom, forecastAt } from '../forecast.js';
import { runGraph } from '../graph.js';
import { openFile } from '../models.js';
import type { Recipe } from '../recipe.js';
import { listOf, readRows, readTensor } from '../tensors.js';
import { jsonOf } from '../terminal.js';
import { UsageError } from '../usage-error.js';

/** The output of every step, by a stream that begins with zeros. */
function everyStep(model: Sequential, { data, shape: [batch = 1, time = 0] }: Tensor): Tensor {
  checkUnmasked('run --steps', model);
  const stream = model.stream({ batch });
  const width = batch * time === 0 ? 1 : data.length / (batch * time);
  // A stream takes the frames of all sequences at a time.
  const frames = data.slice();
  for (let row = 0; row < batch; row++) {
    for (let step = 0; step < time; step++) {
      const from = (row * time + step) * width;
      frames.set(data.subarray(from, from + width), (step * batch + row) * width);
    }
  }
  const given = stream.run(frames);
  stream.dispose();
  const size = batch * time === 0 ? 1 : given.length / (batch * time);
  const output = new Float32Array(given.length);
  for (let row = 0; row < batch; row++) {
    for (let step = 0; step < time; step++) {
      const from = (step * batch + row) * size;
      output.set(given.subarray(from, from + size), (row * time + step) * size);
    }
  }
  return wrap(output, [batch, time, size]);
}

/** Where results go, and as what. */
interface Target {
  readonly output: string;
  readonly format: OutputFormat | 'json';
}

/** Outputs by name as JSON, or the first one. */
function writeOutputs(outputs: Readonly<Record<string, Output>>, { output, format }: Target): Promise<void> {
  if (format !== 'json') return writeBytes(output, encode(Object.values(outputs)[0] as Output, format));
  const nested = Object.entries(outputs).map(([name, { shape, data }]) => {
    return [name, { shape, values: new Tensor(data, [...shape]).toArray() }];
  });
  return writeBytes(output, jsonOf(Object.fromEntries(nested)));
}

/** What a network for sound makes of a signal: every step, of one sequence. */
function soundOf(audio: AudioModel, { data, shape }: Tensor, rate: number | undefined): Output {
  const [batch = 1, time = 0] = shape;
  if (batch !== 1) fail('shape', 'run', 'a network for sound must have one signal', `${batch}`);
  return { shape: [1, time, audio.outputSize], data: audio.run(data), rate: rate ?? audio.sampleRate };
}

interface ForecastRow {
  readonly row: number;
  readonly label: string | undefined;
  readonly value: number | undefined;
  readonly forecast: number | undefined;
}

/** A forecast for each row, and for those behind the last that can be told. */
function forecastRows(
  model: Sequential,
  recipe: Recipe,
  { table, columns }: { table: Table; columns: Columns },
  ahead: number | undefined,
): ForecastRow[] {
  const values = columns.get(recipe.target) as Float64Array;
  const origins = Array.from(values.keys());
  const forecasts = forecastAt(model, recipe, columns, origins);
  if (ahead !== undefined && columns.size > 1) {
    const names = [...columns.keys()].join(', ');
    throw new UsageError(`--ahead needs a model of its target alone: this one reads ${names}`);
  }
  const beyond = ahead === undefined ? [] : continueFrom(model, recipe, columns, ahead);
  const count = values.length + (ahead ?? recipe.horizon);
  const labels = table.rows.map((row) => row[0] as string);
  const isLabelled = labels.some((label) => Number.isNaN(Number(label)));
  return Array.from({ length: count }, (_, row) => ({
    row: row + 1,
    label: isLabelled ? labels[row] : undefined,
    value: values[row],
    forecast:
      row < values.length || beyond.length === 0
        ? forecasts[row - recipe.horizon]
        : beyond[row - values.length],
  }));
}

function writeForecast(
  { target, horizon }: Recipe,
  rows: readonly ForecastRow[],
  { output, format }: Target,
): Promise<void> {
  if (format === 'json') return writeBytes(output, jsonOf({ target, horizon, rows }));
  if (format !== 'csv') throw new UsageError('forecasts are written as csv');
  const isLabelled = rows.some(({ label }) => label !== undefined);
  const head = ['row', ...(isLabelled ? ['label'] : []), target, `${target} forecast`];
  const lines = rows.map(({ row, label = '', value = '', forecast = '' }) => [
    row,
    ...(isLabelled ? [label] : []),
    value,
    forecast,
  ]);
  return writeBytes(output, writeCsv(head, lines));
}

const FOR_GRAPHS = ['feed', 'fetch', 'set', 'time-major'] as const;

export const run = command({
  name: 'run',
  summary: 'run a model on a table, an array or a recording',
  positionals: ['MODEL'],
  options: {
    input: { value: 'FILE', short: 'i', about: '.csv, .npy or .wav; - (default) is the standard input' },
    output: { value: 'FILE', short: 'o', about: '.csv, .npy or .wav; - (default) is the standard output' },
    columns: { value: 'A,B', about: 'columns of the table, instead of all that hold numbers' },
    steps: { about: 'the output of every step, not of the last alone' },
    ahead: { value: 'ROWS', about: 'of a model that forecasts: go on behind the last row' },
    feed: { value: 'NAME', about: 'of an ONNX network: the input that takes the data' },
    fetch: { value: 'NAME', about: 'of an ONNX network: the output that is wanted, the first if left out' },
    set: {
      value: 'NAME=N',
      about: 'of an ONNX network: other inputs, as "sr=16000 h=0,0"; zeros if left out',
    },
    'time-major': { about: 'of an ONNX network: steps come before sequences' },
    format: { value: 'FORMAT', about: 'csv, npy or wav, instead of what the ending says' },
    json: { about: 'write all outputs as JSON, with their shapes' },
  },
  details:
    'A table has a step in each row, an array is [time], [time, values] or [batch, time, values], and a recording has its\n' +
    'samples as steps, or as many of them as the model takes at a time. A model that `cellgate train` made reads the\n' +
    'columns that it was trained on and writes a forecast for each row, beside what the row has.',
  examples: [
    'cellgate run model.safetensors --input data.csv --output forecast.csv',
    'sox speech.flac -t wav - | cellgate run model.safetensors --steps > out.csv',
  ],
  async run([file = ''], options) {
    const { input = '-', output = '-', json = false } = options;
    if (file === '-' && input === '-') {
      throw new UsageError('the model and its input cannot both be the standard input');
    }
    const ahead =
      options.ahead === undefined ? undefined : numberOf('ahead', options.ahead, 0, { min: 1, max: 1e6 });
    if (json && options.format !== undefined) throw new UsageError('--json and --format exclude each other');
    const target = { output, format: json ? 'json' : formatOf(output, options.format) } as const;
    const open = await openFile(file);
    if ('model' in open && open.recipe) {
      refuseOptions(options, [...FOR_GRAPHS, 'steps', 'columns'], 'a model that forecasts');
      return writeForecast(
        open.recipe,
        forecastRows(open.model, open.recipe, await readRows(open.recipe, input), ahead),
        target,
      );
    }
    if ('network' in open) {
      refuseOptions(options, ['steps', 'ahead'], 'an ONNX network');
      const outputs = await runGraph(open.network, {
        input,
        columns: listOf(options.columns),
        feed: options.feed,
        fetch: options.fetch,
        set: options.set,
        isTimeMajor: options['time-major'] === true,
      });
      return writeOutputs(outputs, target);
    }
    refuseOptions(options, [...FOR_GRAPHS, 'ahead'], 'a model of layers that forecasts nothing');
    const { x, sequences } = await readTensor(open.model, input, options.columns);
    if (open.audio) return writeOutputs({ output: soundOf(open.audio, x, sequences.rate) }, target);
    const { shape, data } = options.steps ? everyStep(open.model, x) : (open.model.predict(x) as Tensor);
    return writeOutputs({ output: { shape, data, rate: sequences.rate } }, target);
  },
});
