/** Values brought to the resolution of a picture: no more rows, columns or points than it can show. */
import type { ColourMap } from './colours.js';
import type { Checked } from './read.js';
import type { Numbers } from './types.js';

/** A heat map as places in its colours. */
export interface Raster {
  readonly columns: number;
  readonly rows: number;
  /** From 0 to 1, NaN for what is no number; row-major. */
  readonly places: Float64Array;
  /** Which of the panel's rows a row begins with. */
  readonly firstRow: (row: number) => number;
  /** How many values stand behind a cell in each direction, at most. */
  readonly merged: { readonly rows: number; readonly columns: number };
  readonly map: ColourMap;
  readonly hasMissing: boolean;
}

const startOf = (part: number, parts: number, count: number): number => Math.floor((part * count) / parts);

/** Means of equal parts where there are more values than cells. A part with anything that is no number is none. */
export function rasterOf(panel: Checked<'heat'>, mostRows: number, mostColumns: number): Raster {
  const { rows: values, range, colors } = panel;
  const width = values[0]?.length ?? 0;
  const rows = Math.min(values.length, mostRows);
  const columns = Math.min(width, mostColumns);
  const places = new Float64Array(rows * columns);
  const [low, high] = range;
  let hasMissing = false;
  for (let row = 0; row < rows; row++) {
    const part = values.slice(startOf(row, rows, values.length), startOf(row + 1, rows, values.length));
    for (let column = 0; column < columns; column++) {
      const from = startOf(column, columns, width);
      const to = startOf(column + 1, columns, width);
      let sum = 0;
      for (const line of part) for (let at = from; at < to; at++) sum += line[at] as number;
      const place = (sum / (part.length * (to - from)) - low) / (high - low);
      hasMissing ||= Number.isNaN(place);
      places[row * columns + column] = Math.min(1, Math.max(0, place));
    }
  }
  return {
    columns,
    rows,
    places,
    firstRow: (row) => startOf(row, rows, values.length),
    merged: { rows: Math.ceil(values.length / (rows || 1)), columns: Math.ceil(width / (columns || 1)) },
    map: colors,
    hasMissing,
  };
}

/** What merged cells stand for; nothing if none are. */
export function mergedNote({ merged }: Raster, rowLabel: string): string {
  const parts = [
    merged.columns > 1 ? `${merged.columns} steps` : '',
    merged.rows > 1 ? `${merged.rows} ${rowLabel}s` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : `cells are means of up to ${parts.join(' and ')}`;
}

export type Point = readonly [x: number, y: number];

/**
 * Runs of points that can be shown, to be joined. Where there are many more than columns, each column keeps its first,
 * lowest, highest and last, so that no peak is lost.
 */
export function runsOf(
  { x, y }: { readonly x?: Numbers | undefined; readonly y: Numbers },
  shows: { readonly x: (value: number) => boolean; readonly y: (value: number) => boolean },
  columns: number,
): Point[][] {
  const runs: Point[][] = [];
  let run: Point[] | undefined;
  for (let index = 0; index < y.length; index++) {
    const point: Point = [x ? (x[index] as number) : index, y[index] as number];
    if (!shows.x(point[0]) || !shows.y(point[1])) {
      run = undefined;
      continue;
    }
    if (run === undefined) {
      run = [];
      runs.push(run);
    }
    run.push(point);
  }
  const total = runs.reduce((sum, { length }) => sum + length, 0);
  return total <= 4 * columns
    ? runs
    : runs.map((points) => thinned(points, (columns * points.length) / total));
}

function thinned(points: readonly Point[], columns: number): Point[] {
  const parts = Math.max(1, Math.round(columns));
  return Array.from({ length: parts }, (_, part) => {
    const inside = points.slice(startOf(part, parts, points.length), startOf(part + 1, parts, points.length));
    if (inside.length <= 4) return inside;
    const heights = inside.map(([, height]) => height);
    const extremes = [heights.indexOf(Math.min(...heights)), heights.indexOf(Math.max(...heights))];
    const kept = new Set([0, ...extremes, inside.length - 1]);
    return inside.filter((_, index) => kept.has(index));
  }).flat();
}
