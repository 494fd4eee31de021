import { describe, expect, it } from 'vitest';
import { type LstmOptions, lstmGates, type OptionsOf, parameterShapes } from '../reference/index.js';
import { type AnyLayer, type Dict, Embedding, Linear, tensor } from './api.js';
import {
  create,
  draw,
  entry,
  expectForward,
  expectSame,
  KINDS,
  Random,
  randomParameters,
} from './helpers.js';

const OPTIONS = { inputSize: 3, hiddenSize: 5 };
const random = new Random('state dict');
const namesAndShapes = (dict: Dict) =>
  Object.entries(dict).map(([name, { shape }]) => ({ name, shape: [...shape] }));
const valuesOf = (dict: Dict) =>
  Object.fromEntries(Object.entries(dict).map(([name, { data }]) => [name, Array.from(data)]));

const VARIANTS: Partial<LstmOptions>[] = [
  {},
  { bias: false },
  { layers: 3 },
  { bidirectional: true },
  { layers: 2, bidirectional: true },
  { reverse: true, layers: 2 },
];
const LSTM_VARIANTS: Partial<LstmOptions>[] = [
  { coupled: true },
  { peephole: true },
  { coupled: true, peephole: true },
  { inputGate: false, peephole: true },
  { forgetGate: false, peephole: true },
  { outputGate: false, peephole: true },
  { inputGate: false, forgetGate: false, outputGate: false, peephole: true },
  { projectionSize: 2, layers: 2, bidirectional: true },
  { layerNorm: true },
  { layerNorm: true, bias: false },
  { layerNorm: true, peephole: true, projectionSize: 4, layers: 2, bidirectional: true, coupled: true },
];

describe.each(KINDS)('the parameters of %s', (kind) => {
  const variants = kind === 'LSTM' ? [...VARIANTS, ...LSTM_VARIANTS] : VARIANTS;

  it.each(variants.map((variant) => [JSON.stringify(variant), variant] as const))(
    'have the names, order and shapes of PyTorch with %s',
    (_, variant) => {
      const options = { ...OPTIONS, ...variant } as OptionsOf[typeof kind];
      const layer = create(kind, options);
      const expected = parameterShapes(kind, options);
      expect(namesAndShapes(layer.parameters())).toEqual(expected);
      expect(namesAndShapes(layer.stateDict())).toEqual(expected);
      expect(valuesOf(layer.stateDict())).toEqual(valuesOf(layer.parameters()));
      for (const value of Object.values(layer.parameters())) expect(value.dtype).toBe('float32');
      const loaded = randomParameters(random, kind, options);
      layer.loadStateDict(loaded);
      expect(valuesOf(layer.stateDict())).toEqual(valuesOf(loaded));
    },
  );

  it('are copies, both when read and when loaded', () => {
    const drawn = draw(`copies ${kind}`, kind, OPTIONS);
    for (const value of Object.values(drawn.layer.parameters())) value.data.fill(9);
    for (const value of Object.values(drawn.layer.stateDict())) value.data.fill(9);
    expectForward(drawn);
    for (const value of Object.values(drawn.parameters)) value.data.fill(9);
    const { output } = drawn.layer.forward(drawn.x);
    expectSame('loaded values changed afterwards', output, drawn.layer.forward(drawn.x).output);
    expect(
      Object.values(drawn.layer.parameters()).every(({ data }) => data.every((value: number) => value !== 9)),
    ).toBe(true);
  });

  it('load in any order of names', () => {
    const drawn = draw(`order ${kind}`, kind, { ...OPTIONS, layers: 2 });
    drawn.layer.loadStateDict(Object.fromEntries(Object.entries(drawn.parameters).reverse()));
    expectForward(drawn);
  });

  it('move a layer to another, bit for bit', () => {
    const options = { ...OPTIONS, layers: 2, bidirectional: true };
    const [one, two] = [create(kind, { ...options, seed: 1 }), create(kind, { ...options, seed: 2 })];
    two.loadStateDict(one.stateDict());
    const x = random.tensor([3, 4, 3]);
    expectSame('output', two.forward(x).output, one.forward(x).output);
  });

  it('may be loaded again and again', () => {
    const layer = create(kind, OPTIONS);
    const x = random.tensor([2, 3, 3]);
    const [first, second] = [
      randomParameters(random, kind, OPTIONS),
      randomParameters(random, kind, OPTIONS),
    ];
    const outputs = [first, second, first].map((dict) => {
      layer.loadStateDict(dict);
      return layer.forward(x).output;
    });
    expectSame('first weights again', outputs[2] ?? expect.fail(), outputs[0] ?? expect.fail());
    expect(Array.from(outputs[1]?.data ?? [])).not.toEqual(Array.from(outputs[0]?.data ?? []));
  });

  it('start as in PyTorch: uniform within 1 / sqrt(hiddenSize)', () => {
    const options = { inputSize: 40, hiddenSize: 64, seed: 3, bias: false };
    const bound = Math.fround(1 / Math.sqrt(64));
    const values = Object.values(create(kind, options).parameters()).flatMap(({ data }) => Array.from(data));
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
    expect(Math.max(...values)).toBeGreaterThan(0.95 * bound);
    expect(Math.min(...values)).toBeLessThan(-0.95 * bound);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03 * bound);
    expect(variance / (bound ** 2 / 3)).toBeCloseTo(1, 1);
    expect(new Set(values).size).toBeGreaterThan(0.95 * values.length);
  });

  it('follow the seed', () => {
    const make = (seed?: number): AnyLayer =>
      create(kind, seed === undefined ? OPTIONS : { ...OPTIONS, seed });
    expect(valuesOf(make(7).parameters())).toEqual(valuesOf(make(7).parameters()));
    expect(valuesOf(make(7).parameters())).not.toEqual(valuesOf(make(8).parameters()));
    expect(valuesOf(make().parameters())).toEqual(valuesOf(make(0).parameters()));
  });
});

describe('the first biases of an LSTM', () => {
  it.each<[string, Partial<LstmOptions>, number]>([
    ['without a word', {}, 1],
    ['with forgetBias 2.5', { forgetBias: 2.5 }, 2.5],
    ['with forgetBias 0', { forgetBias: 0 }, 0],
    ['coupled', { coupled: true }, 1],
    ['with two layers and directions', { layers: 2, bidirectional: true }, 1],
    ['without input gate', { inputGate: false }, 1],
  ])('of the forget gate are one and zero: %s', (_, variant, expected) => {
    const options = { ...OPTIONS, ...variant };
    const row = lstmGates(options).indexOf('f');
    const parameters = create('LSTM', options).parameters();
    for (const [name, { data }] of Object.entries(parameters)) {
      const forget = Array.from(data.slice(row * 5, (row + 1) * 5));
      if (name.startsWith('bias_ih')) expect(forget, name).toEqual(new Array(5).fill(expected));
      if (name.startsWith('bias_hh')) expect(forget, name).toEqual(new Array(5).fill(0));
    }
  });

  it('leave the other gates alone', () => {
    const parameters = create('LSTM', { ...OPTIONS, forgetGate: false }).parameters();
    expect(Math.max(...entry(parameters, 'bias_ih_l0').data.map(Math.abs))).toBeLessThan(0.448);
  });
});

describe('the first norms of an LSTM', () => {
  it('are ones and zeros', () => {
    const parameters = create('LSTM', { ...OPTIONS, layerNorm: true, layers: 2 }).parameters();
    for (const part of ['ih', 'hh', 'c']) {
      for (const layer of [0, 1]) {
        expect(
          entry(parameters, `norm_${part}_weight_l${layer}`).data.every((value: number) => value === 1),
        ).toBe(true);
        expect(
          entry(parameters, `norm_${part}_bias_l${layer}`).data.every((value: number) => value === 0),
        ).toBe(true);
      }
    }
  });
});

describe('the parameters of the other modules', () => {
  it('of Linear are weight [out, in] and bias [out], uniform within 1 / sqrt(in)', () => {
    const linear = new Linear({ inputSize: 100, outputSize: 30, seed: 1 });
    const parameters = linear.parameters();
    expect(namesAndShapes(parameters)).toEqual([
      { name: 'weight', shape: [30, 100] },
      { name: 'bias', shape: [30] },
    ]);
    for (const { data } of Object.values(parameters)) {
      expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.1));
      expect(Math.max(...data.map(Math.abs))).toBeGreaterThan(0.08);
    }
    expect(Object.keys(new Linear({ inputSize: 2, outputSize: 3, bias: false }).parameters())).toEqual([
      'weight',
    ]);
  });

  it('of Embedding are weight [vocabulary, size], normal, the padding row zero', () => {
    const embedding = new Embedding({ vocabularySize: 200, size: 50, padding: 7, seed: 1 });
    const weight = entry(embedding.parameters(), 'weight');
    expect(weight.shape).toEqual([200, 50]);
    const data = Array.from(weight.data);
    expect(data.slice(350, 400).every((value) => value === 0)).toBe(true);
    const others = data.filter((_, index) => index < 350 || index >= 400);
    const mean = others.reduce((sum, value) => sum + value, 0) / others.length;
    const variance = others.reduce((sum, value) => sum + value ** 2, 0) / others.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.06);
    expect(others.filter((value) => Math.abs(value) < 1).length / others.length).toBeCloseTo(0.683, 1);
  });

  it('load and give back', () => {
    const linear = new Linear({ inputSize: 3, outputSize: 2 });
    const dict = { weight: tensor([1, 2, 3, 4, 5, 6], [2, 3]), bias: tensor([10, 20]) };
    linear.loadStateDict(dict);
    expect(valuesOf(linear.stateDict())).toEqual(valuesOf(dict));
    expect(Array.from(linear.forward(tensor([1, 1, 1])).data)).toEqual([16, 35]);
    const embedding = new Embedding({ vocabularySize: 3, size: 2 });
    embedding.loadStateDict({ weight: tensor([1, 2, 3, 4, 5, 6], [3, 2]) });
    const rows = embedding.forward(tensor([2, 0], [1, 2], 'int32'));
    expect(rows.shape).toEqual([1, 2, 2]);
    expect(Array.from(rows.data)).toEqual([5, 6, 1, 2]);
  });
});
