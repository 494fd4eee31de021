/** Gradients against central differences of the float64 reference. */

import { describe, expect, it } from 'vitest';
import {
  type Activation,
  at,
  type Kind,
  type OptionsOf,
  parameterShapes,
  runLayers,
  type State,
  sizeOf,
  type Values,
} from '../reference/index.js';
import { GRU, LSTM, RNN, tensor } from './api.js';
import { create, entry, label, Random, randomParameters, type Shape } from './helpers.js';

/** Relative to the largest gradient of the same tensor. */
const TOLERANCE = 1e-4;
const STEP = 1e-5;
/** Entries of a tensor that are checked: all of a small one, else a seeded choice. */
const MAX_ENTRIES = 4;
/** Share of entries that may lie on a kink of relu, of a hard sigmoid or of a bound. */
const MAX_KINKS = 0.25;

interface Variable extends Values {
  data: Float64Array;
}

const widen = ({ shape, data }: Values): Variable => ({ shape, data: Float64Array.from(data) });
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, index) => sum + value * at(b, index), 0);

function stateOf(random: Random, kind: Kind, options: OptionsOf['LSTM'], batch: number) {
  const rows = (options.layers ?? 1) * (options.bidirectional ? 2 : 1);
  const h = random.tensor([rows, batch, options.projectionSize ?? options.hiddenSize]);
  return kind === 'LSTM' ? { h, c: random.tensor([rows, batch, options.hiddenSize]) } : { h };
}

function check<K extends Kind>(
  name: string,
  kind: K,
  options: OptionsOf[K],
  shape: Shape = {},
  entries = MAX_ENTRIES,
): void {
  const random = new Random(name);
  const { batch = 2, time = 4, lengths, timeMajor = false, gain = 1.6 } = shape;
  const parameters = randomParameters(random, kind, options, gain);
  using layer = create(kind, options);
  layer.loadStateDict(parameters);
  const axes = timeMajor ? [time, batch] : [batch, time];
  const x = random.tensor([...axes, options.inputSize]);
  const state = stateOf(random, kind, options, batch);
  const call = { timeMajor, state, ...(lengths ? { lengths } : {}) };
  const { output, state: final } = layer.forward(x, call);
  const outputGradient = random.tensor(output.shape);
  const stateGradient = stateOf(random, kind, options, batch);
  const got = layer.backward(x, outputGradient, { ...call, stateGradient });
  expect(got.output.data, `${name}: output`).toEqual(output.data);

  const variables = {
    x: widen(x),
    h: widen(state.h),
    ...(state.c ? { c: widen(state.c) } : {}),
    ...Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, widen(value)])),
  } as Record<string, Variable>;
  const gradients: Record<string, Values> = { ...got.parameters, x: got.x, h: got.state.h };
  if (got.state.c) gradients.c = got.state.c;
  const weights = Object.fromEntries(
    parameterShapes(kind, options).map((p) => [p.name, entry(variables, p.name)]),
  );
  const loss = (): number => {
    const { x, h, c } = variables as { x: Variable; h: Variable; c?: Variable };
    const initial: State = c ? { h, c } : { h };
    const result = runLayers(kind, options, weights, x, { ...call, state: initial });
    let sum = dot(outputGradient.data, result.output.data) + dot(stateGradient.h.data, result.state.h.data);
    if (result.state.c) sum += dot(stateGradient.c?.data ?? [], result.state.c.data);
    return sum;
  };
  expect(final.h.shape).toEqual(got.state.h.shape);
  expect(Object.keys(got.parameters)).toEqual(Object.keys(layer.parameters()));

  let checked = 0;
  let kinks = 0;
  for (const [key, variable] of Object.entries(variables)) {
    const gradient = entry(gradients, key);
    expect(gradient.shape, `${name}: ${key}`).toEqual([...variable.shape]);
    const size = sizeOf(variable.shape);
    const scale = Math.max(1e-2, ...Array.from(gradient.data, Math.abs));
    const count = Math.min(size, entries);
    for (let turn = 0; turn < count; turn++) {
      const index = size <= entries ? turn : random.integer(size);
      const value = at(variable.data, index);
      const slope = (step: number): number => {
        variable.data[index] = value + step;
        const above = loss();
        variable.data[index] = value - step;
        const below = loss();
        variable.data[index] = value;
        return (above - below) / (2 * step);
      };
      const want = slope(STEP);
      checked++;
      const have = at(gradient.data, index);
      if (Math.abs(have - want) <= TOLERANCE * scale) continue;
      // A kink within the step: there the slope depends on the step.
      if (Math.abs(slope(STEP / 16) - want) > TOLERANCE * scale) {
        kinks++;
        continue;
      }
      expect.fail(`${name} on ${label()}: d ${key}[${index}] is ${have}, expected ${want} of scale ${scale}`);
    }
  }
  expect(kinks, `${name}: kinks among ${checked} entries`).toBeLessThanOrEqual(checked * MAX_KINKS);
}

const SIZES = { inputSize: 4, hiddenSize: 5 };
const LSTM_FORMS: Partial<OptionsOf['LSTM']>[] = [
  {},
  { coupled: true },
  { peephole: true },
  { coupled: true, peephole: true },
  { inputGate: false },
  { forgetGate: false },
  { outputGate: false },
  { inputGate: false, forgetGate: false, outputGate: false },
  { forgetGate: false, peephole: true },
  { outputGate: false, peephole: true },
  { activations: { cell: 'identity' } },
  { activations: { output: 'identity' } },
  { projectionSize: 3 },
  { projectionSize: 2, peephole: true, coupled: true },
  { layerNorm: true },
  { layerNorm: true, peephole: true },
  { layerNorm: true, projectionSize: 3, coupled: true },
  { layerNorm: true, outputGate: false },
  { clip: 0.6 },
  { cellClip: 0.4 },
  { clip: 0.5, cellClip: 0.3, peephole: true },
];
const GRU_FORMS: Partial<OptionsOf['GRU']>[] = [true, false].flatMap((resetAfter) =>
  (['keep', 'write'] as const).flatMap((updateGate) =>
    [{}, { clip: 0.5 }].map((options) => ({ resetAfter, updateGate, ...options })),
  ),
);
const RNN_FORMS: Partial<OptionsOf['RNN']>[] = [{}, { nonlinearity: 'relu' }, { clip: 0.5 }];
const FORMS: { kind: Kind; options: object }[] = [
  ...LSTM_FORMS.map((options) => ({ kind: 'LSTM' as const, options })),
  ...GRU_FORMS.map((options) => ({ kind: 'GRU' as const, options })),
  ...RNN_FORMS.map((options) => ({ kind: 'RNN' as const, options })),
];

describe.each(FORMS)(
  'the gradients of $kind $options are those of central differences',
  ({ kind, options }) => {
    const run = (more: object, shape: Shape): void =>
      check(
        `${kind} ${JSON.stringify({ ...options, ...more })} ${JSON.stringify(shape)}`,
        kind,
        { ...SIZES, ...options, ...more },
        shape,
      );

    it('alone, in a batch, without bias', () => {
      run({}, { batch: 1, time: 5 });
      run({ hiddenSize: 17 }, { batch: 5, time: 3 });
      run({ bias: false }, { batch: 2, time: 3 });
    });

    it('in layers, both directions and reverse', () => {
      run({ layers: 2, bidirectional: true }, { batch: 2, time: 3 });
      run({ reverse: true }, { batch: 3, time: 4 });
    });

    it('with lengths and time first', () => {
      run({ bidirectional: true }, { batch: 4, time: 4, lengths: [2, 4, 0, 3] });
      run({ layers: 2 }, { batch: 3, time: 4, lengths: [4, 1, 3], timeMajor: true });
    });

    it('over no step and over one', () => {
      run({}, { batch: 2, time: 0 });
      run({}, { batch: 1, time: 1 });
    });
  },
);

const ACTIVATIONS: Activation[] = [
  'sigmoid',
  'hardSigmoid',
  { kind: 'hardSigmoid', alpha: 0.2, beta: 0.5 },
  'tanh',
  'relu',
  'softsign',
  'identity',
];

it.each(ACTIVATIONS)('the gradients of cells with %j everywhere are those of central differences', (act) => {
  const sizes = { inputSize: 3, hiddenSize: 5 };
  const name = JSON.stringify(act);
  const activations = { gate: act, cell: act, output: act };
  check(`LSTM ${name}`, 'LSTM', { ...sizes, activations }, { gain: 0.9 });
  check(`GRU ${name}`, 'GRU', { ...sizes, activations: { gate: act, cell: act } }, { gain: 0.9 });
  check(`RNN ${name}`, 'RNN', { ...sizes, nonlinearity: act }, { gain: 0.9 });
});

describe.each<Kind>(['LSTM', 'GRU', 'RNN'])(
  'the gradients of %s are those of central differences',
  (kind) => {
    it.each([1, 3, 16, 17, 33])('at hidden width %i', (hiddenSize) => {
      check(`${kind} H${hiddenSize}`, kind, { inputSize: 7, hiddenSize }, { batch: 3, time: 3 });
      check(`${kind} H${hiddenSize} B1`, kind, { inputSize: 1, hiddenSize }, { batch: 1, time: 3 });
    });

    it('over more rows than one stretch of time holds', () => {
      check(`${kind} long`, kind, { inputSize: 2, hiddenSize: 2 }, { batch: 1, time: 60, gain: 1 });
      const time = { LSTM: 10, GRU: 14, RNN: 30 }[kind];
      check(`${kind} wide`, kind, { inputSize: 2, hiddenSize: 17 }, { batch: 130, time, gain: 1 }, 1);
    });
  },
);

it('the cell that only keeps passes the gradient of c on unchanged, over any distance', () => {
  using lstm = new LSTM({ inputSize: 1, hiddenSize: 3, seed: 1 });
  const saturated = Object.fromEntries(
    Object.entries(lstm.parameters()).map(([name, { shape, data }]) => {
      const values = new Float32Array(data.length);
      // Rows i, f, g, o: f = 1, i = 0 exactly in float32.
      if (name === 'bias_ih_l0') values.set([-200, -200, -200, 200, 200, 200]);
      return [name, tensor(values, shape)];
    }),
  );
  lstm.loadStateDict(saturated);
  const x = tensor(new Float32Array(1000), [1, 1000, 1]);
  const zeros = tensor(new Float32Array(3000), [1, 1000, 3]);
  const c = tensor(new Float32Array([1, -2, 3]), [1, 1, 3]);
  const h = tensor(new Float32Array(3), [1, 1, 3]);
  const { state } = lstm.backward(x, zeros, { stateGradient: { h, c } });
  expect(Array.from(state.c?.data ?? [])).toEqual([1, -2, 3]);
});

it('the same call gives the same bits', () => {
  for (const layer of [
    new LSTM({ inputSize: 3, hiddenSize: 17 }),
    new GRU({ inputSize: 3, hiddenSize: 17 }),
    new RNN({ inputSize: 3, hiddenSize: 17 }),
  ]) {
    const random = new Random('bits');
    const x = random.tensor([5, 7, 3]);
    const outputGradient = random.tensor([5, 7, 17]);
    const first = layer.backward(x, outputGradient);
    const second = layer.backward(x, outputGradient);
    expect(second).toEqual(first);
    layer.dispose();
  }
});
