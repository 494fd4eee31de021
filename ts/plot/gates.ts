/** What happens inside a cell: gates and states of a trace over the steps of a sequence. */
import { describe, fail } from '../errors.js';
import { anything, natural, oneOf, optional, type Reader, type Values } from '../options.js';
import { extentOf } from './axis.js';
import { draw } from './figure.js';
import { listOf, readPlot, steps, text } from './read.js';
import type { AxisOptions, HeatPanel, LinePanel, Numbers, PlotOptions, TensorLike, Tick } from './types.js';

/** Options of plots over the steps of a sequence. */
export interface StepOptions extends PlotOptions {
  /** Which sequence of the batch; 0 if left out. */
  sequence?: number | undefined;
  /** Which units, and in which order. */
  units?: readonly number[] | undefined;
  /** First step, and the one behind the last; all if left out. */
  steps?: readonly [number, number] | undefined;
  /** What stands below each step, such as the characters of a text; its number if left out. */
  labels?: readonly string[] | undefined;
}

/** Options of {@link gateHeatmap}. */
export interface GateHeatmapOptions extends StepOptions {
  /**
   * Order of the units: by number (`'index'`, default), by the step of their highest value (`'peak'`) or by their mean
   * (`'mean'`), lowest first; of the cell state, or else the hidden one, where there are several tensors. Not with `units`.
   */
  order?: 'index' | 'peak' | 'mean' | undefined;
  /** What units are called; their numbers if left out. */
  unitNames?: readonly string[] | undefined;
  /**
   * Values of the first and the last colour. From 0 to 1 for values that lie there, as those of gates do, and otherwise as far
   * to both sides of 0 as the largest magnitude, if left out.
   */
  range?: readonly [number, number] | undefined;
}

/** Options of {@link cellLines}. */
export interface CellLinesOptions extends StepOptions {
  /** What units are called; `unit 0` and so on if left out. */
  unitNames?: readonly string[] | undefined;
}

/** Tensors of one layer and direction, as `trace` gives them. */
export interface TracedTensors {
  readonly input?: TensorLike | undefined;
  readonly forget?: TensorLike | undefined;
  readonly output?: TensorLike | undefined;
  readonly reset?: TensorLike | undefined;
  readonly update?: TensorLike | undefined;
  readonly candidate?: TensorLike | undefined;
  readonly cell?: TensorLike | undefined;
  readonly hidden?: TensorLike | undefined;
  readonly reverse?: TracedTensors | undefined;
}

/** In the order in which they act. */
const FIELDS = {
  reset: ['Reset gate r', 'how much of the state the candidate sees'],
  update: ['Update gate z', 'weighs the state against the candidate'],
  forget: ['Forget gate f', 'how much of the cell is kept'],
  input: ['Input gate i', 'how much of the candidate is written'],
  candidate: ['Candidate g', 'what would be written'],
  cell: ['Cell state c', ''],
  output: ['Output gate o', 'how much of the cell is shown'],
  hidden: ['Hidden state h', ''],
} as const;

/** Makes a space visible. */
const SPACE = '␣';

/** Units that a plot of lines shows if none are asked for. */
const MOST_LINES = 6;

const stepReaders = {
  sequence: natural(0),
  units: optional(listOf(natural())),
  steps: anything as Reader<unknown>,
  labels: optional(listOf(text)),
  unitNames: optional(listOf(text)),
};

type StepValues = Values<typeof stepReaders>;

/** Rows of values, one per unit, for a stretch of steps. */
interface Sequence {
  readonly rows: readonly Float64Array[];
  readonly first: number;
  readonly x: AxisOptions;
}

function stretchOf(where: string, value: unknown, time: number): [number, number] {
  if (value === undefined) return [0, time];
  const [from, to] = listOf(natural())(where, 'steps', value);
  if (from !== undefined && to !== undefined && from < to && to <= time) return [from, to];
  return fail(
    'value',
    where,
    `steps must be two integers in ascending order, up to ${time}`,
    `${from}, ${to}`,
  );
}

/** The values of one sequence of a batch. */
function sequenceOf(where: string, name: string, tensor: TensorLike, options: StepValues): Sequence {
  const [batch = 0, time = 0, units = 0] = tensor.shape;
  const { sequence, labels } = options;
  if (sequence >= batch) {
    fail('value', where, `sequence must be below the batch of ${name} = ${batch}`, String(sequence));
  }
  if (labels && labels.length !== time) {
    fail('shape', where, `labels must hold one for each of ${time} steps`, String(labels.length));
  }
  const [first, end] = stretchOf(where, options.steps, time);
  const rows = Array.from({ length: units }, (_, unit) => {
    const row = new Float64Array(end - first);
    let at = (sequence * time + first) * units + unit;
    for (let step = 0; step < row.length; step++, at += units) row[step] = tensor.data[at] as number;
    return row;
  });
  const ticks = labels
    ?.slice(first, end)
    .map((label, index): Tick => ({ at: first + index, label: label === ' ' ? SPACE : label }));
  return { rows, first, x: { label: 'step', ...(ticks && { ticks }) } };
}

function checkUnits(where: string, units: readonly number[] | undefined, count: number): void {
  units?.forEach((unit, index) => {
    if (unit >= count) fail('value', where, `units[${index}] must be below ${count}`, String(unit));
  });
}

function meanOf(values: Numbers): number {
  const shown = Array.from(values).filter(Number.isFinite);
  return shown.reduce((sum, value) => sum + value, 0) / (shown.length || 1);
}

function peakOf(values: Float64Array): number {
  return values.reduce((best, value, step) => (value > (values[best] ?? value) ? step : best), 0);
}

function orderOf(rows: readonly Float64Array[], order: 'index' | 'peak' | 'mean'): number[] {
  const units = rows.map((_, unit) => unit);
  if (order === 'index') return units;
  const keys = rows.map(order === 'peak' ? peakOf : meanOf);
  return units.sort((a, b) => (keys[a] as number) - (keys[b] as number));
}

function rangeOf(rows: readonly Float64Array[]): Pick<HeatPanel, 'colors' | 'range'> {
  const extent = extentOf(rows.flatMap((row) => extentOf(row) ?? [])) ?? [0, 1];
  if (extent[0] >= 0 && extent[1] <= 1) return { colors: 'sequential', range: [0, 1] };
  const most = Math.max(Math.abs(extent[0]), Math.abs(extent[1]));
  return { colors: 'diverging', range: [-most, most] };
}

interface Named {
  readonly name: string;
  readonly title?: string | undefined;
  readonly note?: string | undefined;
  /** Whether its values have a sign by their meaning, also where none is below 0. */
  readonly isState: boolean;
  readonly tensor: TensorLike;
}

/** The tensors of a layer that are there, both directions. */
function tensorsOf(where: string, value: unknown, path = '', ending = ''): Named[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fail('value', where, 'values must be a Tensor, or the tensors of a traced layer', describe(value));
  }
  if ('data' in value) return [{ name: 'values', isState: false, tensor: steps(where, 'values', value) }];
  const given = value as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(FIELDS, name) || name === 'reverse') continue;
    fail('value', where, `values may be ${Object.keys(FIELDS).join(', ')}, reverse`, `'${path}${name}'`);
  }
  const fields = Object.entries(FIELDS).flatMap(([name, [title, note]]): Named[] => {
    if (given[name] === undefined) return [];
    const tensor = steps(where, `${path}${name}`, given[name]);
    return [
      {
        name: `${path}${name}`,
        title: `${title}${ending}`,
        note,
        isState: ['candidate', 'cell', 'hidden'].includes(name),
        tensor,
      },
    ];
  });
  const reverse =
    given.reverse === undefined ? [] : tensorsOf(where, given.reverse, 'reverse.', ', from the end');
  if (fields.length + reverse.length === 0) fail('value', where, 'values must hold tensors', 'none');
  return [...fields, ...reverse];
}

/**
 * A heat map of what a cell's values are at each step: a row per unit. Gates, from 0 to 1, have the colours of viridis; states
 * have two colours to both sides of 0.
 *
 * @param values a tensor `[batch, time, units]` of a trace, or all tensors of a layer, which become panels
 * @throws CellgateError `value` for options, `dtype`, `shape` for what is no such tensor
 *
 * @example
 * ```ts
 * import { LSTM, tensor } from 'cellgate';
 * import { gateHeatmap } from 'cellgate/plot';
 *
 * const lstm = new LSTM({ inputSize: 1, hiddenSize: 4 });
 * const { layers } = lstm.trace(tensor([[[1], [0], [-1]]]));
 * const svg = gateHeatmap(layers[0]!.forget, { title: 'Forget gate', labels: ['a', 'b', 'c'] });
 * console.log(svg.includes('Forget gate')); // true
 * console.log(gateHeatmap(layers[0]!, { format: 'terminal', order: 'peak' }));
 * ```
 */
export function gateHeatmap(values: TensorLike | TracedTensors, options: GateHeatmapOptions = {}): string {
  const where = 'plot.gateHeatmap';
  const own = { ...stepReaders, order: oneOf(['index', 'peak', 'mean'], 'index'), range: anything };
  const checked = readPlot(where, options, own);
  if (checked.units && checked.order !== 'index') {
    fail('value', where, `order must be 'index' where units have theirs`, `'${checked.order}'`);
  }
  const tensors = tensorsOf(where, values);
  const sequences = tensors.map(({ name, tensor }) => sequenceOf(where, name, tensor, checked));
  const leading = Math.max(
    0,
    tensors.findIndex(
      ({ name }) => name === (tensors.some((each) => each.name === 'cell') ? 'cell' : 'hidden'),
    ),
  );
  const leader = (sequences[leading] as Sequence).rows;
  checkUnits(where, checked.units, leader.length);
  const order = checked.units ?? orderOf(leader, checked.order);
  const panels = sequences.map(({ rows, first, x }, index): HeatPanel => {
    const { title, note, isState } = tensors[index] as Named;
    // A projected state has fewer units than there are cells.
    const units = rows.length === leader.length ? order : rows.map((_, unit) => unit);
    const found = rangeOf(rows);
    const colors =
      isState && found.colors === 'sequential' ? ({ colors: 'diverging', range: [-1, 1] } as const) : found;
    const { range } = options;
    return {
      kind: 'heat',
      title,
      note: note || undefined,
      rows: units.map((unit) => rows[unit] as Float64Array),
      rowNames: units.map((unit) => nameOf(where, checked.unitNames, unit, rows.length)),
      rowLabel: 'unit',
      ...colors,
      ...(range && { range, colors: range[0] < 0 && range[1] > 0 ? 'diverging' : 'sequential' }),
      x: { ...x, min: first },
    };
  });
  return draw(where, panels, { ...pictureOf(options), sharedX: true });
}

function nameOf(
  where: string,
  names: readonly string[] | undefined,
  unit: number,
  count: number,
  prefix = '',
): string {
  if (names && names.length !== count) {
    fail('shape', where, `unitNames must hold one for each of ${count} units`, String(names.length));
  }
  return names?.[unit] ?? `${prefix}${unit}`;
}

/** The options that are the figure's. */
function pictureOf({
  format,
  theme,
  width,
  height,
  color,
  title,
  note,
  description,
}: PlotOptions): PlotOptions {
  return { format, theme, width, height, color, title, note, description };
}

/**
 * Lines of a cell's values over the steps, one per unit: the cell state, what comes out, or a gate. Of more than six units those
 * that move most are shown, unless `units` says which.
 *
 * @param values a tensor `[batch, time, units]` of a trace
 * @throws CellgateError as {@link gateHeatmap}
 *
 * @example
 * ```ts
 * import { LSTM, tensor } from 'cellgate';
 * import { cellLines } from 'cellgate/plot';
 *
 * const lstm = new LSTM({ inputSize: 1, hiddenSize: 4 });
 * const { layers } = lstm.trace(tensor([[[1], [0], [-1]]]));
 * console.log(cellLines(layers[0]!.cell, { units: [0, 3], format: 'terminal' }));
 * ```
 */
export function cellLines(values: TensorLike, options: CellLinesOptions = {}): string {
  const where = 'plot.cellLines';
  const checked = readPlot(where, options, stepReaders);
  const { rows, first, x } = sequenceOf(where, 'values', steps(where, 'values', values), checked);
  checkUnits(where, checked.units, rows.length);
  const units = checked.units ?? liveliest(rows);
  const isPart = checked.units === undefined && units.length < rows.length;
  const panel: LinePanel = {
    kind: 'lines',
    note: isPart ? `the ${units.length} of ${rows.length} units that move most` : undefined,
    series: units.map((unit) => {
      const row = rows[unit] as Float64Array;
      return {
        name: nameOf(where, checked.unitNames, unit, rows.length, 'unit '),
        x: row.map((_, step) => first + step),
        y: row,
      };
    }),
    x,
  };
  return draw(where, [panel], pictureOf(options));
}

/** Units with the greatest distance between lowest and highest value, in order of number. */
function liveliest(rows: readonly Float64Array[]): number[] {
  const spreads = rows.map((row) => {
    const [low, high] = extentOf(row) ?? [0, 0];
    return high - low;
  });
  const units = rows.map((_, unit) => unit).sort((a, b) => (spreads[b] as number) - (spreads[a] as number));
  return units.slice(0, MOST_LINES).sort((a, b) => a - b);
}
