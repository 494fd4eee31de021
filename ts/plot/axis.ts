/** An axis: from values to places between 0 and 1, and the marks that stand at them. */
import { nice, tickStep, ticks } from 'd3-array';
import { marker, powerOfTen, short } from './numbers.js';
import { fitted } from './texts.js';
import type { AxisOptions, Tick } from './types.js';

export interface Axis {
  readonly label: string;
  readonly low: number;
  readonly high: number;
  /** Place of a value, 0 at `low` and 1 at `high`; beyond where it lies outside. */
  place(value: number): number;
  /** Whether it can be shown: finite and, on a logarithmic axis, above 0. */
  shows(value: number): boolean;
  /** In ascending order; `place` from 0 to 1. */
  readonly marks: readonly { readonly place: number; readonly label: string }[];
}

/** How an axis is laid out beside its options. */
export interface AxisPlan {
  /** About how many marks there is room for. */
  readonly count: number;
  /** Whether ends that are found from the data move out to round numbers. */
  readonly isRound: boolean;
  /** Marks at whole numbers only. */
  readonly isWhole?: boolean;
}

/** Larger values, whose differences are not finite, have no place; smaller differences are none. */
export const LARGEST = 1e300;
const SMALLEST = 1e-300;

export const isShown = (value: number): boolean => Math.abs(value) <= LARGEST;

/** The ends of values that can be shown; undefined if there are none. */
export function extentOf(
  values: Iterable<number>,
  shows: (value: number) => boolean = isShown,
): [number, number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!shows(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : undefined;
}

export function axisOf(options: AxisOptions, values: Iterable<number>, plan: AxisPlan): Axis {
  return options.scale === 'log' ? logAxis(options, values, plan) : linearAxis(options, values, plan);
}

/** Ends a tenth of a value to both sides of it, or this far around 0. */
export function around(value: number, least: number): [number, number] {
  const tenth = Math.abs(value) / 10;
  const room = tenth > SMALLEST ? tenth : least;
  return [value - room, value + room];
}

/** Ends that differ, around those of the data. `spread` moves them apart where they are the same but for rounding. */
export function endsOf(
  { min, max }: AxisOptions,
  extent: readonly [number, number],
  spread: (value: number) => [number, number],
): [number, number] {
  let [low, high] = [min ?? extent[0], max ?? extent[1]];
  // One end was given, and all data lie beyond it.
  if (low > high) [low, high] = min === undefined ? [high, high] : [low, low];
  const noise = Math.max(SMALLEST, 1e-12 * Math.abs(low), 1e-12 * Math.abs(high));
  if (high - low > noise) return [low, high];
  const [below, above] = spread(low);
  return [min ?? below, max ?? above];
}

function linearAxis(
  options: AxisOptions,
  values: Iterable<number>,
  { count, isRound, isWhole }: AxisPlan,
): Axis {
  const extent = extentOf(values) ?? [options.min ?? 0, options.max ?? (options.min ?? 0) + 1];
  let [low, high] = endsOf(options, extent, (value) => around(value, 1));
  if (isRound) {
    const [below, above] = nice(low, high, count);
    low = options.min ?? below;
    high = options.max ?? above;
  }
  const place = (value: number): number => (value - low) / (high - low);
  const step = isWhole ? Math.max(1, tickStep(low, high, count)) : tickStep(low, high, count);
  const text = marker(step, Math.max(Math.abs(low), Math.abs(high)));
  const found = ticks(low, high, count).filter((at) => !isWhole || Number.isInteger(at));
  return {
    label: options.label ?? '',
    low,
    high,
    place,
    shows: isShown,
    marks: marksOf(options.ticks ?? found.map((at) => ({ at, label: text(at) })), place),
  };
}

const showsLog = (value: number): boolean => isShown(value) && value > 0;

function logAxis(options: AxisOptions, values: Iterable<number>, { count, isRound }: AxisPlan): Axis {
  const extent = extentOf(values, showsLog) ?? [options.min ?? 0.1, options.max ?? 10];
  let [low, high] = endsOf(options, extent, (value) => [value / 10, value * 10]);
  const isWide = Math.log10(high / low) >= 1.5;
  if (isRound && isWide) {
    low = options.min ?? 10 ** Math.floor(Math.log10(low));
    high = options.max ?? 10 ** Math.ceil(Math.log10(high));
  }
  const [first, last] = [Math.log10(low), Math.log10(high)];
  const place = (value: number): number => (Math.log10(value) - first) / (last - first);
  return {
    label: options.label ?? '',
    low,
    high,
    place,
    shows: showsLog,
    marks: marksOf(options.ticks ?? (isWide ? decades(first, last, count) : within(low, high, count)), place),
  };
}

/** Rounding of marks at the ends. */
const NEARLY = 1e-9;
/** Characters of a mark. */
const LONGEST = 24;

function decades(first: number, last: number, count: number): Tick[] {
  const every = Math.max(1, Math.ceil((last - first) / Math.max(1, count)));
  const start = Math.ceil((first - NEARLY) / every) * every;
  const length = Math.max(0, Math.floor((last + NEARLY - start) / every) + 1);
  return Array.from({ length }, (_, index) => {
    const power = start + index * every;
    return { at: 10 ** power, label: powerOfTen(power) };
  });
}

/** Round numbers where there are not two decades. */
function within(low: number, high: number, count: number): Tick[] {
  return ticks(low, high, count).map((at) => ({ at, label: short(at) }));
}

function marksOf(list: readonly Tick[], placeOf: (value: number) => number): Axis['marks'] {
  return list
    .map(({ at, label }) => ({ place: placeOf(at), label: fitted(label, LONGEST, ({ length }) => length) }))
    .filter(({ place }) => place >= -NEARLY && place <= 1 + NEARLY)
    .sort((a, b) => a.place - b.place);
}
