import { describe, expect, it } from 'vitest';
import type { Kind, LstmOptions, OptionsOf } from '../reference/index.js';
import { type AnyModule, type AnyTensor, Embedding, Linear } from './api.js';
import { create, entry, expectError, KINDS, label } from './helpers.js';

type Options = OptionsOf[Kind] & { initializer?: string };

const SIZES = { inputSize: 20, hiddenSize: 32, initializer: 'keras' };
const values = (tensors: Record<string, AnyTensor>): number[] =>
  Object.values(tensors).flatMap(({ data }) => Array.from(data));
const zeros = (count: number): number[] => new Array<number>(count).fill(0);

/** That no value leaves the bound, and that they fill the range below it evenly. */
function expectUniform(name: string, data: ArrayLike<number>, bound: number): void {
  const all = Array.from(data);
  const context = `${name} on ${label()}, bound ${bound}`;
  expect(Math.max(...all.map(Math.abs)), context).toBeLessThanOrEqual(bound * (1 + 1e-6));
  expect(Math.max(...all), context).toBeGreaterThan(0.9 * bound);
  expect(Math.min(...all), context).toBeLessThan(-0.9 * bound);
  const variance = all.reduce((sum, value) => sum + value ** 2, 0) / all.length;
  expect(Math.abs(variance / (bound ** 2 / 3) - 1), context).toBeLessThan(0.25);
}

/** That the columns of `[rows, columns]` are orthonormal, or the rows if there are fewer. */
function expectOrthonormal(name: string, { shape, data }: AnyTensor): void {
  const [rows = 0, columns = 0] = shape;
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const at = (vector: number, index: number): number =>
    data[rows < columns ? vector * columns + index : index * columns + vector] ?? Number.NaN;
  for (let one = 0; one < count; one++) {
    for (let two = 0; two <= one; two++) {
      let dot = 0;
      for (let index = 0; index < length; index++) dot += at(one, index) * at(two, index);
      const error = Math.abs(dot - (one === two ? 1 : 0));
      if (!(error < 1e-5)) {
        expect.fail(`${name} [${rows}, ${columns}] on ${label()}: vectors ${one} and ${two} have ${dot}`);
      }
    }
  }
}

function expectKeras(kind: Kind, options: Options): void {
  const units = options.hiddenSize;
  const { forgetBias = 1, forgetGate = true } = options as LstmOptions;
  for (const [name, parameter] of Object.entries(create(kind, options).parameters())) {
    const { data, shape } = parameter;
    if (name.startsWith('bias')) {
      const expected = zeros(data.length);
      // Behind the input gate's rows, which all cases have.
      if (kind === 'LSTM' && forgetGate && name.startsWith('bias_ih')) {
        expected.fill(forgetBias, units, 2 * units);
      }
      expect(Array.from(data), `${name} on ${label()}`).toEqual(expected);
    } else if (name.startsWith('weight_hh')) {
      expectOrthonormal(name, parameter);
    } else {
      const [rows = 0, columns = 0] = shape;
      const fans = name.startsWith('peephole') ? 2 * units : rows + columns;
      expectUniform(name, data, Math.sqrt(6 / fans));
    }
  }
}

describe.each(KINDS)("the first weights of %s with initializer 'keras'", (kind) => {
  it.each<[string, object]>([
    ['one layer', {}],
    ['more layers and directions', { layers: 2, bidirectional: true }],
    ['no bias', { bias: false }],
    ['a width of no whole vectors', { hiddenSize: 33 }],
  ])('are Glorot uniform, orthogonal and zeros: %s', (_, variant) => {
    expectKeras(kind, { ...SIZES, ...variant });
  });

  it('follow the seed', () => {
    const make = (seed: number): number[] =>
      values(create(kind, { ...SIZES, seed } as OptionsOf[Kind]).parameters());
    expect(make(3)).toEqual(make(3));
    expect(make(3)).not.toEqual(make(4));
  });

  it("are PyTorch's without the option", () => {
    const { initializer: _, ...sizes } = SIZES;
    const plain = values(create(kind, sizes).parameters());
    expect(plain).toEqual(values(create(kind, { ...sizes, initializer: 'torch' } as Options).parameters()));
    expect(plain).not.toEqual(values(create(kind, SIZES as Options).parameters()));
  });

  it('are refused under another name', () => {
    for (const initializer of ['he', '', 1, null]) {
      expectError(() => create(kind, { ...SIZES, initializer } as Options), {
        code: 'value',
        where: kind.toLowerCase(),
        expected: /^initializer must be one of 'torch', 'keras'$/,
      });
    }
  });
});

describe("the first weights of an LSTM with initializer 'keras'", () => {
  it.each<[string, Partial<LstmOptions>]>([
    ['a forget bias', { forgetBias: 2.5 }],
    ['a forget bias of 0', { forgetBias: 0 }],
    ['no forget gate', { forgetGate: false }],
    ['peepholes', { peephole: true }],
    ['a projection', { projectionSize: 8 }],
    ['more projected than cells', { projectionSize: 48, forgetGate: false, outputGate: false }],
  ])('fit its variants: %s', (_, variant) => {
    expectKeras('LSTM', { ...SIZES, ...variant });
  });

  it('leave normalisations neutral', () => {
    const parameters = create('LSTM', { ...SIZES, layerNorm: true } as Options).parameters();
    const weight = Array.from(entry(parameters, 'norm_hh_weight_l0').data);
    expect(weight).toEqual(new Array<number>(4 * 32).fill(1));
    expect(Array.from(entry(parameters, 'norm_hh_bias_l0').data)).toEqual(zeros(4 * 32));
  });
});

describe("the first weights of other modules with initializer 'keras'", () => {
  it('are Glorot uniform with a bias of zeros in Linear', () => {
    const options = { inputSize: 50, outputSize: 30, initializer: 'keras', seed: 2 };
    const parameters = new Linear(options).parameters();
    expectUniform('weight', entry(parameters, 'weight').data, Math.sqrt(6 / 80));
    expect(Array.from(entry(parameters, 'bias').data)).toEqual(zeros(30));
    expect(values(new Linear(options).parameters())).toEqual(values(parameters));
    expect(values(new Linear({ ...options, seed: 3 }).parameters())).not.toEqual(values(parameters));
  });

  it('are uniform within 0.05 in Embedding, the padding row zero', () => {
    const options = { vocabularySize: 40, size: 16, padding: 5, initializer: 'keras', seed: 2 };
    const parameters = new Embedding(options).parameters();
    const { data } = entry(parameters, 'weight');
    expectUniform('weight', data, 0.05);
    expect(Array.from(data.slice(5 * 16, 6 * 16))).toEqual(zeros(16));
    expect(values(new Embedding(options).parameters())).toEqual(values(parameters));
  });

  it('are refused under another name', () => {
    const makers: [string, () => AnyModule][] = [
      ['linear', () => new Linear({ inputSize: 2, outputSize: 3, initializer: 'he' })],
      ['embedding', () => new Embedding({ vocabularySize: 2, size: 3, initializer: 'he' })],
    ];
    for (const [where, make] of makers) {
      expectError(make, { code: 'value', where, expected: /^initializer must be one of 'torch', 'keras'$/ });
    }
  });
});
