/** How values are distributed. */
import { bisectRight, nice, thresholdFreedmanDiaconis, ticks } from 'd3-array';
import { describe, fail } from '../errors.js';
import { oneOf, optional, type Reader } from '../options.js';
import { around, endsOf, extentOf, isShown } from './axis.js';
import { draw } from './figure.js';
import { numbers, readPlot, text } from './read.js';
import type { HistogramPanel, Numbers, PlotOptions, TensorLike } from './types.js';

/** Options of {@link histogram}. */
export interface HistogramOptions extends PlotOptions {
  /** About how many intervals, from 1 to 1000; by the rule of Freedman and Diaconis, from 8 to 60, if left out. */
  bins?: number | undefined;
  /** Scale of the counts; `'linear'` if left out. */
  scale?: 'linear' | 'log' | undefined;
  /** What the values are, below the axis. */
  label?: string | undefined;
}

const LEAST = 8;
const MOST = 60;

const binsReader: Reader<number> = (where, name, value) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1000
    ? value
    : fail('value', where, `${name} must be an integer from 1 to 1000`, describe(value));

/** Counts of values in intervals with round ends; what is no number is left out. */
export function binned(values: Numbers, bins?: number): { edges: number[]; counts: number[]; left: number } {
  const shown = Array.from(values).filter(isShown);
  const [low, high] = endsOf({}, extentOf(shown) ?? [0, 1], (value) => around(value, 0.5));
  const asked = bins ?? Math.min(MOST, Math.max(LEAST, freedmanDiaconis(shown, low, high)));
  const ends = nice(low, high, asked);
  const edges = ticks(...ends, asked);
  const counts = Array<number>(edges.length - 1).fill(0);
  for (const value of shown) {
    const at = Math.min(counts.length, bisectRight(edges, value)) - 1;
    counts[at] = (counts[at] as number) + 1;
  }
  return { edges, counts, left: values.length - shown.length };
}

function freedmanDiaconis(values: readonly number[], low: number, high: number): number {
  const count = thresholdFreedmanDiaconis(values, low, high);
  return Number.isFinite(count) ? count : LEAST;
}

/**
 * How values are distributed, such as the weights of a gate.
 *
 * @param values numbers or a tensor; or several by name, each of which becomes a panel
 * @throws CellgateError `value`
 *
 * @example
 * ```ts
 * import { LSTM } from 'cellgate';
 * import { histogram } from 'cellgate/plot';
 *
 * const { weight_hh_l0 } = new LSTM({ inputSize: 8, hiddenSize: 32, seed: 1 }).stateDict();
 * console.log(histogram(weight_hh_l0!, { title: 'Recurrent weights', format: 'terminal' }));
 * ```
 */
export function histogram(
  values: Numbers | TensorLike | { readonly [name: string]: Numbers | TensorLike },
  options: HistogramOptions = {},
): string {
  const where = 'plot.histogram';
  const { bins, scale, label, ...picture } = readPlot(where, options, {
    bins: optional(binsReader),
    scale: oneOf(['linear', 'log'], 'linear'),
    label: optional(text),
  });
  const lists = listsOf(where, values);
  const panels = lists.map(([title, list]): HistogramPanel => {
    const { edges, counts, left } = binned(list, bins);
    return {
      kind: 'histogram',
      title,
      note: left > 0 ? `without ${left} of ${list.length} values, which are not finite` : undefined,
      edges,
      counts,
      x: { label },
      y: { label: 'values', scale },
    };
  });
  return draw(where, panels, picture);
}

function listsOf(where: string, values: unknown): [string | undefined, Numbers][] {
  if (typeof values !== 'object' || values === null) {
    fail(
      'value',
      where,
      'values must be an array of numbers, a Tensor, or several by name',
      describe(values),
    );
  }
  if (Array.isArray(values) || ArrayBuffer.isView(values))
    return [[undefined, numbers(where, 'values', values)]];
  if ('data' in values && 'shape' in values) return [[undefined, numbers(where, 'values.data', values.data)]];
  return Object.entries(values).map(([name, item]) => {
    const isTensor = typeof item === 'object' && item !== null && 'shape' in item && 'data' in item;
    return [name, numbers(where, name, isTensor ? item.data : item)];
  });
}
