/** What the tests of gradients share: a drawn way back, and its comparison with the reference. */

import { expect } from 'vitest';
import { compareGradients, layerProblem, type Problem } from '../reference/differences.js';
import type { Activation, Kind, LstmOptions, OptionsOf, State, Values } from '../reference/index.js';
import type { AnyGradients, AnyLayerGradients, AnyState, AnyTensor } from './api.js';
import {
  type Case,
  draw,
  entry,
  expectClose,
  expectSame,
  label,
  Random,
  type Shape,
  TOLERANCE,
} from './helpers.js';

export interface WayBack extends Case {
  outputGradient: AnyTensor;
  stateGradient?: AnyState;
}

/** A drawn layer and the gradients of its output and, unless `final` is false, of its final state. */
export function drawWayBack<K extends Kind>(
  name: string,
  kind: K,
  options: OptionsOf[K],
  shape: Shape & { final?: boolean } = {},
): WayBack {
  const drawn = draw(name, kind, options, shape);
  const random = new Random(`${name}, back`);
  const { output, state } = drawn.expected;
  const way: WayBack = { ...drawn, outputGradient: random.tensor(output.shape) };
  if (shape.final ?? true) {
    way.stateGradient = { h: random.tensor(state.h.shape) };
    if (state.c) way.stateGradient.c = random.tensor(state.c.shape);
  }
  return way;
}

export function backward({ layer, x, call, outputGradient, stateGradient }: WayBack): AnyLayerGradients {
  return layer.backward(x, outputGradient, stateGradient ? { ...call, stateGradient } : call);
}

/** Everything that a result has, by one name each. */
export function flat({
  output,
  ...gradients
}: AnyGradients & { state?: AnyState }): Record<string, AnyTensor> {
  const { x, state, parameters } = gradients;
  return {
    output,
    ...(x ? { x } : {}),
    ...(state ? { 'state.h': state.h } : {}),
    ...(state?.c ? { 'state.c': state.c } : {}),
    ...parameters,
  };
}

/** Each value near the expected one, by the largest of its tensor. */
export function expectNear(name: string, actual: Values, expected: Values, relative = TOLERANCE): void {
  const largest = Array.from(expected.data).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const scaled = ({ shape, data }: Values) => ({
    shape,
    data: Array.from(data, (value) => value / (largest || 1)),
  });
  expectClose(`${name}, in units of ${largest}`, scaled(actual), scaled(expected), relative);
}

/** All tensors equal, bit by bit. */
export function expectSameGradients(
  name: string,
  actual: Record<string, AnyTensor>,
  expected: Record<string, AnyTensor>,
): void {
  expect(Object.keys(actual), name).toEqual(Object.keys(expected));
  for (const [key, values] of Object.entries(expected))
    expectSame(`${name}, ${key}`, entry(actual, key), values);
}

const SHARP = ['relu', 'hardSigmoid'];
const isSharp = (activation: Activation | undefined) =>
  activation !== undefined && SHARP.includes(typeof activation === 'object' ? activation.kind : activation);

/** Whether the forward has kinks. */
export function hasKinks(options: Partial<LstmOptions> & { nonlinearity?: Activation }): boolean {
  const { clip, cellClip, nonlinearity, activations = {} } = options;
  return (
    clip !== undefined ||
    cellClip !== undefined ||
    [nonlinearity, ...Object.values(activations)].some(isSharp)
  );
}

export interface Check {
  /** Entries of each tensor that are compared one by one. */
  entries?: number;
  kinks?: boolean;
}

export function expectGradients(
  name: string,
  gradients: AnyGradients & { state?: AnyState },
  problem: Problem,
  { entries = 2, kinks = false }: Check = {},
): void {
  const { output, ...actual } = flat(gradients);
  const random = new Random(`${name}, sample`);
  const report = compareGradients(problem, actual, { entries, next: () => random.next() });
  if (report.wrong.length > 0) {
    expect.fail(
      `${name} on ${label()}: ${report.wrong.length} gradients\n${report.wrong.slice(0, 8).join('\n')}`,
    );
  }
  if (output.data.length > 0) expect(report.largest, `${name}: the largest gradient`).toBeGreaterThan(0);
  const allowed = kinks ? Math.max(1, report.compared / 10) : 0;
  expect(report.kinks, `${name}: entries at a kink of ${report.compared}`).toBeLessThanOrEqual(allowed);
}

export function check<K extends Kind>(
  name: string,
  kind: K,
  options: OptionsOf[K],
  shape: Shape & { final?: boolean } = {},
  entries?: number,
): void {
  const way = drawWayBack(name, kind, options, shape);
  const { parameters, x, call, outputGradient, stateGradient } = way;
  const gradients = backward(way);
  expectClose(`${name}, output`, gradients.output, way.expected.output);
  const state = stateGradient as State | undefined;
  const problem = layerProblem(kind, options, parameters, x, call, outputGradient, state);
  const kinks = hasKinks(options as LstmOptions);
  expectGradients(name, gradients, problem, entries === undefined ? { kinks } : { kinks, entries });
  expectNoneInPadding(name, gradients.x, shape);
  way.layer.dispose();
}

/** The padding of x has a gradient of exactly zero. */
function expectNoneInPadding(name: string, gradient: Values, { lengths, timeMajor = false }: Shape): void {
  if (!lengths) return;
  const [first = 0, second = 0, size = 0] = gradient.shape;
  const [batch, time] = timeMajor ? [second, first] : [first, second];
  for (let b = 0; b < batch; b++) {
    for (let t = lengths[b] ?? time; t < time; t++) {
      const start = (timeMajor ? t * batch + b : b * time + t) * size;
      const row = Array.from(gradient.data).slice(start, start + size);
      expect(
        row.every((value) => value === 0),
        `${name}: x gradient at ${b}, ${t} on ${label()}: ${row}`,
      ).toBe(true);
    }
  }
}
