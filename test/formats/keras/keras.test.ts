/** Models from files of Keras: their outputs are Keras' own. */
import { GRU, Linear, type Module, Sequential } from 'cellgate';
import { loadKeras, MaskedSequential } from 'cellgate/keras';
import { saveOnnx } from 'cellgate/onnx';
import { describe, expect, it } from 'vitest';
import { tensor } from '../../contract/api.js';
import { expectClose, expectError, expectRejection, expectSame } from '../../contract/helpers.js';
import { exactly, type FormatCase, inputOf, read, readCases } from '../files.js';

const load = (file: string) => loadKeras(read('keras', file));

describe.each(['keras2', 'keras3'])('models of %s', (version) => {
  const cases = readCases<FormatCase>('keras', `${version}.json`);

  it.each(cases.map((golden) => [golden.file, golden] as const))('%s', async (file, golden) => {
    using model = await load(file);
    expectClose(file, model.predict(inputOf(golden) as never), golden.output);
  });
});

describe('a mask', () => {
  it('skips steps wherever they are, unless there are lengths', async () => {
    using model = await load('keras3-embedding-mask.h5');
    expect(model).toBeInstanceOf(MaskedSequential);
    const predict = (ids: number[], options?: { lengths: number[] }) =>
      model.predict(tensor([ids], undefined, 'int32') as never, options);
    const expected = predict([3, 7, 1, 0, 0]);
    for (const ids of [
      [0, 0, 3, 7, 1],
      [3, 0, 7, 0, 1],
    ]) {
      expectSame(ids.join(), predict(ids), expected);
    }
    expectSame('lengths', predict([3, 7, 1, 5, 5], { lengths: [3] }), expected);
  });

  it('counts in training as well', async () => {
    using model = await load('keras3-embedding-mask.h5');
    const y = tensor([[0.5, -0.5]]);
    const loss = (ids: number[]) =>
      model.evaluate({ x: tensor([ids], undefined, 'int32'), y } as never, { loss: 'mse' }).loss;
    expect(loss([0, 3, 0, 7, 1])).toBe(loss([3, 7, 1, 0, 0]));
    expect(loss([3, 7, 1, 2, 2])).not.toBe(loss([3, 7, 1, 0, 0]));
    await model.fit({ x: tensor([[0, 3, 0, 7, 1]], undefined, 'int32'), y } as never, {
      loss: 'mse',
      epochs: 3,
    });
    expect(loss([0, 3, 0, 7, 1])).toBeLessThan(1);
  });

  it('is of float32, as the steps are', () => {
    using model = new MaskedSequential([new GRU({ inputSize: 1, hiddenSize: 2 })], 0.1);
    const predict = (...values: number[]) =>
      model.predict(tensor(Float32Array.from(values), [1, values.length, 1]) as never);
    expectSame('skipped', predict(0.1, 1, 0.1, -1), predict(1, -1));
  });

  it('counts on the way back as well', () => {
    const layers = (): Module[] => [
      new GRU({ inputSize: 2, hiddenSize: 3, returnSequences: true, seed: 1 }),
      new Linear({ inputSize: 3, outputSize: 2, seed: 2 }),
    ];
    using masked = new MaskedSequential(layers(), 0);
    using plain = new Sequential(layers());
    const steps = (...values: number[]) =>
      tensor(Float32Array.from(values), [1, values.length / 2, 2]) as never;
    const x = steps(0, 0, 1, -1, 0, 0, 0.5, 2);
    const back = masked.backward(x, steps(7, 7, 0.1, 0.2, 7, 7, -0.3, 0.4));
    const expected = plain.backward(steps(1, -1, 0.5, 2), steps(0.1, 0.2, -0.3, 0.4));
    expectSame('output', back.output, masked.predict(x));
    for (const [name, gradient] of Object.entries(back.parameters)) {
      expectSame(name, gradient, expected.parameters[name]!);
    }
    const [a, b, c, d] = expected.x.data;
    expect([...back.x.data]).toEqual([0, 0, a, b, 0, 0, c, d]);
    expectError(() => masked.backward(x, steps(1, 1)), { code: 'shape', where: 'sequential.backward' });
  });

  it('counts on the way back of ids', async () => {
    using model = await load('keras3-embedding-mask.h5');
    const back = (ids: number[]) =>
      model.backward(tensor([ids], undefined, 'int32') as never, tensor([[0.5, -0.5]]) as never);
    const [given, expected] = [back([0, 3, 0, 7, 1]), back([3, 7, 1, 0, 0])];
    expectSame('output', given.output, expected.output);
    for (const [name, gradient] of Object.entries(given.parameters)) {
      expectSame(name, gradient, expected.parameters[name]!);
    }
  });
});

describe('files have no place for a mask', () => {
  it('which is refused, and can be taken away', async () => {
    using model = await load('keras3-embedding-mask.h5');
    const expected = /^model must have no mask, which would be lost$/;
    const refused = { code: 'unsupported', expected, got: /^the mask 0$/ };
    expectError(() => model.save(), { ...refused, where: 'sequential.save' });
    expectError(() => saveOnnx(model), { ...refused, where: 'saveOnnx' });
    const unmasked = new Sequential([...model.layers]);
    using again = Sequential.load(unmasked.save());
    const ids = tensor([[0, 3, 0, 7, 1]], undefined, 'int32');
    expectSame('without a mask', again.predict(ids as never), unmasked.predict(ids as never));
    expect(saveOnnx(unmasked).length).toBeGreaterThan(0);
  });
});

const SUPPORTED = 'the model must be of layers and options that are supported';

describe('files of Keras that are refused', () => {
  it.each([
    [
      'keras3-refused-layers.keras',
      'unsupported',
      SUPPORTED,
      'first (Conv1D), second (activation gelu), third (Flatten), fourth (activation selu)',
    ],
    [
      'keras3-refused-order.h5',
      'unsupported',
      SUPPORTED,
      'only (go_backwards with return_sequences at the end)',
    ],
    [
      'keras3-refused-inputs.keras',
      'unsupported',
      'the model must be a chain of layers, each with one input',
      'add with others',
    ],
    [
      'keras3-refused-outputs.h5',
      'unsupported',
      'the model must be a chain of layers, with one output',
      '2 outputs',
    ],
    [
      'keras3-refused-weights.weights.h5',
      'file',
      'the HDF5 file must have a model_config, as model.save() writes',
      'none',
    ],
  ])('%s', async (file, code, expected, got) => {
    await expectRejection(() => load(file), {
      code,
      where: 'loadKeras',
      expected: exactly(expected),
      got: exactly(got),
    });
  });

  it('are damaged in a single bit', async () => {
    const bytes = read('keras', 'keras3-lstm.keras');
    // In the middle of the weights.
    const at = bytes.length - 4000;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await expectRejection(() => loadKeras(bytes), {
      code: 'file',
      where: 'loadKeras',
      expected: /^"model\.weights\.h5" must have the checksum \d+$/,
    });
  });
});
