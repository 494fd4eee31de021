/** The axes of each kind of panel, for all formats alike. */
import { type Axis, axisOf } from './axis.js';
import type { Checked } from './read.js';

/** About how many marks there is room for. */
interface Count {
  readonly x: number;
  readonly y: number;
}

type Series = Checked<'lines'>['series'][number];

const placeOf = ({ x }: Series, index: number): number => (x ? (x[index] as number) : index);

function* placesOf(series: readonly Series[]): Generator<number> {
  for (const line of series) for (let index = 0; index < line.y.length; index++) yield placeOf(line, index);
}

function isWhole(places: Iterable<number>): boolean {
  for (const place of places) if (!Number.isInteger(place)) return false;
  return true;
}

/** Levels that lie on the axis. */
export function levelsOn(y: Axis, levels: Checked<'lines'>['levels']): Checked<'lines'>['levels'] {
  return levels.filter((level) => y.shows(level.y) && y.place(level.y) >= 0 && y.place(level.y) <= 1);
}

/** The y axis is for what stands between the ends of the x axis. */
export function lineAxes({ series, levels, ...panel }: Checked<'lines'>, count: Count): { x: Axis; y: Axis } {
  const x = axisOf(panel.x, placesOf(series), {
    count: count.x,
    isRound: false,
    isWhole: isWhole(placesOf(series)),
  });
  function* heights(): Generator<number> {
    for (const level of levels) yield level.y;
    for (const line of series) {
      for (let index = 0; index < line.y.length; index++) {
        const place = placeOf(line, index);
        if (place >= x.low && place <= x.high) yield line.y[index] as number;
      }
    }
  }
  return { x, y: axisOf(panel.y, heights(), { count: count.y, isRound: true }) };
}

/** Counts begin at 0, or on a logarithmic axis below 1. */
export function histogramAxes(
  { edges, counts, x, y }: Checked<'histogram'>,
  count: Count,
): { x: Axis; y: Axis } {
  const base = y.scale === 'log' ? 0.5 : 0;
  return {
    x: axisOf(x, edges, { count: count.x, isRound: false }),
    y: axisOf({ ...y, min: y.min ?? base }, counts, { count: count.y, isRound: true }),
  };
}

/** Bars begin at 0. */
export function barAxis({ bars }: Checked<'bars'>): Axis {
  return axisOf({}, [0, ...bars.map(({ value }) => value)], { count: 5, isRound: false });
}

/** The x axis of a heat map: a column reaches half a step to both sides of its mark. */
export function stepAxis({ rows, x }: Checked<'heat'>, count: number): Axis {
  const first = x.min ?? 0;
  const columns = rows[0]?.length ?? 0;
  const ends = { ...x, min: first - 0.5, max: first + Math.max(1, columns) - 0.5 };
  return axisOf(ends, [], { count, isRound: false, isWhole: true });
}

/** From one named row to the next. */
const STRIDES = [1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 50, 64];

/** Names of at most so many rows of a heat map, at the middle of each: from 0, the top, to 1. */
export function rowMarks({ rows, rowNames }: Checked<'heat'>, most: number): { name: string; at: number }[] {
  const stride = STRIDES.find((each) => rows.length / each <= most) ?? Math.ceil(rows.length / most);
  return Array.from({ length: Math.ceil(rows.length / stride) }, (_, index) => {
    const row = index * stride;
    return { name: rowNames?.[row] ?? String(row), at: (row + 0.5) / rows.length };
  });
}
