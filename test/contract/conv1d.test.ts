/** The convolution over time, and activations as layers. */

import { describe, expect, it } from 'vitest';
import { stackProblem } from '../reference/differences.js';
import { at, type Conv1dOptions, conv1d, convolvedSteps, type ModuleSpec } from '../reference/index.js';
import {
  type AnyModule,
  type AnyTensor,
  Conv1d,
  Embedding,
  Linear,
  Nonlinearity,
  Sequential,
  tensor,
} from './api.js';
import { expectGradients } from './gradients.js';
import {
  createModule,
  entry,
  expectClose,
  expectError,
  expectRejection,
  expectSame,
  Random,
} from './helpers.js';
import { expectSameWeights } from './training.js';

function build(name: string, options: Conv1dOptions): { conv: AnyModule; random: Random } {
  const random = new Random(name);
  const conv = new Conv1d({ ...options, seed: 1 });
  const gain = 1 / Math.sqrt((options.kernelSize * options.inputSize) / (options.groups ?? 1));
  const parameters = Object.entries(conv.parameters()).map(([key, { shape }]) => [
    key,
    random.tensor(shape, gain),
  ]);
  conv.loadStateDict(Object.fromEntries(parameters));
  return { conv, random };
}

const text = (options: object): string => JSON.stringify(options);

/** Every option alone and together, on both sides of a vector and of a panel. */
const FORMS: Conv1dOptions[] = [
  ...[1, 3, 16, 17, 65].flatMap((outputSize) =>
    [1, 2, 5, 33].map((inputSize) => ({ inputSize, outputSize, kernelSize: 3, padding: 1 })),
  ),
  { inputSize: 4, outputSize: 7, kernelSize: 1 },
  { inputSize: 4, outputSize: 7, kernelSize: 1, stride: 3 },
  { inputSize: 1, outputSize: 34, kernelSize: 32, stride: 16 },
  { inputSize: 2, outputSize: 3, kernelSize: 5, stride: 7, padding: [4, 9] },
  { inputSize: 3, outputSize: 6, kernelSize: 4, dilation: 3, padding: [9, 0] },
  { inputSize: 6, outputSize: 4, kernelSize: 3, groups: 2, padding: 1 },
  { inputSize: 5, outputSize: 15, kernelSize: 2, groups: 5, stride: 2 },
  {
    inputSize: 8,
    outputSize: 12,
    kernelSize: 3,
    groups: 4,
    stride: 2,
    dilation: 2,
    padding: [3, 1],
    bias: false,
  },
];

describe.each(FORMS.map((options) => [text(options), options] as const))(
  'a convolution %s',
  (name, options) => {
    it('gives what the reference does', () => {
      const { conv, random } = build(name, options);
      for (const [batch, time] of [
        [1, 32],
        [3, 35],
        [5, 160],
      ] as const) {
        const x = random.tensor([batch, time, options.inputSize]);
        expectClose(name, conv.forward(x), conv1d(options, conv.parameters(), x));
      }
    });

    it('gives each sequence what it would have alone, and does not look past its end', () => {
      const { conv, random } = build(name, options);
      const lengths = [35, 0, 1, 34, 33];
      const x = random.tensor([5, 35, options.inputSize]);
      const expected = conv1d(options, conv.parameters(), x, lengths);
      const row = 35 * options.inputSize;
      x.data.forEach((_, index) => {
        const past = Math.floor((index % row) / options.inputSize) >= at(lengths, Math.floor(index / row));
        if (past) x.data[index] = Number.NaN;
      });
      expectClose(name, conv.forward(x, { lengths }), expected);
    });

    it('has the gradients of central differences', () => {
      const { conv, random } = build(name, options);
      // The reference takes its time for wide layers.
      const time = options.kernelSize > 5 ? 40 : 11;
      const lengths = [time, time - 4, 0];
      const x = random.tensor([3, time, options.inputSize]);
      const gradient = random.tensor([3, convolvedSteps(options, time), options.outputSize]);
      for (const given of [undefined, lengths]) {
        const problem = stackProblem(
          [{ kind: 'Conv1d', options }],
          Object.fromEntries(Object.entries(conv.parameters()).map(([key, value]) => [`0.${key}`, value])),
          x,
          gradient,
          given,
        );
        const { parameters, ...rest } = conv.backward(x, gradient, given ? { lengths: given } : {});
        const named = Object.entries(parameters).map(([key, value]) => [`0.${key}`, value]);
        expectGradients(name, { ...rest, parameters: Object.fromEntries(named) }, problem);
      }
    });
  },
);

describe('a convolution', () => {
  const options = { inputSize: 40, outputSize: 70, kernelSize: 5, stride: 2, padding: 2 };

  it('of a batch is that of its sequences, bit by bit, on any number of threads', () => {
    const { conv, random } = build('batch', options);
    const x = random.tensor([24, 400, 40]);
    const all = conv.forward(x);
    const [, steps = 0, width = 0] = all.shape;
    for (const index of [0, 11, 23]) {
      const alone = conv.forward(tensor(x.data.slice(index * 16000, (index + 1) * 16000), [1, 400, 40]));
      const rows = all.data.slice(index * steps * width, (index + 1) * steps * width);
      expectSame(`sequence ${index}`, alone, tensor(rows, [1, steps, width]));
    }
    expectSame('again', conv.forward(x), all);
  });

  it('of kernel size 1 is a Linear', () => {
    const { conv, random } = build('pointwise', { inputSize: 5, outputSize: 3, kernelSize: 1 });
    const { weight, bias } = conv.parameters();
    const linear = new Linear({ inputSize: 5, outputSize: 3 });
    linear.loadStateDict({ weight: tensor(weight?.data, [3, 5]), bias });
    const x = random.tensor([2, 7, 5]);
    expectSame('output', conv.forward(x), linear.forward(x));
  });

  it('of a shifted sequence is the shifted one', () => {
    const { conv, random } = build('shift', { inputSize: 2, outputSize: 3, kernelSize: 4, dilation: 2 });
    const x = random.tensor([1, 30, 2]);
    const later = conv.forward(tensor(x.data.slice(5 * 2), [1, 25, 2]));
    const { data, shape } = conv.forward(x);
    expectSame('later', later, tensor(data.slice(5 * 3), [1, (shape[1] ?? 0) - 5, 3]));
  });

  it('begins as in PyTorch, within 1 / sqrt(kernelSize * inputSize / groups), or as in Keras', () => {
    const sizes = { inputSize: 24, outputSize: 60, kernelSize: 5, groups: 3, seed: 3 };
    for (const [initializer, bound, bias] of [
      ['torch', 1 / Math.sqrt(5 * 8), true],
      ['keras', Math.sqrt(6 / (5 * 8 + 5 * 60)), false],
    ] as const) {
      const parameters = new Conv1d({ ...sizes, initializer }).parameters();
      const weight = entry(parameters, 'weight');
      expect([...weight.shape]).toEqual([60, 8, 5]);
      const largest = Math.max(...Array.from(weight.data, Math.abs));
      expect(largest).toBeLessThanOrEqual(bound * (1 + 1e-6));
      expect(largest).toBeGreaterThan(bound * 0.99);
      expect(entry(parameters, 'bias').data.some((value) => value !== 0)).toBe(bias);
      expect(new Conv1d({ ...sizes, initializer }).parameters()).toEqual(parameters);
      expect(new Conv1d({ ...sizes, initializer, seed: 4 }).parameters()).not.toEqual(parameters);
    }
  });

  it.each<[string, object, RegExp]>([
    [
      'groups that do not divide the inputs',
      { inputSize: 3, groups: 2 },
      /^groups must divide inputSize = 3/,
    ],
    [
      'groups that do not divide the outputs',
      { outputSize: 3, groups: 2 },
      /^groups must divide outputSize = 3/,
    ],
    ['a kernel of size 0', { kernelSize: 0 }, /^kernelSize /],
    ['no kernel', { kernelSize: undefined }, /^kernelSize /],
    ['a stride of 0', { stride: 0 }, /^stride /],
    ['a dilation of 1.5', { dilation: 1.5 }, /^dilation /],
    ['groups of 0', { groups: 0 }, /^groups /],
    ['a negative padding', { padding: -1 }, /^padding /],
    ['a padding of three', { padding: [1, 1, 1] }, /^padding must be a number or \[before, behind\]/],
    ['a padding of words', { padding: [1, 'same'] }, /^padding\[1\] /],
    ['an initializer that does not exist', { initializer: 'he' }, /^initializer /],
    ['an unknown option', { paddingMode: 'reflect' }, /^options may be /],
  ])('refuses %s', (_, wrong, expected) => {
    const sizes = { inputSize: 4, outputSize: 4, kernelSize: 3 };
    expectError(() => new Conv1d({ ...sizes, ...wrong }), { code: 'value', where: 'conv1d', expected });
  });

  it('refuses sizes that cannot fit into memory', () => {
    const huge = 2 ** 31;
    for (const sizes of [
      { outputSize: huge },
      { kernelSize: huge, dilation: huge },
      { padding: 2 ** 32 - 1, inputSize: 2 ** 31 },
    ]) {
      const all = { inputSize: huge, outputSize: 1, kernelSize: 1, ...sizes };
      expectError(() => new Conv1d(all), { code: 'memory', where: 'conv1d' });
    }
    const wide = new Conv1d({ inputSize: 1, outputSize: 1, kernelSize: 1, padding: 2 ** 26 });
    expectError(() => wide.forward(tensor(new Float32Array(2 ** 12), [2 ** 12, 1, 1])), {
      code: 'memory',
      where: 'conv1d.forward',
    });
  });

  it('refuses an x that it cannot take, and goes on as before', () => {
    const { conv, random } = build('refuses', { inputSize: 3, outputSize: 2, kernelSize: 3 });
    const x = random.tensor([2, 5, 3]);
    const before = conv.forward(x);
    const where = 'conv1d.forward';
    const shape = { code: 'shape', where };
    expectError(() => conv.forward(random.tensor([2, 5, 4])), { ...shape, expected: /\[\*, \*, 3\]$/ });
    expectError(() => conv.forward(random.tensor([5, 3])), { ...shape, got: /^\[5, 3\]$/ });
    const short = { ...shape, expected: /^x must have steps for a window, 3 or more$/ };
    expectError(() => conv.forward(random.tensor([2, 2, 3])), { ...short, got: /^\[2, 2, 3\]$/ });
    expectError(() => conv.forward(random.tensor([2, 0, 3])), short);
    expectError(() => conv.forward(random.ids([2, 5, 3], 9)), { code: 'dtype', where });
    expectError(() => conv.forward(x, { lengths: [5] }), { ...shape, expected: /^lengths/ });
    expectError(() => conv.forward(x, { lengths: [5, 6] }), { code: 'value', where, expected: /^lengths/ });
    expectError(() => conv.forward(x, { state: null }), { code: 'value', where });
    const back = { code: 'shape', where: 'conv1d.backward' };
    expectError(() => conv.backward(x, random.tensor([2, 5, 2])), { ...back, expected: /= \[2, 3, 2\]$/ });
    expectError(() => conv.backward(random.tensor([2, 2, 3]), random.tensor([2, 0, 2])), back);
    expectSame('afterwards', conv.forward(x), before);
    conv.dispose();
    expectError(() => conv.forward(x), { code: 'disposed', where });
  });
});

describe('an activation as a layer', () => {
  it.each(['sigmoid', 'tanh', 'relu', 'softsign', 'hardSigmoid', 'identity'] as const)('%s', (activation) => {
    const random = new Random(activation);
    const specs: ModuleSpec[] = [
      { kind: 'Nonlinearity', options: { activation } },
      { kind: 'Linear', options: { inputSize: 5, outputSize: 4 } },
      { kind: 'Nonlinearity', options: { activation } },
    ];
    using model = new Sequential(specs.map(createModule));
    const x = random.tensor([19, 3, 5], 2);
    const gradient = random.tensor([19, 3, 4]);
    const problem = stackProblem(specs, model.parameters(), x, gradient);
    expectClose(activation, model.predict(x), model.backward(x, gradient).output);
    expectGradients(activation, model.backward(x, gradient), problem, { kinks: true });
  });

  it('takes any shape, and a slope of its own', () => {
    const layer = new Nonlinearity({ kind: 'hardSigmoid', alpha: 0.25, beta: 0.5 });
    expect(layer.forward(tensor([-4, 0, 1, 4])).toArray()).toEqual([0, 0.5, 0.75, 1]);
    expect(new Nonlinearity('relu').forward(tensor([[[-1]], [[2]]])).toArray()).toEqual([[[0]], [[2]]]);
    expect(new Nonlinearity('tanh').forward(tensor(new Float32Array(0), [0, 3])).shape).toEqual([0, 3]);
  });

  it('refuses what is none, ids, and a place before an Embedding', () => {
    for (const wrong of ['selu', undefined, 3, { kind: 'relu' }]) {
      expectError(() => new Nonlinearity(wrong), {
        code: 'value',
        where: 'nonlinearity',
        expected: /^activation/,
      });
    }
    const relu = new Nonlinearity('relu');
    expectError(() => relu.forward(tensor([1], undefined, 'int32')), {
      code: 'dtype',
      where: 'nonlinearity.forward',
    });
    const table = new Embedding({ vocabularySize: 3, size: 2 });
    expectError(() => new Sequential([relu, table]), {
      code: 'value',
      where: 'sequential',
      got: /layers\[1\]/,
    });
  });
});

describe('a model with convolutions', () => {
  const toLast: ModuleSpec[] = [
    {
      kind: 'Conv1d',
      options: { inputSize: 3, outputSize: 4, kernelSize: 3, padding: [2, 0], seed: 1 },
    },
    { kind: 'Nonlinearity', options: { activation: 'relu' } },
    {
      kind: 'Conv1d',
      options: { inputSize: 4, outputSize: 6, kernelSize: 4, stride: 2, groups: 2, seed: 2 },
    },
    { kind: 'GRU', options: { inputSize: 6, hiddenSize: 5, seed: 3 } },
    { kind: 'Linear', options: { inputSize: 5, outputSize: 2, seed: 4 } },
  ];
  const toSteps: ModuleSpec[] = [
    { kind: 'LSTM', options: { inputSize: 3, hiddenSize: 4, seed: 1 } },
    {
      kind: 'Conv1d',
      options: { inputSize: 4, outputSize: 2, kernelSize: 3, stride: 2, padding: 1, seed: 2 },
    },
  ];
  const layers = () => toLast.map(createModule);
  const steps = () => toSteps.map(createModule);
  const random = new Random('models');
  const x = random.tensor([20, 12, 3]);
  const lengths = Array.from({ length: 20 }, (_, index) => 4 + (index % 9));

  it('learns, and the same from a file', async () => {
    using model = new Sequential(layers());
    const y = tensor(
      Float32Array.from({ length: 40 }, (_, index) => at(x.data, Math.floor(index / 2) * 36)),
      [20, 2],
    );
    const data = { x, y, lengths };
    const options = { loss: 'mse', optimizer: { kind: 'adam', lr: 0.01 }, batchSize: 10, seed: 1 };
    const { loss } = await model.fit(data, { ...options, epochs: 30 });
    expect(loss.at(-1)).toBeLessThan(at(loss, 0) / 2);
    using again = Sequential.load(model.save());
    expectSame('predictions', again.predict(x, { lengths }), model.predict(x, { lengths }));
    expect(again.summary()).toBe(model.summary());
    await again.fit(data, { resume: true, epochs: 32 });
    await model.fit(data, { resume: true, epochs: 32 });
    expectSameWeights(again, model.stateDict());
  });

  it('learns from the steps that its lengths leave', async () => {
    using model = new Sequential(steps());
    const output = model.predict(x, { lengths });
    expect([...output.shape]).toEqual([20, 6, 2]);
    // What lies past an end does not count.
    const y = tensor(
      output.data.map((value, index) => {
        const [sequence, step] = [Math.floor(index / 12), Math.floor((index % 12) / 2)];
        return step < Math.ceil(at(lengths, sequence) / 2) ? value : 1e6;
      }),
      output.shape,
    );
    expect(model.evaluate({ x, y, lengths }, { loss: 'mse' }).loss).toBeLessThan(1e-12);
    const trainer = model.trainer({ loss: 'mse' });
    expect(trainer.step(x, y, { lengths }).loss).toBeLessThan(1e-12);
  });

  it.each<[string, ModuleSpec[], readonly number[]]>([
    ['last step', toLast, [20, 2]],
    ['every step', toSteps, [20, 6, 2]],
  ])('has the gradients of central differences with lengths: %s', (name, specs, shape) => {
    using model = new Sequential(specs.map(createModule));
    const gradient = random.tensor(shape);
    const problem = stackProblem(specs, model.parameters(), x, gradient, lengths);
    expectGradients(name, model.backward(x, gradient, { lengths }), problem, { entries: 3, kinks: true });
  });

  it('refuses a batch that is too short for a window of any layer', () => {
    using model = new Sequential(layers());
    const short = random.tensor([2, 3, 3]);
    expectError(() => model.predict(short), {
      code: 'shape',
      where: 'sequential.predict',
      expected: /^x must have steps for a window, 4 or more \(layers\[2\]\)$/,
    });
    expectError(() => model.backward(short, random.tensor([2, 2])), {
      code: 'shape',
      where: 'sequential.backward',
      expected: /^x must have steps for a window, 4 or more \(layers\[2\]\)$/,
    });
  });

  it('refuses to be cut in time, or to go frame by frame', async () => {
    using model = new Sequential(layers());
    const data = { x, y: random.tensor([20, 2]) };
    const want = { code: 'unsupported', expected: /no convolution, whose windows lie across the cuts$/ };
    const where = 'sequential.fit';
    await expectRejection(() => model.fit(data, { loss: 'mse', truncate: 4 }), { ...want, where });
    await expectRejection(() => model.fit(data, { loss: 'mse', stateful: true, batchSize: 10 }), {
      ...want,
      where,
    });
    expectError(() => model.stream(), {
      code: 'unsupported',
      where: 'sequential.stream',
      expected: /kernelSize 1, stride 1 and no padding/,
    });
  });

  it('sums itself up', () => {
    const lines = (make: () => unknown[]) =>
      new Sequential(make())
        .summary()
        .split('\n')
        .slice(2, -2)
        .map((line) => line.replace(/ +/g, ' '));
    expect(lines(layers)).toEqual([
      '0 Conv1d [*, *, 4] 40',
      '1 Nonlinearity [*, *, 4] 0',
      '2 Conv1d [*, *, 6] 54',
      '3 GRU [*, 5] 195',
      '4 Linear [*, 2] 12',
    ]);
    expect(lines(steps)).toEqual(['0 LSTM [*, *, 4] 144', '1 Conv1d [*, *, 2] 26']);
  });

  it('is one of layers by themselves', () => {
    using model = new Sequential(layers());
    const [first, relu, second] = (model as unknown as { layers: AnyModule[] }).layers as [
      AnyModule,
      AnyModule,
      AnyModule,
    ];
    const between: AnyTensor = second.forward(relu.forward(first.forward(x)));
    using rest = new Sequential((model as unknown as { layers: AnyModule[] }).layers.slice(3));
    expectSame('output', rest.predict(between), model.predict(x));
  });
});
