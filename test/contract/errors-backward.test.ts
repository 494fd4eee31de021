/** What `backward` refuses, and that it goes on working afterwards. */

import { describe, expect, it } from 'vitest';
import { Embedding, GRU, Linear, LSTM, RNN, tensor } from './api.js';
import { expectError } from './helpers.js';

const zeros = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);

describe.each([
  ['lstm', () => new LSTM({ inputSize: 2, hiddenSize: 3 })],
  ['gru', () => new GRU({ inputSize: 2, hiddenSize: 3 })],
  ['rnn', () => new RNN({ inputSize: 2, hiddenSize: 3 })],
] as const)('%s.backward', (name, make) => {
  const where = `${name}.backward`;
  const x = zeros(1, 4, 2);
  const right = zeros(1, 4, 3);

  it('refuses wrong tensors, options and states, and then gives the right gradients', () => {
    using layer = make();
    const before = layer.backward(x, right);
    const h = zeros(1, 1, 3);
    const wide = name === 'lstm' ? { h: zeros(1, 1, 4), c: h } : { h: zeros(1, 1, 4) };
    const wrong: [() => unknown, string, RegExp][] = [
      [() => layer.backward(x), 'dtype', /^outputGradient must be a Tensor of float32$/],
      [
        () => layer.backward(x, zeros(1, 4, 2)),
        'shape',
        /^outputGradient must have the shape of the output = /,
      ],
      [() => layer.backward(x, zeros(4, 3)), 'shape', /^outputGradient must have/],
      [() => layer.backward(zeros(1, 4, 3), right), 'shape', /^x must be/],
      [() => layer.backward(tensor([[1]], undefined, 'int32'), right), 'dtype', /^x must be/],
      [() => layer.backward(x, right, { stateGradient: wide }), 'state', /^stateGradient\.h must be/],
      [() => layer.backward(x, right, { state: wide }), 'state', /^state\.h must be/],
      [() => layer.backward(x, right, { lengths: [5] }), 'value', /^lengths\[0\] must be/],
      [() => layer.backward(x, right, { unknown: 1 }), 'value', /^options may be/],
    ];
    for (const [action, code, expected] of wrong) expectError(action, { code, where, expected });
    expect(layer.backward(x, right)).toEqual(before);
  });

  it('refuses after dispose', () => {
    const layer = make();
    layer.dispose();
    expectError(() => layer.backward(x, right), { code: 'disposed', where });
  });

  it('gives no gradient to padding and takes none from it', () => {
    using layer = make();
    const ones = tensor(new Float32Array(24).fill(1), [2, 4, 3]);
    const inputs = tensor(new Float32Array(16).fill(0.5), [2, 4, 2]);
    const got = layer.backward(inputs, ones, { lengths: [4, 2] });
    expect(Array.from(got.x.data.slice(12))).toEqual([0, 0, 0, 0]);
    const blind = tensor(
      ones.data.map((value, index) => (index >= 18 ? NaN : value)),
      [2, 4, 3],
    );
    expect(layer.backward(inputs, blind, { lengths: [4, 2] })).toEqual(got);
  });
});

it('linear and embedding refuse gradients of another shape', () => {
  using linear = new Linear({ inputSize: 2, outputSize: 3 });
  using table = new Embedding({ vocabularySize: 4, size: 3, padding: 0 });
  const ids = tensor([0, 3], undefined, 'int32');
  expectError(() => linear.backward(zeros(2, 2), zeros(2, 2)), { code: 'shape', where: 'linear.backward' });
  expectError(() => linear.backward(zeros(2, 3), zeros(2, 3)), { code: 'shape', where: 'linear.backward' });
  expectError(() => table.backward(ids, zeros(3, 3)), { code: 'shape', where: 'embedding.backward' });
  const far = tensor([0, 4], undefined, 'int32');
  expectError(() => table.backward(far, zeros(2, 3)), { code: 'value', where: 'embedding.backward' });
  const ones = tensor(new Float32Array(6).fill(1), [2, 3]);
  const { parameters } = table.backward(ids, ones);
  expect(parameters.weight?.toArray()).toEqual([
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0],
    [1, 1, 1],
  ]);
});
