import { expect } from 'vitest';
import {
  at,
  type Call,
  type Field,
  type Kind,
  type ModuleSpec,
  type OptionsOf,
  parameterShapes,
  type Result,
  runLayers,
  sizeOf,
  type Values,
} from '../reference/index.js';
import {
  type AnyLayer,
  type AnyTensor,
  backend,
  CellgateError,
  Conv1d,
  type Dict,
  Dropout,
  Embedding,
  GRU,
  init,
  LayerNorm,
  Linear,
  LSTM,
  Merge,
  Nonlinearity,
  RNN,
  type TraceFields,
  tensor,
} from './api.js';

await init();

/** Absolute on values up to 1, relative above. */
export const TOLERANCE = 1e-5;
/** Between two ways through the library, where nothing but the order of sums differs. */
export const CLOSE = 1e-6;

export const KINDS: readonly Kind[] = ['RNN', 'GRU', 'LSTM'];
export const label = (): string => `${backend().kind} ${backend().isa}`;

/** Deterministic numbers (mulberry32), seeded by a case's name, so that the name in a failure is the seed. */
export class Random {
  #state: number;

  constructor(name: string) {
    this.#state = 0x811c9dc5;
    for (const character of name) {
      this.#state = Math.imul(this.#state ^ character.charCodeAt(0), 0x01000193);
    }
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  }

  integer(below: number): number {
    return Math.floor(this.next() * below);
  }

  values(size: number, scale = 1): Float32Array {
    return Float32Array.from({ length: size }, () => (2 * this.next() - 1) * scale);
  }

  tensor(shape: readonly number[], scale = 1): AnyTensor {
    return tensor(this.values(sizeOf(shape), scale), shape);
  }

  ids(shape: readonly number[], below: number): AnyTensor {
    return tensor(
      Int32Array.from({ length: sizeOf(shape) }, () => this.integer(below)),
      shape,
    );
  }
}

/** Values on shared memory, which a page that is not isolated gets from WebAssembly only. */
export function sharedArray(length: number): Float32Array {
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  return new Float32Array(buffer, 0, length);
}

export function toTensor(values: Values): AnyTensor {
  return tensor(Float32Array.from(values.data), values.shape);
}

export function toDict(parameters: Record<string, Values>): Dict {
  return Object.fromEntries(Object.entries(parameters).map(([name, values]) => [name, toTensor(values)]));
}

export function entry<T>(dict: Record<string, T>, name: string): T {
  const value = dict[name];
  if (value === undefined) expect.fail(`no ${name} among ${Object.keys(dict).join(', ')}`);
  return value;
}

export function fieldOf(fields: TraceFields | undefined, name: Field): AnyTensor {
  return fields?.[name] ?? expect.fail(`no ${name} among ${Object.keys(fields ?? {}).join(', ')}`);
}

export function create<K extends Kind>(
  kind: K,
  options: OptionsOf[K],
  parameters?: Record<string, Values>,
): AnyLayer {
  const layer = kind === 'LSTM' ? new LSTM(options) : kind === 'GRU' ? new GRU(options) : new RNN(options);
  if (parameters) layer.loadStateDict(toDict(parameters));
  return layer;
}

/** Whether a golden case is of a layer whose `forward` gives one tensor. */
export function isModule(kind: string): kind is 'Linear' | 'Conv1d' | 'Embedding' {
  return kind === 'Linear' || kind === 'Conv1d' || kind === 'Embedding';
}

export function createModule(spec: ModuleSpec): unknown {
  switch (spec.kind) {
    case 'Linear':
      return new Linear(spec.options);
    case 'Conv1d':
      return new Conv1d(spec.options);
    case 'Nonlinearity':
      return new Nonlinearity(spec.options.activation);
    case 'LayerNorm':
      return new LayerNorm(spec.options);
    case 'Merge':
      return new Merge(spec.options);
    case 'Embedding':
      return new Embedding(spec.options);
    case 'Dropout':
      return new Dropout(spec.options.p);
    default:
      return create(spec.kind, spec.options);
  }
}

/**
 * Weights of a gain near `gain`, whatever the width, so that gates neither saturate nor idle, and norm weights below 1:
 * a norm divides by the spread of a few values, which multiplies rounding errors.
 */
export function randomParameters<K extends Kind>(
  random: Random,
  kind: K,
  options: OptionsOf[K],
  gain = 1.2,
): Dict {
  const entries = parameterShapes(kind, options).map(({ name, shape }): [string, AnyTensor] => {
    const columns = shape.length === 2 && name.startsWith('weight') ? at(shape, 1) : 4;
    const values = random.values(sizeOf(shape), Math.min(0.8, (gain * Math.sqrt(3)) / Math.sqrt(columns)));
    return [
      name,
      tensor(
        name.includes('norm') && name.includes('weight') ? values.map((v) => 0.6 + v / 2) : values,
        shape,
      ),
    ];
  });
  return Object.fromEntries(entries);
}

export interface Shape {
  batch?: number;
  time?: number;
  lengths?: readonly number[];
  initial?: boolean;
  timeMajor?: boolean;
  gain?: number;
}

export interface Case {
  name: string;
  layer: AnyLayer;
  parameters: Dict;
  x: AnyTensor;
  call: Call & { state?: { h: AnyTensor; c?: AnyTensor } };
  expected: Result;
}

/** A layer with random weights, a random input and call options, and what the reference makes of them. */
export function draw<K extends Kind>(name: string, kind: K, options: OptionsOf[K], shape: Shape = {}): Case {
  const random = new Random(name);
  const { batch = 2, time = 4, lengths, initial = false, timeMajor = false, gain } = shape;
  const parameters = randomParameters(random, kind, options, gain);
  const layer = create(kind, options);
  layer.loadStateDict(parameters);
  const x = random.tensor(timeMajor ? [time, batch, options.inputSize] : [batch, time, options.inputSize]);
  const call: Case['call'] = {};
  if (lengths) call.lengths = lengths;
  if (timeMajor) call.timeMajor = true;
  if (initial) {
    const rows = (options.layers ?? 1) * (options.bidirectional ? 2 : 1);
    const width =
      kind === 'LSTM'
        ? ((options as OptionsOf['LSTM']).projectionSize ?? options.hiddenSize)
        : options.hiddenSize;
    call.state = { h: random.tensor([rows, batch, width]) };
    if (kind === 'LSTM') call.state.c = random.tensor([rows, batch, options.hiddenSize]);
  }
  return { name, layer, parameters, x, call, expected: runLayers(kind, options, parameters, x, call) };
}

function position(index: number, shape: readonly number[]): string {
  const places: number[] = [];
  let rest = index;
  for (const axis of [...shape].reverse()) {
    places.unshift(rest % axis);
    rest = Math.floor(rest / axis);
  }
  return `[${places.join(', ')}]`;
}

export function expectClose(name: string, actual: Values, expected: Values, tolerance = TOLERANCE): void {
  const where = `${name} on ${label()}`;
  if (actual.shape.join() !== expected.shape.join()) {
    expect.fail(
      `${where}: expected shape [${expected.shape.join(', ')}], actual [${actual.shape.join(', ')}]`,
    );
  }
  if (actual.data.length !== expected.data.length) {
    expect.fail(`${where}: expected ${expected.data.length} values, actual ${actual.data.length}`);
  }
  for (let index = 0; index < expected.data.length; index++) {
    const want = at(expected.data, index);
    const have = at(actual.data, index);
    const close = Math.abs(have - want) <= tolerance * Math.max(1, Math.abs(want));
    if (!close && !Object.is(have, want)) {
      const place = position(index, expected.shape);
      expect.fail(`${where}: at ${place} of [${expected.shape.join(', ')}] expected ${want}, actual ${have}`);
    }
  }
}

export function expectSame(name: string, actual: Values, expected: Values): void {
  expectClose(name, actual, expected, 0);
}

/** Plain vectors, such as a stream's. */
export function expectVector(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = CLOSE,
): void {
  expectClose(
    name,
    { shape: [actual.length], data: actual },
    { shape: [expected.length], data: expected },
    tolerance,
  );
}

export function expectState(
  name: string,
  actual: Result['state'],
  expected: Result['state'],
  tolerance = TOLERANCE,
): void {
  expect(Object.keys(actual).sort(), name).toEqual(Object.keys(expected).sort());
  expectClose(`${name}, final h`, actual.h, expected.h, tolerance);
  if (actual.c && expected.c) expectClose(`${name}, final c`, actual.c, expected.c, tolerance);
}

/** The library's forward against the reference. */
export function expectForward(drawn: Case, tolerance = TOLERANCE): void {
  const { output, state } = drawn.layer.forward(drawn.x, drawn.call);
  expectClose(`${drawn.name}, output`, output, drawn.expected.output, tolerance);
  expectState(drawn.name, state, drawn.expected.state, tolerance);
}

export interface ExpectedError {
  code: string | RegExp;
  where: string | RegExp;
  expected?: RegExp;
  got?: RegExp;
}

const whole = (want: string | RegExp): RegExp =>
  typeof want === 'string' ? new RegExp(`^${want.replaceAll('.', '\\.')}$`) : want;

function checkError(error: unknown, want: ExpectedError): void {
  if (!(error instanceof CellgateError)) {
    expect.fail(
      `on ${label()}: expected a CellgateError ${want.code} from ${want.where}, actual ${String(error)}`,
    );
  }
  const { code, where, expected, got, message } = error;
  const context = `${message} (${code}) on ${label()}`;
  expect(code, context).toMatch(whole(want.code));
  expect(where, context).toMatch(whole(want.where));
  expect(error, context).toBeInstanceOf(Error);
  expect(message).toBe(`${where}: ${expected}, got ${got}`);
  expect(message, 'no separator of the wire').not.toContain('\u001f');
  if (want.expected) expect(expected, context).toMatch(want.expected);
  if (want.got) expect(got, context).toMatch(want.got);
}

export function expectError(action: () => unknown, want: ExpectedError): void {
  let error: unknown = 'no error';
  try {
    action();
  } catch (thrown) {
    error = thrown;
  }
  checkError(error, want);
}

export async function expectRejection(action: () => Promise<unknown>, want: ExpectedError): Promise<void> {
  let error: unknown = 'no error';
  try {
    await action();
  } catch (thrown) {
    error = thrown;
  }
  checkError(error, want);
}
