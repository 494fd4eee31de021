/** Checks of what plots are given. What passes here can be drawn. */
import { describe, fail, sizes } from '../errors.js';
import {
  anything,
  between,
  flag,
  natural,
  oneOf,
  optional,
  type Reader,
  readOptions,
  real,
  type Values,
} from '../options.js';
import { countOf } from '../tensor.js';
import { LARGEST } from './axis.js';
import { printable } from './texts.js';
import type { Numbers, TensorLike, Tick } from './types.js';

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** A name, of which every character is shown, or its picture. */
export const text: Reader<string> = (where, name, value) =>
  typeof value === 'string'
    ? printable(value)
    : fail('value', where, `${name} must be a string`, describe(value));

/** Words, which may be broken into lines. */
export const prose: Reader<string> = (where, name, value) =>
  text(where, name, typeof value === 'string' ? value.replace(/\s+/g, ' ').trim() : value);

/** A plain or typed array of numbers, whatever they are. */
export const numbers: Reader<Numbers> = (where, name, value) => {
  const isTyped = ArrayBuffer.isView(value) && !(value instanceof DataView);
  if (!Array.isArray(value) && !isTyped) {
    fail('value', where, `${name} must be an array of numbers`, describe(value));
  }
  const list = value as ArrayLike<unknown>;
  // All values of a typed array are of one type.
  if (isTyped && typeof (list[0] ?? 0) === 'number') return list as Numbers;
  for (let index = 0; index < list.length; index++) {
    if (typeof list[index] === 'number') continue;
    fail('value', where, `${name}[${index}] must be a number`, describe(list[index]));
  }
  return list as Numbers;
};

/** An array, each of whose items is read. */
export function listOf<T>(reader: Reader<T>): Reader<T[]> {
  return (where, name, value) => {
    if (!Array.isArray(value)) fail('value', where, `${name} must be an array`, describe(value));
    return value.map((item, index) => reader(where, `${name}[${index}]`, item));
  };
}

/** The same, or none. */
function anyOf<T>(reader: Reader<T>): Reader<T[]> {
  return (where, name, value) => (value === undefined ? [] : listOf(reader)(where, name, value));
}

/** Names with what is read of each, or none. */
export function entriesOf<T>(reader: Reader<T>): Reader<[string, T][]> {
  return (where, name, value) => {
    if (value === undefined) return [];
    if (!isObject(value)) fail('value', where, `${name} must be an object`, describe(value));
    return Object.entries(value).map(([key, item]) => [key, reader(where, `${name}.${key}`, item)]);
  };
}

/** An object with these options. */
function record<R extends Record<string, Reader<unknown>>>(readers: R): Reader<Values<R>> {
  return (where, name, value) => {
    if (!isObject(value)) fail('value', where, `${name} must be an object`, describe(value));
    return readOptions(where, value, readers, name);
  };
}

/** An integer from `least`, beyond which nothing is legible, to what no picture needs. */
export function extent(least: number): Reader<number | undefined> {
  const most = 10_000;
  return (where, name, value) => {
    if (value === undefined) return undefined;
    if (typeof value === 'number' && value >= least && value <= most) return Math.round(value);
    return fail('value', where, `${name} must be a number from ${least} to ${most}`, describe(value));
  };
}

const terminalColor: Reader<boolean | 'full'> = (where, name, value) =>
  value === 'full' ? value : flag(false)(where, name, value);

export const plotReaders = {
  format: oneOf(['svg', 'terminal'], 'svg'),
  theme: oneOf(['auto', 'light', 'dark'], 'auto'),
  width: anything as Reader<number | undefined>,
  height: anything as Reader<number | undefined>,
  color: terminalColor,
  title: optional(prose),
  note: optional(prose),
  description: optional(prose),
} satisfies Record<string, Reader<unknown>>;

/** Smallest sizes, by format. */
const LEAST = { svg: { width: 240, height: 40 }, terminal: { width: 40, height: 4 } } as const;

/** Options of a plot, with those of its own. */
export function readPlot<R extends Record<string, Reader<unknown>>>(where: string, options: unknown, own: R) {
  const given = readOptions(where, options, { ...plotReaders, ...own }) as Values<typeof plotReaders> &
    Values<R>;
  const least = LEAST[given.format];
  return {
    ...given,
    width: extent(least.width)(where, 'width', given.width),
    height: extent(least.height)(where, 'height', given.height),
  };
}

/** A number that has a place on an axis. */
const placed = between(-LARGEST, LARGEST);

const tick: Reader<Tick> = record({ at: real(), label: text });

const axisReaders = {
  label: optional(text),
  scale: oneOf(['linear', 'log'], 'linear'),
  min: optional(placed),
  max: optional(placed),
  ticks: optional(listOf(tick)),
};

type CheckedAxis = Values<typeof axisReaders>;

/** An axis whose ends are in order. */
export const axis: Reader<CheckedAxis> = (where, name, value) => {
  const options = readOptions(where, value, axisReaders, name);
  const { min, max, scale } = options;
  if (min !== undefined && max !== undefined && min >= max) {
    fail('value', where, `${name}.max must be above ${name}.min = ${min}`, String(max));
  }
  for (const [key, end] of Object.entries({ min, max })) {
    if (scale === 'log' && end !== undefined && end <= 0) {
      fail('value', where, `${name}.${key} must be above 0 on a logarithmic axis`, String(end));
    }
  }
  return options;
};

const color: Reader<number | 'ink'> = (where, name, value) =>
  value === 'ink' ? value : natural()(where, name, value);

const series = record({
  name: text,
  y: numbers,
  x: optional(numbers),
  group: optional(text),
  style: oneOf(['solid', 'dashed', 'dotted', 'points'], 'solid'),
  color: optional(color),
});

const range: Reader<readonly [number, number]> = (where, name, value) => {
  const [low, high] = numbers(where, name, value);
  const isRange = low !== undefined && high !== undefined && Number.isFinite(high - low) && low < high;
  return isRange
    ? [low, high]
    : fail('value', where, `${name} must be two finite numbers in ascending order`, `${low}, ${high}`);
};

const texts = { title: optional(prose), note: optional(prose) };

const panelReaders = {
  lines: {
    kind: oneOf(['lines']),
    ...texts,
    series: listOf(series),
    x: axis,
    y: axis,
    levels: anyOf(record({ name: text, y: real() })),
    spans: anyOf(record({ name: optional(text), from: real(), to: real() })),
  },
  heat: {
    kind: oneOf(['heat']),
    ...texts,
    rows: listOf(numbers),
    rowNames: optional(listOf(text)),
    rowLabel: optional(text),
    colors: oneOf(['sequential', 'diverging']),
    range,
    x: axis,
  },
  histogram: {
    kind: oneOf(['histogram']),
    ...texts,
    edges: numbers,
    counts: numbers,
    x: axis,
    y: axis,
  },
  bars: {
    kind: oneOf(['bars']),
    ...texts,
    bars: listOf(
      record({
        name: text,
        value: placed,
        label: optional(text),
        color: optional(natural()),
      }),
    ),
  },
} as const;

type Readers = typeof panelReaders;
export type CheckedPanel = { [K in keyof Readers]: Values<Readers[K]> & { kind: K } }[keyof Readers];
export type Checked<K extends keyof Readers> = Extract<CheckedPanel, { kind: K }>;

/** A panel of which everything was checked that can be. */
export const panel: Reader<CheckedPanel> = (where, name, value) => {
  if (!isObject(value)) fail('value', where, `${name} must be an object`, describe(value));
  const kind = oneOf(['lines', 'heat', 'histogram', 'bars'])(where, `${name}.kind`, value.kind);
  const checked = readOptions(where, value, panelReaders[kind], name) as CheckedPanel;
  checkSizes(where, name, checked);
  return checked;
};

function same(where: string, name: string, expected: number, got: number): void {
  if (got !== expected) fail('shape', where, `${name} must hold ${expected} values`, String(got));
}

function checkSizes(where: string, name: string, checked: CheckedPanel): void {
  if (checked.kind === 'lines') {
    checked.series.forEach(({ x, y }, index) => {
      if (x) same(where, `${name}.series[${index}].x`, y.length, x.length);
    });
  } else if (checked.kind === 'heat') {
    const [first] = checked.rows;
    checked.rows.forEach((row, index) => {
      same(where, `${name}.rows[${index}]`, first?.length ?? 0, row.length);
    });
    if (checked.rowNames) same(where, `${name}.rowNames`, checked.rows.length, checked.rowNames.length);
  } else if (checked.kind === 'histogram') {
    same(where, `${name}.edges`, checked.counts.length + 1, checked.edges.length);
    for (let index = 1; index < checked.edges.length; index++) {
      const [left, right] = [checked.edges[index - 1] as number, checked.edges[index] as number];
      if (!(left < right) || !Number.isFinite(right - left)) {
        fail('value', where, `${name}.edges[${index}] must be a finite number above ${left}`, String(right));
      }
    }
  }
}

/** A tensor of three axes, such as a trace holds: `[batch, time, units]`. */
export const steps: Reader<TensorLike> = (where, name, value) => {
  const { shape, data } = (typeof value === 'object' && value !== null ? value : {}) as Partial<TensorLike>;
  if (!Array.isArray(shape) || data === undefined) {
    fail('dtype', where, `${name} must be a Tensor of [batch, time, units]`, describe(value));
  }
  if (shape.length !== 3 || !shape.every((size) => Number.isInteger(size) && size >= 0)) {
    fail('shape', where, `${name} must be [batch, time, units]`, sizes(shape));
  }
  const values = numbers(where, `${name}.data`, data);
  if (values.length !== countOf(shape)) {
    fail(
      'shape',
      where,
      `${name}.data must hold ${sizes(shape)} = ${countOf(shape)} values`,
      String(values.length),
    );
  }
  return { shape, data: values };
};
