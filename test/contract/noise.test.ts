/** Recurrent dropout and zoneout: their means against the float64 reference, what is drawn against differences. */

import { describe, expect, it } from 'vitest';
import { type Kind, type OptionsOf, runLayers } from '../reference/index.js';
import { type AnyTensor, GRU, LSTM, RNN, tensor } from './api.js';
import { create, expectClose, expectError, expectState, Random, randomParameters } from './helpers.js';

const KINDS: Kind[] = ['LSTM', 'GRU', 'RNN'];
const SIZES = { inputSize: 3, hiddenSize: 17 };
const zoned = (kind: Kind) => ({ zoneout: 0.3, ...(kind === 'LSTM' ? { zoneoutCell: 0.6 } : {}) });

describe.each(KINDS)('zoneout of %s outside of training', (kind) => {
  const options = { ...SIZES, ...zoned(kind), layers: 2, bidirectional: true } as OptionsOf[Kind];
  const random = new Random(`zoneout ${kind}`);
  const parameters = randomParameters(random, kind, options);
  const x = random.tensor([4, 5, 3]);
  const lengths = [5, 2, 0, 4];

  it('takes its mean, as the reference does', () => {
    using layer = create(kind, options, parameters);
    const want = runLayers(kind, options, parameters, x, { lengths });
    const got = layer.forward(x, { lengths });
    expectClose(`${kind}: output`, got.output, want.output);
    expectState(`${kind}: state`, got.state, want.state);
  });

  it('does the same frame by frame', () => {
    const { bidirectional: _, ...forward } = options as OptionsOf['LSTM'];
    using layer = create(kind, forward as OptionsOf[Kind]);
    const whole = layer.forward(x).output;
    using stream = layer.stream({ batch: 4 });
    for (let step = 0; step < 5; step++) {
      const rows = [0, 1, 2, 3].flatMap((b) =>
        Array.from(x.data.slice((b * 5 + step) * 3, (b * 5 + step + 1) * 3)),
      );
      const out = Array.from(stream.step(Float32Array.from(rows)));
      const want = [0, 1, 2, 3].flatMap((b) =>
        Array.from(whole.data.slice((b * 5 + step) * 17, (b * 5 + step + 1) * 17)),
      );
      out.forEach((value, index) => {
        expect(value).toBeCloseTo(want[index] as number, 5);
      });
    }
  });
});

const dot = (a: AnyTensor, b: AnyTensor): number =>
  Array.from(a.data).reduce((sum, value, index) => sum + value * (b.data[index] as number), 0);
const moved = (value: AnyTensor, by: AnyTensor, step: number): AnyTensor =>
  tensor(
    Float32Array.from(value.data, (v, index) => v + step * (by.data[index] as number)),
    value.shape,
  );

const FORMS: [string, Kind, object][] = [
  ['recurrent dropout', 'LSTM', { recurrentDropout: 0.4 }],
  ['recurrent dropout', 'GRU', { recurrentDropout: 0.4 }],
  ['recurrent dropout, reset before', 'GRU', { recurrentDropout: 0.4, resetAfter: false }],
  ['recurrent dropout', 'RNN', { recurrentDropout: 0.4 }],
  [
    'recurrent dropout, normalised, projected',
    'LSTM',
    { recurrentDropout: 0.4, layerNorm: true, projectionSize: 5 },
  ],
  ...KINDS.map((kind): [string, Kind, object] => ['zoneout', kind, zoned(kind)]),
  ['zoneout, coupled, peephole', 'LSTM', { zoneout: 0.3, zoneoutCell: 0.4, coupled: true, peephole: true }],
  [
    'zoneout, normalised, projected',
    'LSTM',
    { zoneout: 0.3, zoneoutCell: 0.4, layerNorm: true, projectionSize: 5 },
  ],
  ...KINDS.map((kind): [string, Kind, object] => [
    'all at once',
    kind,
    { ...zoned(kind), recurrentDropout: 0.3, dropout: 0.4, layers: 2 },
  ]),
];

describe.each(FORMS)('%s of %s in training', (name, kind, extra) => {
  const options = { ...SIZES, ...extra, bidirectional: true } as OptionsOf[Kind];
  const random = new Random(`${name} ${kind}`);
  const parameters = randomParameters(random, kind, options, 1);
  const x = random.tensor([3, 4, 3]);
  const lengths = [4, 2, 3];
  const seed = 5;

  /** Trainers of the same seed draw the same. */
  function pass(weights: Record<string, AnyTensor>, input: AnyTensor) {
    using layer = create(kind, options);
    layer.loadStateDict(weights);
    using trainer = layer.trainer({ seed });
    const output = trainer.forward(input, { lengths });
    const gradient = new Random('gradient').tensor(output.shape);
    const { x: ofInput } = trainer.backward(gradient);
    return { value: dot(output, gradient), output, ofInput, gradients: trainer.gradients() };
  }

  it('acts, and follows from the seed', () => {
    using layer = create(kind, options, parameters);
    using one = layer.trainer({ seed });
    using same = layer.trainer({ seed });
    using other = layer.trainer({ seed: seed + 1 });
    const mean = layer.forward(x, { lengths }).output;
    const drawn = one.forward(x, { lengths });
    expect(drawn).not.toEqual(mean);
    expect(same.forward(x, { lengths })).toEqual(drawn);
    expect(other.forward(x, { lengths })).not.toEqual(drawn);
    expect(one.forward(x, { lengths }), 'the next pass').not.toEqual(drawn);
    expectClose('not in training', one.forward(x, { lengths, training: false }), mean);
  });

  it('has the gradients of central differences', () => {
    const { gradients, ofInput } = pass(parameters, x);
    const inputs: Record<string, AnyTensor> = { ...parameters, x };
    for (const [key, value] of Object.entries(inputs)) {
      const gradient = key === 'x' ? (ofInput as AnyTensor) : (gradients[key] as AnyTensor);
      const direction = new Random(key).tensor(value.shape);
      const step = 1e-2;
      const at = (by: number): number => {
        const { x: input, ...weights } = { ...inputs, [key]: moved(value, direction, by) };
        return pass(weights, input as AnyTensor).value;
      };
      // Richardson's extrapolation: steps this large are needed in float32.
      const slope = (by: number) => (at(by) - at(-by)) / (2 * by);
      const want = (4 * slope(step) - slope(2 * step)) / 3;
      const scale = Math.sqrt((dot(gradient, gradient) * dot(direction, direction)) / value.data.length);
      expect(Math.abs(dot(gradient, direction) - want), `${key}: ${want}`).toBeLessThan(
        5e-3 * Math.max(scale, 0.1),
      );
    }
  });
});

it.each([{ zoneout: 0.25 }, { zoneoutCell: 0.5 }, { zoneout: 0.25, zoneoutCell: 0.5 }])(
  '%j outside of training has the gradients of its mean',
  (zones) => {
    const options = { ...SIZES, ...zones, peephole: true };
    using layer = new LSTM(options);
    const x = new Random('mean').tensor([2, 6, 3]);
    const gradient = new Random('gradient').tensor([2, 6, 17]);
    const got = layer.backward(x, gradient);
    using again = new LSTM(options);
    using trainer = again.trainer({ seed: 1 });
    trainer.forward(x);
    const output = trainer.forward(x, { training: false });
    expect(output, 'a pass before does not matter').toEqual(got.output);
    expect(trainer.backward(gradient).x).toEqual(got.x);
    const direction = new Random('direction').tensor(x.shape);
    const value = (step: number) => dot(layer.forward(moved(x, direction, step)).output, gradient);
    const want = (value(1e-2) - value(-1e-2)) / 2e-2;
    expect(Math.abs(dot(got.x, direction) - want)).toBeLessThan(2e-3);
  },
);

it('shares outside [0, 1) are refused', () => {
  for (const name of ['recurrentDropout', 'zoneout', 'zoneoutCell']) {
    for (const share of [1, -0.1]) {
      expectError(() => new LSTM({ ...SIZES, [name]: share }), {
        code: 'value',
        where: 'lstm',
        expected: new RegExp(`^${name} must be in \\[0, 1\\)$`),
      });
    }
  }
  for (const [where, Layer] of [
    ['gru', GRU],
    ['rnn', RNN],
  ] as const) {
    expectError(() => new Layer({ ...SIZES, zoneoutCell: 0.1 } as never), { code: 'value', where });
  }
});
