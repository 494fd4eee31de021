import { describe, expect, it } from 'vitest';
import { Dropout, Embedding, GRU, Linear, LSTM, RNN, Sequential, tensor } from './api.js';
import { expectClose, expectError, label, sharedArray } from './helpers.js';

const LAYERS = { RNN, GRU, LSTM };
const SIZES = { inputSize: 3, hiddenSize: 5 };
/** No size at all: what is no whole number from 1 to 2^32 - 1. */
const NO_SIZES = [-1, 0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, 2 ** 60, '5', null, {}, 5n];
const NO_FRACTIONS = [-0.1, 1.1, Number.NaN, '0.5', null];
const text = (value: unknown) =>
  typeof value === 'bigint' ? `${value}n` : (JSON.stringify(value) ?? String(value));

describe('a tensor', () => {
  const resizable = () => {
    const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
    return new Float32Array(new Resizable(24, { maxByteLength: 48 }));
  };
  const detached = () => {
    const data = new Float32Array(6);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    return data;
  };
  const cases: [string, string | RegExp, () => unknown][] = [
    ['ragged nested arrays', 'shape', () => tensor([[1, 2], [3]])],
    ['nested arrays of two depths', 'shape', () => tensor([[1, 2], 3])],
    ['nested arrays of two depths, the number first', 'shape', () => tensor([3, [1, 2]])],
    [
      'nested arrays deeply ragged',
      'shape',
      () =>
        tensor([
          [
            [1, 2],
            [3, 4],
          ],
          [[5, 6], [7]],
        ]),
    ],
    ['text among numbers', 'value', () => tensor([[1, 'two']])],
    ['undefined among numbers', 'value', () => tensor([1, undefined])],
    ['a fraction among integers', 'value', () => tensor([1, 1.5], undefined, 'int32')],
    ['NaN among integers', 'value', () => tensor([1, Number.NaN], undefined, 'int32')],
    ['an integer of more than 32 bits', 'value', () => tensor([2 ** 31], undefined, 'int32')],
    ['a shape too large for the data', 'shape', () => tensor(new Float32Array(6), [2, 4])],
    ['a shape too small for the data', 'shape', () => tensor(new Float32Array(6), [2, 2])],
    ['an empty shape for six values', 'shape', () => tensor(new Float32Array(6), [])],
    ['negative sizes', 'value', () => tensor(new Float32Array(6), [-2, -3])],
    ['NaN as a size', 'value', () => tensor(new Float32Array(6), [Number.NaN, 6])],
    ['a fraction as a size', 'value', () => tensor(new Float32Array(6), [1.5, 4])],
    ['a size beyond 32 bits', 'value', () => tensor(new Float32Array(0), [2 ** 32, 0])],
    ['no list of sizes', 'value', () => tensor(new Float32Array(6), 6)],
    ['a Float64Array', 'dtype', () => tensor(new Float64Array(6), [6])],
    ['a Uint8Array', 'dtype', () => tensor(new Uint8Array(6), [6])],
    ['an ArrayBuffer', 'dtype', () => tensor(new ArrayBuffer(24), [6])],
    ['a DataView', 'dtype', () => tensor(new DataView(new ArrayBuffer(24)), [6])],
    ['nothing', 'dtype', () => tensor()],
    ['null', 'dtype', () => tensor(null, [1])],
    ['a number', 'dtype', () => tensor(5, [])],
    ['an unknown dtype', 'dtype', () => tensor([1], undefined, 'float64')],
    ['a SharedArrayBuffer', 'dtype', () => tensor(sharedArray(6), [6])],
    ['a resizable buffer', 'dtype', () => tensor(resizable(), [6])],
    ['a detached buffer', 'dtype', () => tensor(detached(), [6])],
  ];

  it.each(cases)('refuses %s', (_, code, make) => {
    expectError(make, { code, where: 'tensor', got: /./ });
  });

  it('names the sizes', () => {
    expectError(() => tensor(new Float32Array(6), [2, 4]), {
      code: 'shape',
      where: 'tensor',
      expected: /^data .*\[2, 4\] = 8/,
      got: /6/,
    });
  });

  it('keeps data, shape and dtype', () => {
    const data = new Float32Array([1, 2, 3, 4, 5, 6]);
    const made = tensor(data, [2, 3]);
    expect(made.data).toBe(data);
    expect([...made.shape]).toEqual([2, 3]);
    expect(made.dtype).toBe('float32');
    expect(made.toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([...tensor([[[1], [2]]]).shape]).toEqual([1, 2, 1]);
    expect(tensor([1, 2], undefined, 'int32').data).toEqual(Int32Array.of(1, 2));
    expect(tensor(Int32Array.of(7)).dtype).toBe('int32');
    expect([...tensor(new Float32Array(0), [2, 0, 3]).shape]).toEqual([2, 0, 3]);
    expect(tensor(new Float32Array(0), [2, 0, 3]).toArray()).toEqual([[], []]);
  });
});

describe.each(Object.entries(LAYERS))('new %s', (name, Layer) => {
  const where = new RegExp(`^${name.toLowerCase()}\\b`);
  const refuse = (options: unknown, code: string | RegExp, expected?: RegExp) =>
    expectError(() => new Layer(options), { code, where, ...(expected ? { expected } : {}), got: /./ });

  it.each(['inputSize', 'hiddenSize', 'layers'])('refuses a wrong %s', (option) => {
    for (const value of NO_SIZES) {
      refuse({ ...SIZES, [option]: value }, /^(value|memory)$/, new RegExp(`^${option} `));
    }
  });

  it('refuses missing sizes and missing options', () => {
    refuse({ hiddenSize: 5 }, 'value', /^inputSize /);
    refuse({ inputSize: 5 }, 'value', /^hiddenSize /);
    refuse(undefined, 'value');
    refuse(null, 'value');
    refuse(5, 'value');
  });

  it('refuses sizes that cannot fit into memory', () => {
    refuse({ inputSize: 3, hiddenSize: 2 ** 31 }, 'memory');
    refuse({ inputSize: 2 ** 32 - 1, hiddenSize: 2 ** 32 - 1 }, 'memory');
    refuse({ inputSize: 2 ** 20, hiddenSize: 2 ** 20 }, 'memory');
    refuse({ ...SIZES, layers: 2 ** 32 - 1 }, 'memory');
    const layer = new Layer(SIZES);
    expect(layer.forward(tensor(new Float32Array(6), [1, 2, 3])).output.shape, label()).toEqual([1, 2, 5]);
  });

  it('refuses other wrong options', () => {
    for (const value of NO_FRACTIONS) refuse({ ...SIZES, dropout: value }, 'value', /^dropout /);
    for (const value of [-1, 1.5, Number.NaN, 'x']) refuse({ ...SIZES, seed: value }, 'value', /^seed /);
    for (const value of [-1, Number.NaN, 'x']) refuse({ ...SIZES, clip: value }, 'value', /^clip /);
    for (const value of ['yes', 1, null]) refuse({ ...SIZES, bias: value }, 'value', /^bias /);
    refuse({ ...SIZES, bidirectional: true, reverse: true }, /^(value|unsupported)$/);
    refuse({ ...SIZES, hidden_size: 5 }, 'value');
  });
});

describe('an option of one kind of layer', () => {
  const cases: [string, string | RegExp, RegExp, () => unknown][] = [
    ['an unknown nonlinearity', 'value', /nonlinearity/, () => new RNN({ ...SIZES, nonlinearity: 'selu' })],
    ['an unknown updateGate', 'value', /updateGate/, () => new GRU({ ...SIZES, updateGate: 'both' })],
    [
      'an unknown gate of a GRU',
      'value',
      /gate/,
      () => new GRU({ ...SIZES, activations: { gate: 'sigmod' } }),
    ],
    ['an unknown cell of a GRU', 'value', /cell/, () => new GRU({ ...SIZES, activations: { cell: 'gelu' } })],
    ['an unknown gate of an LSTM', 'value', /gate/, () => new LSTM({ ...SIZES, activations: { gate: 'x' } })],
    [
      'an unknown output of an LSTM',
      'value',
      /output/,
      () => new LSTM({ ...SIZES, activations: { output: 7 } }),
    ],
    [
      'NaN as a slope',
      'value',
      /alpha/,
      () =>
        new LSTM({ ...SIZES, activations: { gate: { kind: 'hardSigmoid', alpha: Number.NaN, beta: 0.5 } } }),
    ],
    ['projectionSize 0', 'value', /projectionSize/, () => new LSTM({ ...SIZES, projectionSize: 0 })],
    ['projectionSize -1', 'value', /projectionSize/, () => new LSTM({ ...SIZES, projectionSize: -1 })],
    [
      'projectionSize NaN',
      'value',
      /projectionSize/,
      () => new LSTM({ ...SIZES, projectionSize: Number.NaN }),
    ],
    ['cellClip -1', 'value', /cellClip/, () => new LSTM({ ...SIZES, cellClip: -1 })],
    ['cellClip NaN', 'value', /cellClip/, () => new LSTM({ ...SIZES, cellClip: Number.NaN })],
    ['forgetBias NaN', 'value', /forgetBias/, () => new LSTM({ ...SIZES, forgetBias: Number.NaN })],
    ['forgetBias as text', 'value', /forgetBias/, () => new LSTM({ ...SIZES, forgetBias: '1' })],
    [
      'coupled without input gate',
      /^(value|unsupported)$/,
      /coupled|inputGate/,
      () => new LSTM({ ...SIZES, coupled: true, inputGate: false }),
    ],
    [
      'coupled without forget gate',
      /^(value|unsupported)$/,
      /coupled|forgetGate/,
      () => new LSTM({ ...SIZES, coupled: true, forgetGate: false }),
    ],
  ];

  it.each(cases)('is refused: %s', (_, code, expected, make) => {
    expectError(make, { code, where: /^(rnn|gru|lstm)\b/, expected, got: /./ });
  });
});

describe('modules around the layers', () => {
  it.each(NO_SIZES.map((value) => [text(value), value] as const))('refuse a size of %s', (_, value) => {
    const code = /^(value|memory)$/;
    expectError(() => new Linear({ inputSize: value, outputSize: 2 }), {
      code,
      where: /^linear\b/,
      expected: /^inputSize /,
    });
    expectError(() => new Linear({ inputSize: 2, outputSize: value }), {
      code,
      where: /^linear\b/,
      expected: /^outputSize /,
    });
    expectError(() => new Embedding({ vocabularySize: value, size: 2 }), {
      code,
      where: /^embedding\b/,
      expected: /^vocabularySize /,
    });
    expectError(() => new Embedding({ vocabularySize: 2, size: value }), {
      code,
      where: /^embedding\b/,
      expected: /^size /,
    });
  });

  it('refuse sizes that cannot fit into memory', () => {
    const size = 2 ** 31;
    expectError(() => new Linear({ inputSize: size, outputSize: size }), {
      code: 'memory',
      where: /^linear\b/,
    });
    expectError(() => new Embedding({ vocabularySize: size, size }), {
      code: 'memory',
      where: /^embedding\b/,
    });
  });

  it('refuse a padding that is no row', () => {
    for (const padding of [4, -1, 1.5, Number.NaN, '0']) {
      expectError(() => new Embedding({ vocabularySize: 4, size: 2, padding }), {
        code: 'value',
        where: /^embedding\b/,
        expected: /^padding /,
      });
    }
  });

  it('refuse a dropout outside 0 to 1', () => {
    for (const p of NO_FRACTIONS)
      expectError(() => new Dropout(p), { code: 'value', where: /^dropout\b/, expected: /^p / });
  });

  it('refuse input that does not fit', () => {
    const linear = new Linear({ inputSize: 3, outputSize: 2 });
    const weights = linear.parameters();
    const x = tensor([1, 2, 3]);
    const expected = linear.forward(x);
    const where = 'linear.forward';
    expectError(() => linear.forward(tensor([[1, 2]])), {
      code: 'shape',
      where,
      expected: /^x .*3/,
      got: /\[1, 2\]/,
    });
    expectError(() => linear.forward(tensor(5 as never)), { code: 'dtype', where: 'tensor' });
    expectError(() => linear.forward(tensor([1, 2, 3], undefined, 'int32')), { code: 'dtype', where });
    expectError(() => linear.forward([1, 2, 3]), { code: 'dtype', where });
    expectError(() => linear.forward(undefined), { code: 'dtype', where });
    expectClose('afterwards', linear.forward(x), expected, 0);
    expect(linear.parameters()).toEqual(weights);

    const embedding = new Embedding({ vocabularySize: 4, size: 2 });
    const ids = tensor([0, 3], undefined, 'int32');
    const rows = embedding.forward(ids);
    const look = { where: 'embedding.forward' };
    for (const id of [4, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      expectError(() => embedding.forward(tensor([0, id], undefined, 'int32')), {
        ...look,
        code: 'value',
        expected: /4|3/,
        got: new RegExp(String(id)),
      });
    }
    expectError(() => embedding.forward(tensor([0, 3])), { ...look, code: 'dtype' });
    expectError(() => embedding.forward(Int32Array.of(0, 3)), { ...look, code: 'dtype' });
    expectClose('afterwards', embedding.forward(ids), rows, 0);
  });

  it('refuse to be stacked where they do not fit', () => {
    const where = /^sequential\b/;
    const lstm = new LSTM(SIZES);
    const shape = { code: 'shape', where, expected: /5/, got: /6/ };
    expectError(() => new Sequential([lstm, new Linear({ inputSize: 6, outputSize: 2 })]), shape);
    expectError(
      () => new Sequential([lstm, new Dropout(0.5), new Linear({ inputSize: 6, outputSize: 2 })]),
      shape,
    );
    expectError(
      () =>
        new Sequential([
          new LSTM({ ...SIZES, bidirectional: true }),
          new GRU({ inputSize: 6, hiddenSize: 2 }),
        ]),
      {
        code: 'shape',
        where,
        expected: /10/,
        got: /6/,
      },
    );
    for (const modules of [undefined, null, 5, [5], [null], ['LSTM'], [{}], Array(2)]) {
      expectError(() => new Sequential(modules), { code: /^(value|dtype)$/, where });
    }
    const x = tensor(new Float32Array(6).fill(0.5), [1, 2, 3]);
    expectClose('the layer goes on', new Sequential([lstm]).predict(x), {
      shape: [1, 5],
      data: lstm.forward(x).output.data.slice(5),
    });
  });
});
