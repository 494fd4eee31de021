/** Layers that map each row by itself: softmax, layer normalisation, and what makes one of two directions. */
import { describe, expect, it } from 'vitest';
import { stackProblem } from '../reference/differences.js';
import { type ModuleSpec, predict as referencePredict } from '../reference/index.js';
import { GRU, LayerNorm, Merge, Nonlinearity, Sequential, tensor } from './api.js';
import { expectGradients } from './gradients.js';
import { createModule, expectClose, expectError, expectSame, Random } from './helpers.js';

const MODES = ['sum', 'average', 'product'] as const;
const OWN: readonly (readonly [string, ModuleSpec])[] = [
  ['softmax', { kind: 'Nonlinearity', options: { activation: 'softmax' } }],
  ['layerNorm', { kind: 'LayerNorm', options: { size: 6, epsilon: 0.01 } }],
  ...MODES.map((mode) => [mode, { kind: 'Merge', options: { inputSize: 6, mode } }] as const),
];

describe.each(OWN)('%s', (name, spec) => {
  const width = spec.kind === 'Merge' ? 3 : 6;
  const specs: ModuleSpec[] = [
    { kind: 'GRU', options: { inputSize: 2, hiddenSize: 3, bidirectional: true, returnSequences: true } },
    spec,
    { kind: 'Linear', options: { inputSize: width, outputSize: 4 } },
  ];

  function draw() {
    const random = new Random(name);
    const model = new Sequential(specs.map(createModule));
    const parameters = Object.entries(model.parameters()).map(
      ([key, { shape }]) => [key, random.tensor(shape, 0.8)] as const,
    );
    model.loadStateDict(Object.fromEntries(parameters));
    return { random, model, parameters: Object.fromEntries(parameters) };
  }

  it('gives what its formula says, with lengths as well', () => {
    const { random, model, parameters } = draw();
    const x = random.tensor([3, 5, 2]);
    expectClose(name, model.predict(x), referencePredict(specs, parameters, x));
    const lengths = [5, 2, 1];
    expectClose(name, model.predict(x, { lengths }), referencePredict(specs, parameters, x, lengths));
  });

  it('has the gradients of its formula', () => {
    const { random, model, parameters } = draw();
    const x = random.tensor([2, 3, 2]);
    const gradient = random.tensor([2, 3, 4]);
    const problem = stackProblem(specs, parameters, x, gradient);
    expectGradients(name, model.backward(x, gradient), problem);
  });

  it('streams, and comes back from a file', () => {
    const forward = [
      { kind: 'RNN', options: { inputSize: 2, hiddenSize: 6, returnSequences: true } },
      ...specs.slice(1),
    ] as ModuleSpec[];
    using model = new Sequential(forward.map(createModule));
    using again = Sequential.load(model.save());
    expect(again.summary()).toBe(model.summary());
    const x = new Random(name).tensor([1, 4, 2]);
    const output = model.predict(x);
    expectSame('again', again.predict(x), output);
    using stream = model.stream();
    expectClose('stream', { shape: [1, 4, 4], data: stream.run(x.data) }, output);
  });

  it('is trained', async () => {
    const { random, model } = draw();
    const data = { x: random.tensor([16, 3, 2]), y: random.tensor([16, 3, 4]) };
    const before = model.evaluate(data, { loss: 'mse' }).loss;
    await model.fit(data, { loss: 'mse', optimizer: { kind: 'adam', lr: 0.02 }, epochs: 20, batchSize: 8 });
    expect(model.evaluate(data).loss).toBeLessThan(0.9 * before);
  });
});

describe('layers of rows by themselves', () => {
  it('take rows of any number', () => {
    expect(new Nonlinearity('softmax').forward(tensor([[[0, 0, 0, 0]]])).toArray()).toEqual([
      [[0.25, 0.25, 0.25, 0.25]],
    ]);
    expect(new Nonlinearity('softmax').forward(tensor(new Float32Array(0), [0, 3])).shape).toEqual([0, 3]);
    const merged = MODES.map((mode) => new Merge({ inputSize: 4, mode }).forward(tensor([1, 2, 10, 20])));
    expect(merged.map((output) => output.toArray())).toEqual([
      [11, 22],
      [5.5, 11],
      [10, 40],
    ]);
    const norm = new LayerNorm({ size: 2 });
    expect(Object.entries(norm.parameters()).map(([name, value]) => [name, value.toArray()])).toEqual([
      ['weight', [1, 1]],
      ['bias', [0, 0]],
    ]);
    expectClose('norm', norm.forward(tensor([[[-3, 1]]])), { shape: [1, 1, 2], data: [-1, 1] });
  });

  it('refuse what does not fit', () => {
    const merge = new Merge({ inputSize: 4, mode: 'sum' });
    const norm = new LayerNorm({ size: 4 });
    for (const [wrong, code, where] of [
      [() => new Merge({ inputSize: 3, mode: 'sum' }), 'value', 'merge'],
      [() => new Merge({ inputSize: 4, mode: 'concat' }), 'value', 'merge'],
      [() => new LayerNorm({ size: 0 }), 'value', 'layerNorm'],
      [() => new LayerNorm({ size: 4, epsilon: 0 }), 'value', 'layerNorm'],
      [() => merge.forward(tensor([[1, 2, 3]])), 'shape', 'merge.forward'],
      [() => norm.forward(tensor([[1, 2, 3]])), 'shape', 'layerNorm.forward'],
      [() => norm.forward([1]), 'dtype', 'layerNorm.forward'],
      [() => new Sequential([new GRU({ inputSize: 2, hiddenSize: 3 }), norm]), 'shape', 'sequential'],
    ] as const) {
      expectError(wrong, { code, where });
    }
  });
});
