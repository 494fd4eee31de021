import { type GateHeatmapOptions, gateHeatmap, type TracedTensors } from '../../plot/gates.js';
import { checkOutputs, command, numberOf, refuseOptions, wordOf } from '../command.js';
import { nameOf, writeBytes } from '../files.js';
import { openModel } from '../models.js';
import { listOf, readRows, readTensor } from '../tensors.js';
import { note, pictureOn, print, printJson } from '../terminal.js';
import { traceModel } from '../tracing.js';
import { UsageError } from '../usage-error.js';

/** `10:20` as the first step and the one behind the last. */
function stretchOf(text: string | undefined): [number, number] | undefined {
  if (text === undefined) return undefined;
  const [, from, to] = /^(\d+):(\d+)$/.exec(text) ?? [];
  if (from === undefined || to === undefined) {
    throw new UsageError(`--steps must be like 10:20, got ${JSON.stringify(text)}`);
  }
  return [Number(from), Number(to)];
}

/** The tensors that were asked for, of both directions. */
function chosen(tensors: TracedTensors, names: readonly string[] | undefined): TracedTensors {
  if (names === undefined) return tensors;
  const { reverse, ...own } = tensors;
  const known = Object.keys(own);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--gates may be ${known.join(', ')}, got ${JSON.stringify(unknown)}`);
  }
  const part = Object.fromEntries(Object.entries(own).filter(([name]) => names.includes(name)));
  return { ...part, ...(reverse && { reverse: chosen(reverse, names) }) };
}

const plain = (tensors: TracedTensors): unknown =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, value]) =>
      name === 'reverse' ? [name, plain(value)] : [name, { shape: value.shape, data: value.data }],
    ),
  );

export const trace = command({
  name: 'trace',
  summary: 'draw what every gate does while a model reads a sequence',
  positionals: ['MODEL'],
  options: {
    input: { value: 'FILE', short: 'i', about: '.csv, .npy or .wav; - (default) is the standard input' },
    svg: { value: 'FILE', about: 'write the picture there, instead of drawing in the terminal' },
    columns: { value: 'A,B', about: 'columns of the table, instead of all that hold numbers' },
    layer: { value: 'N', about: 'which recurrent layer, from 0' },
    gates: { value: 'A,B', about: 'which of the values, such as forget,cell; all if left out' },
    sequence: { value: 'N', about: 'which sequence of an array, from 0' },
    steps: { value: 'FROM:TO', about: 'which steps; all if left out' },
    order: { value: 'ORDER', about: 'order of the units: index, peak or mean' },
    theme: { value: 'THEME', about: 'colours of the picture: auto (default), light or dark' },
    json: { about: 'print all values as JSON' },
  },
  details: 'A heat map for each gate and state, with a row per unit and a column per step.',
  examples: [
    'cellgate trace model.safetensors --input data.csv --svg gates.svg',
    'cellgate trace model.safetensors --input data.csv --gates forget,cell --order peak --steps 0:200',
  ],
  async run([file = ''], options) {
    const { input = '-', svg } = options;
    checkOutputs(options.json, 'svg', svg);
    if (file === '-' && input === '-') {
      throw new UsageError('the model and its input cannot both be the standard input');
    }
    const picture: GateHeatmapOptions = {
      note: `${nameOf(file)}, reading ${nameOf(input)}`,
      sequence: numberOf('sequence', options.sequence, 0, { min: 0 }),
      steps: stretchOf(options.steps),
      order: wordOf('order', options.order, ['index', 'peak', 'mean'], 'index'),
      theme: wordOf('theme', options.theme, ['auto', 'light', 'dark'], 'auto'),
    };
    const { model, recipe } = await openModel(file);
    if (recipe) refuseOptions(options, ['columns'], 'a model that forecasts');
    const { x } = recipe ? await readRows(recipe, input) : await readTensor(model, input, options.columns);
    const layers = traceModel(model, x);
    const index = numberOf('layer', options.layer, 0, { min: 0, max: layers.length - 1 });
    const { name, tensors } = layers[index] as (typeof layers)[0];
    const shown = chosen(tensors, listOf(options.gates));
    const title = name.replace(/^(\d+) +/, 'Layer $1: ');
    if (svg !== undefined) await writeBytes(svg, gateHeatmap(shown, { ...picture, title }));
    if (options.json) return printJson({ layer: name, ...(plain(shown) as object) });
    if (layers.length > 1 && options.layer === undefined) {
      await note(`layer 0 of ${layers.length} recurrent ones; --layer shows the others`);
    }
    if (svg === undefined)
      await print(gateHeatmap(shown, { ...picture, title, ...pictureOn(process.stdout) }).trimEnd());
  },
});
