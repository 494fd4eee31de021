import { describe, expect, it } from 'vitest';
import { type GoldenGradients, readGolden } from '../golden/read.js';
import {
  compareGradients,
  difference,
  layerProblem,
  stackProblem,
  variable,
} from '../reference/differences.js';
import { at, type Kind, type LayerOptions, type ModuleSpec, type Values } from '../reference/index.js';

const values = (shape: number[], ...data: number[]): Values => ({ shape, data });
const exactly = ({ shape, data }: Values): Values => ({ shape, data: Float32Array.from(data) });
const exactlyAll = <T extends object>(all: T): T =>
  Object.fromEntries(Object.entries(all).map(([name, one]) => [name, exactly(one)])) as T;
const every = { entries: Number.POSITIVE_INFINITY, next: () => 0 };

function slopes(loss: (x: Float64Array) => number, ...start: number[]): number[] {
  const x = Float64Array.from(start);
  return start.map((_, index) => difference(() => loss(x), x, new Map([[index, 1]])).slope);
}

describe('central differences', () => {
  it('equal derivatives known by hand', () => {
    const [cube, sine, product] = slopes(
      (x) => at(x, 0) ** 3 + Math.sin(at(x, 1)) + at(x, 1) * at(x, 2),
      2,
      0.5,
      3,
    );
    expect(cube).toBeCloseTo(12, 8);
    expect(sine).toBeCloseTo(Math.cos(0.5) + 3, 8);
    expect(product).toBeCloseTo(0.5, 8);
  });

  it('leave the values as they were', () => {
    const x = Float64Array.of(0.1, 0.2, 0.3);
    const along = new Map([
      [0, 0.6],
      [2, -0.8],
    ]);
    const { slope } = difference(() => at(x, 0) * 5 + at(x, 1) + at(x, 2) * 2, x, along);
    expect(slope).toBeCloseTo(3 - 1.6, 8);
    expect([...x]).toEqual([0.1, 0.2, 0.3]);
  });

  it('tell a kink from a curve', () => {
    const x = Float64Array.of(5e-7);
    const along = new Map([[0, 1]]);
    const spread = (loss: () => number) => {
      const [less, more] = difference(loss, x, along).sides;
      return more - less;
    };
    expect(spread(() => Math.max(at(x, 0), 0))).toBeGreaterThan(0.1);
    expect(spread(() => Math.exp(at(x, 0)))).toBeLessThan(1e-5);
    const problem = { variables: { x: { shape: [1], data: x } }, loss: () => Math.max(at(x, 0), 0) };
    const compare = (slope: number) => compareGradients(problem, { x: values([1], slope) }, every);
    expect(compare(1)).toMatchObject({ compared: 1, kinks: 1, wrong: [] });
    for (const slope of [0.1, 1.1]) expect(compare(slope).wrong.length).toBe(1);
  });

  it('of one unit of an RNN equal the chain rule', () => {
    const [w, u, b, x, h] = [0.7, -0.4, 0.2, 1.1, 0.3];
    const p = {
      weight_ih_l0: values([1, 1], w),
      weight_hh_l0: values([1, 1], u),
      bias_ih_l0: values([1], b),
      bias_hh_l0: values([1], 0),
    };
    const state = { h: values([1, 1, 1], h) };
    const options = { inputSize: 1, hiddenSize: 1 };
    const output = values([1, 1, 1], 2);
    const problem = layerProblem('RNN', options, p, values([1, 1, 1], x), { state }, output);
    const slope = 2 * (1 - Math.tanh(w * x + u * h + b) ** 2);
    const hand = {
      x: values([1, 1, 1], slope * w),
      'state.h': values([1, 1, 1], slope * u),
      weight_ih_l0: values([1, 1], slope * x),
      weight_hh_l0: values([1, 1], slope * h),
      bias_ih_l0: values([1], slope),
      bias_hh_l0: values([1], slope),
    };
    expect(compareGradients(problem, hand, every)).toMatchObject({ compared: 6, kinks: 0, wrong: [] });
  });

  it('of one cell of an LSTM equal the chain rule', () => {
    const sigmoid = (a: number) => 1 / (1 + Math.exp(-a));
    const a = [0.3, -0.2, 0.8, 0.5];
    const options = { inputSize: 1, hiddenSize: 1, bias: false };
    const p = { weight_ih_l0: values([4, 1], ...a), weight_hh_l0: values([4, 1], 0, 0, 0, 0) };
    const state = { h: values([1, 1, 1], 0.6), c: values([1, 1, 1], 0.9) };
    const one = values([1, 1, 1], 1);
    const final = { h: values([1, 1, 1], 0), c: values([1, 1, 1], 2) };
    const problem = layerProblem('LSTM', options, p, one, { state }, one, final);
    const [i, f, g, o] = [sigmoid(at(a, 0)), sigmoid(at(a, 1)), Math.tanh(at(a, 2)), sigmoid(at(a, 3))];
    const shown = Math.tanh(f * 0.9 + i * g);
    const dc = o * (1 - shown ** 2) + 2;
    const da = [dc * g * i * (1 - i), dc * 0.9 * f * (1 - f), dc * i * (1 - g ** 2), shown * o * (1 - o)];
    const hand = {
      x: values(
        [1, 1, 1],
        da.reduce((sum, value, index) => sum + value * at(a, index), 0),
      ),
      'state.h': values([1, 1, 1], 0),
      'state.c': values([1, 1, 1], dc * f),
      weight_ih_l0: values([4, 1], ...da),
      weight_hh_l0: values([4, 1], ...da.map((value) => value * 0.6)),
    };
    expect(compareGradients(problem, hand, every)).toMatchObject({ compared: 11, kinks: 0, wrong: [] });
  });

  it('refuse a wrong entry, a missing tensor and NaN, sampled or not', () => {
    const x = variable(values([40], ...Array.from({ length: 40 }, (_, index) => index / 10)));
    const problem = { variables: { x }, loss: () => x.data.reduce((sum, one) => sum + one ** 2, 0) };
    const right = Array.from(x.data, (one) => 2 * one);
    const sampled = { entries: 3, next: () => 0.7 };
    for (const sampling of [every, sampled]) {
      expect(compareGradients(problem, { x: values([40], ...right) }, sampling).wrong).toEqual([]);
      for (const wrong of [Number.NaN, 0]) {
        const data = right.with(39, wrong);
        expect(compareGradients(problem, { x: values([40], ...data) }, sampling).wrong).not.toEqual([]);
      }
      const near = right.map((one) => one * (1 + 3e-4));
      expect(compareGradients(problem, { x: values([40], ...near) }, every).wrong).not.toEqual([]);
      expect(compareGradients(problem, {}, sampling).wrong).not.toEqual([]);
    }
  });
});

const isStateless = (kind: string): boolean => ['Linear', 'Embedding', 'Conv1d'].includes(kind);

function problemOf({ kind, options, parameters, input, forward, gradient }: GoldenGradients) {
  const [p, x, output] = [exactlyAll(parameters), exactly(input), exactly(gradient.output)];
  if (kind === 'Sequential')
    return stackProblem((options as { modules: ModuleSpec[] }).modules, p, x, output, forward?.lengths);
  if (isStateless(kind)) {
    const own = Object.fromEntries(Object.entries(p).map(([name, one]) => [`0.${name}`, one]));
    return stackProblem([{ kind, options } as ModuleSpec], own, x, output);
  }
  const { state, ...rest } = forward ?? {};
  const call = state ? { ...rest, state: exactlyAll(state) } : rest;
  const final = gradient.state && exactlyAll(gradient.state);
  return layerProblem(kind as Kind, options as LayerOptions, p, x, call, output, final);
}

describe('gradients by torch.autograd', () => {
  /** The forward of a padded table knows no padding, only its gradient does. */
  const cases = readGolden('gradients').filter(({ options }) => !('padding' in options));
  let seed = 1;
  const sampling = {
    entries: 30,
    next: () => {
      seed = (seed * 16807) % 2147483647;
      return seed / 2147483647;
    },
  };

  it.each(cases.map((golden) => [golden.name, golden] as const))(
    '%s equal differences of the reference',
    (_, golden) => {
      const { x, initial, parameters } = golden.expected;
      const prefix = isStateless(golden.kind) ? '0.' : '';
      const states = Object.entries(initial ?? {}).map(([name, one]) => [`state.${name}`, one]);
      const actual = Object.fromEntries([
        ...(x ? [['x', x]] : []),
        ...states,
        ...Object.entries(parameters).map(([name, one]) => [prefix + name, one]),
      ]);
      const report = compareGradients(problemOf(golden), actual, sampling);
      expect(report.wrong).toEqual([]);
      expect(report.kinks).toBe(0);
    },
  );
});
