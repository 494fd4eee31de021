/** What training refuses, before anything changes: the model stays as it was, bit by bit. */

import { describe, expect, it } from 'vitest';
import { type AnySequential, Embedding, Linear, Sequential, tensor } from './api.js';
import { create, type ExpectedError, expectError, expectRejection, Random } from './helpers.js';
import { expectSameWeights, modelOf } from './training.js';

const random = new Random('errors of fit');
const WHERE = 'sequential.fit';
const x = random.tensor([6, 4, 3]);
const y = random.tensor([6, 2]);
const ids = (values: unknown) => tensor(values, undefined, 'int32');
const classes = ids([0, 1, 0, 1, 1, 0]);

type Refusal = [what: string, data: unknown, options: unknown, want: Omit<ExpectedError, 'where'>];

async function expectRefusals(make: () => AnySequential, refusals: readonly Refusal[]): Promise<void> {
  using model = make();
  const before = model.stateDict();
  for (const [what, data, options, want] of refusals) {
    await expectRejection(() => model.fit(data, options), { where: WHERE, ...want });
    expectSameWeights(model, before);
    expectError(() => model.evaluate(data), { code: /./, where: 'sequential.evaluate' });
    expect(() => model.save(), what).not.toThrow();
  }
  await expectRejection(() => model.fit({ x, y }, { loss: 'mse', resume: true }), {
    code: 'value',
    where: WHERE,
    expected: /^resume must be false for a model that no fit has trained$/,
  });
}

const value = (expected: RegExp, got?: RegExp) => ({ code: 'value', expected, ...(got ? { got } : {}) });
const shape = (expected: RegExp, got: RegExp) => ({ code: 'shape', expected, got });

describe('fit refuses', () => {
  it('data that are none or do not fit', async () => {
    const mse = { loss: 'mse' };
    await expectRefusals(
      () => modelOf('LSTM'),
      [
        ['no data', undefined, mse, value(/^data must be \{ x, y \}$/, /undefined/)],
        ['data that are a number', 3, mse, value(/^data must be an object$/)],
        ['more parts', { x, y, z: 1 }, mse, value(/^data may be x, y, lengths, weights$/, /'z'/)],
        ['no x', { y }, mse, { code: 'dtype', expected: /^x must be a Tensor of float32$/ }],
        ['an x of ids', { x: ids([[1]]), y }, mse, { code: 'dtype', expected: /^x / }],
        ['no y', { x }, mse, { code: 'dtype', expected: /^y must be a Tensor of float32$/ }],
        [
          'a y of integers',
          { x, y: classes },
          mse,
          { code: 'dtype', expected: /^y must be a Tensor of float32$/ },
        ],
        [
          'an x of another width',
          { x: random.tensor([6, 4, 2]), y },
          mse,
          shape(/^x must be \[batch, time, inputSize\] = \[\*, \*, 3\]$/, /\[6, 4, 2\]/),
        ],
        ['an x without time', { x: random.tensor([6, 3]), y }, mse, shape(/^x must be/, /\[6, 3\]/)],
        [
          'an empty x',
          { x: random.tensor([0, 4, 3]), y: random.tensor([0, 2]) },
          mse,
          shape(/^x must not be empty$/, /\[0, 4, 3\]/),
        ],
        [
          'an x without steps',
          { x: random.tensor([6, 0, 3]), y },
          mse,
          shape(/^x must not be empty$/, /\[6, 0, 3\]/),
        ],
        [
          'a y of another batch',
          { x, y: random.tensor([5, 2]) },
          mse,
          shape(/^y must be of the output = \[6, 2\]$/, /\[5, 2\]/),
        ],
        [
          'a y of every step',
          { x, y: random.tensor([6, 4, 2]) },
          mse,
          shape(/^y must be of the output = \[6, 2\]$/, /\[6, 4, 2\]/),
        ],
        ['a y of another width', { x, y: random.tensor([6, 1]) }, mse, shape(/^y must be/, /\[6, 1\]/)],
        [
          'lengths of another batch',
          { x, y, lengths: [4] },
          mse,
          shape(/^lengths must be \[batch\] = \[6\]$/, /\[1\]/),
        ],
        [
          'a length beyond the end',
          { x, y, lengths: [4, 4, 4, 5, 4, 4] },
          mse,
          value(/^lengths\[3\] must be at most the steps of x = 4$/, /5/),
        ],
        [
          'a length that is no integer',
          { x, y, lengths: [4, 4, 1.5, 4, 4, 4] },
          mse,
          value(/^lengths\[2\] must be an integer/),
        ],
        [
          'weights of another batch',
          { x, y, weights: random.tensor([5]) },
          mse,
          shape(/^weights must be \[batch\] = \[6\]$/, /\[5\]/),
        ],
        [
          'a weight below 0',
          { x, y, weights: tensor([1, 1, -1, 1, 1, 1]) },
          mse,
          value(/^weights\[2\] must be a finite number from 0$/, /-1/),
        ],
        [
          'a weight that is no number',
          { x, y, weights: tensor([1, Number.NaN, 1, 1, 1, 1]) },
          mse,
          value(/^weights\[1\] must be/),
        ],
        [
          'weights of 0 alone',
          { x, y, weights: tensor([0, 0, 0, 0, 0, 0]) },
          mse,
          value(/^y must hold a row that counts$/),
        ],
      ],
    );
  });

  it('classes and ids out of range', async () => {
    const options = { loss: 'crossEntropy' };
    await expectRefusals(
      () => modelOf('GRU'),
      [
        [
          'a class that does not exist',
          { x, y: ids([0, 1, 2, 0, 0, 0]) },
          options,
          value(/^y\[2\] must be a class in \[0, 2\) or the ignored -100$/, /2/),
        ],
        [
          'a class below 0',
          { x, y: ids([0, -1, 0, 0, 0, 0]) },
          options,
          value(/^y\[1\] must be a class/, /-1/),
        ],
        [
          'the class that another option ignores',
          { x, y: ids([0, -100, 0, 0, 0, 0]) },
          { loss: { kind: 'crossEntropy', ignoreIndex: 7 } },
          value(/^y\[1\] must be a class in \[0, 2\) or the ignored 7$/),
        ],
        [
          'ignored classes alone',
          { x, y: ids([-100, -100, -100, -100, -100, -100]) },
          options,
          value(/^y must hold a row that counts$/),
        ],
        [
          'classes of another batch',
          { x, y: ids([0, 1]) },
          options,
          shape(/^y must be a class per row of the output = \[6\]$/, /\[2\]/),
        ],
        [
          'probabilities of another shape',
          { x, y: random.tensor([6]) },
          options,
          shape(/^y must be of the output = \[6, 2\], or int32 classes \[6\]$/, /\[6\]/),
        ],
        [
          'a loss of values for classes',
          { x, y: classes },
          { loss: 'crossEntropy', metrics: ['mae'] },
          value(/^metrics must be losses of classes where y holds classes$/, /'mae'/),
        ],
        [
          'classes for a loss of none',
          { x, y: classes },
          { loss: 'binaryCrossEntropy' },
          { code: 'dtype', expected: /^y / },
        ],
      ],
    );
    const words = () =>
      new Sequential([
        new Embedding({ vocabularySize: 5, size: 3, seed: 1 }),
        create('RNN', { inputSize: 3, hiddenSize: 2, seed: 1 }),
      ]);
    const far = {
      x: ids([
        [0, 1],
        [2, 5],
      ]),
      y: random.tensor([2, 2]),
    };
    await expectRefusals(words, [
      ['an id out of range', far, { loss: 'mse' }, value(/^x\[1\]\[1\] must be in \[0, 5\)$/, /5/)],
    ]);
  });

  it('options that do not exist or are out of range', async () => {
    const of = (what: string, options: object, expected: RegExp, got?: RegExp, code = 'value'): Refusal => [
      what,
      { x, y },
      { loss: 'mse', ...options },
      { code, expected, ...(got ? { got } : {}) },
    ];
    const sgd = (more: object) => ({ optimizer: { kind: 'sgd', ...more } });
    const adam = (more: object) => ({ optimizer: { kind: 'adam', ...more } });
    const rmsprop = (more: object) => ({ optimizer: { kind: 'rmsprop', ...more } });
    await expectRefusals(
      () => modelOf('RNN'),
      [
        [
          'no options',
          { x, y },
          undefined,
          value(
            /^loss must be one of 'mse', 'mae', 'huber', 'crossEntropy', 'binaryCrossEntropy'$/,
            /undefined/,
          ),
        ],
        of('a loss that does not exist', { loss: 'mean' }, /^loss must be one of 'mse'/, /"mean"/),
        of('a loss that is a number', { loss: 2 }, /^loss must be one of/),
        of('a loss of a kind that does not exist', { loss: { kind: 'hinge' } }, /^loss\.kind must be one of/),
        of(
          'a delta of 0',
          { loss: { kind: 'huber', delta: 0 } },
          /^loss\.delta must be a finite number above 0$/,
        ),
        of('a delta for a loss that has none', { loss: { kind: 'mse', delta: 1 } }, /^loss may be kind$/),
        of(
          'an optimiser that does not exist',
          { optimizer: 'lbfgs' },
          /^optimizer must be one of 'sgd', 'rmsprop', 'adam', 'adamw'$/,
        ),
        of('an unknown option', { learningRate: 1 }, /^options may be .*optimizer/, /'learningRate'/),
        of(
          'an lr of NaN',
          adam({ lr: Number.NaN }),
          /^optimizer\.lr must be a finite number from 0 in float32$/,
          /NaN/,
        ),
        of('an lr of Infinity', sgd({ lr: Number.POSITIVE_INFINITY }), /^optimizer\.lr must be/),
        of('an lr below 0', sgd({ lr: -0.1 }), /^optimizer\.lr must be/),
        of('an lr that is text', sgd({ lr: '0.1' }), /^optimizer\.lr must be/),
        of('an lr beyond float32', sgd({ lr: 1e39 }), /lr must be/),
        of('a momentum below 0', sgd({ momentum: -0.1 }), /momentum must be/),
        of('nesterov without momentum', sgd({ nesterov: true }), /nesterov|momentum/),
        of(
          'nesterov with dampening',
          sgd({ nesterov: true, momentum: 0.9, dampening: 0.1 }),
          /nesterov|dampening/,
        ),
        of('a weight decay below 0', adam({ weightDecay: -1 }), /weightDecay must be/),
        of('betas of 1', adam({ betas: [0.9, 1] }), /betas?/),
        of('one beta', adam({ betas: [0.9] }), /^optimizer\.betas must be two numbers/),
        of('an eps below 0', adam({ eps: -1 }), /eps must be/),
        of('an alpha below 0', rmsprop({ alpha: -1 }), /alpha must be/),
        of('momentum for adam', adam({ momentum: 0.9 }), /^optimizer may be/),
        of('no epochs', { epochs: 0 }, /^epochs must be an integer from 1/, /0/),
        of('half an epoch', { epochs: 1.5 }, /^epochs must be an integer from 1/),
        of('a batch of 0', { batchSize: 0 }, /^batchSize must be an integer from 1/),
        of(
          'a batch larger than the data',
          { batchSize: 7 },
          /^batchSize must be at most the sequences in x = 6$/,
          /7/,
        ),
        of(
          'a batch larger than what validation leaves',
          { batchSize: 5, validation: 0.5 },
          /^batchSize must be at most the sequences in x = 3$/,
        ),
        of(
          'a validation of 0',
          { validation: 0 },
          /^validation must be a number above 0 and below 1, or \{ x, y \}$/,
        ),
        of('a validation of 1', { validation: 1 }, /^validation must be a number above 0/),
        of('a validation of all', { validation: 0.9 }, /^validation must leave one of x's sequences = 6/),
        of('validation data without y', { validation: { x } }, /^validation\.y must be/, undefined, 'dtype'),
        of(
          'validation data of another width',
          { validation: { x: random.tensor([2, 4, 2]), y } },
          /^validation\.x must be/,
          /\[2, 4, 2\]/,
          'shape',
        ),
        of('a clipNorm of 0', { clipNorm: 0 }, /^clipNorm must be a finite number above 0$/),
        of('a clipValue of NaN', { clipValue: Number.NaN }, /^clipValue must be a finite number above 0$/),
        of('a truncate of 0', { truncate: 0 }, /^truncate must be an integer from 1/),
        of(
          'shuffle with stateful',
          { stateful: true, shuffle: true },
          /^shuffle must be false with stateful$/,
        ),
        of(
          'stateful with a batch that does not divide',
          { stateful: true, batchSize: 4 },
          /^batchSize must divide the sequences in x = 6 with stateful$/,
        ),
        of('a shuffle that is a number', { shuffle: 1 }, /^shuffle must be a boolean$/),
        of('a seed below 0', { seed: -1 }, /^seed must be an integer from 0/),
        of(
          'accuracy of a loss that has none',
          { metrics: ['accuracy'] },
          /^metrics must not hold 'accuracy'/,
        ),
        of(
          'a metric that does not exist',
          { metrics: ['f1'] },
          /^metrics\[0\] must be one of 'accuracy', 'mse'/,
        ),
        of(
          'a loss twice',
          { metrics: ['mae', { kind: 'mae' }] },
          /^metrics must hold a loss once$/,
          /'mae' twice/,
        ),
        of('metrics that are text', { metrics: 'accuracy' }, /^metrics must be an array of names$/),
        of('a callback that is none', { onEpoch: 'log' }, /^onEpoch must be a function$/),
        of('a signal that is none', { signal: 'stop' }, /^signal must be an AbortSignal$/),
        of('a progress that is none', { progress: 'always' }, /^progress must be/),
        of('a schedule that does not exist', { schedule: 'linear' }, /^schedule must be one of/),
        of(
          'a step schedule by name',
          { schedule: { kind: 'step' } },
          /^schedule\.every must be an integer from 1/,
        ),
        of(
          'a warm-up into nothing',
          { schedule: { kind: 'warmup', steps: 2, next: 'no' } },
          /^schedule\.next must be one of/,
        ),
        of(
          'a factor above 1',
          { schedule: { kind: 'plateau', factor: 2 } },
          /^schedule\.factor must be a finite number from 0 to 1$/,
        ),
        of(
          'a patience below 0',
          { earlyStopping: { patience: -1 } },
          /^earlyStopping\.patience must be an integer from 0/,
        ),
        of('an early stopping that is a number', { earlyStopping: 3 }, /^earlyStopping must be an object$/),
      ],
    );
  });

  it('to cut time where it cannot', async () => {
    const both = () => modelOf('LSTM', { bidirectional: true });
    const cut = {
      code: 'unsupported',
      expected: /^(truncate|stateful) must have recurrent layers that read forward$/,
    };
    const flat = () => new Sequential([new Linear({ inputSize: 3, outputSize: 2, seed: 1 })]);
    const points = { x: random.tensor([6, 3]), y };
    for (const options of [{ truncate: 2 }, { stateful: true, batchSize: 3 }]) {
      await expectRefusals(both, [['two directions', { x, y }, { loss: 'mse', ...options }, cut]]);
      using model = flat();
      await expectRejection(() => model.fit(points, { loss: 'mse', ...options }), { ...cut, where: WHERE });
    }
    using model = flat();
    await expectRejection(() => model.fit({ ...points, lengths: [1, 1, 1, 1, 1, 1] }, { loss: 'mse' }), {
      code: 'value',
      where: WHERE,
      expected: /^lengths must be left out for a model without a layer that goes along time$/,
    });
  });

  it('a model that was disposed', async () => {
    const model = modelOf('LSTM');
    model.dispose();
    await expectRejection(() => model.fit({ x, y }, { loss: 'mse' }), { code: 'disposed', where: WHERE });
    expectError(() => model.evaluate({ x, y }, { loss: 'mse' }), {
      code: 'disposed',
      where: 'sequential.evaluate',
    });
    expectError(() => model.trainer(), { code: 'disposed', where: 'sequential.trainer' });
  });
});

describe('resume', () => {
  it('refuses an optimiser with other moments', async () => {
    using model = modelOf('LSTM');
    await model.fit({ x, y }, { loss: 'mse', epochs: 1 });
    const before = model.stateDict();
    const optimizer = { kind: 'rmsprop', momentum: 0.9 } as const;
    await expectRejection(() => model.fit({ x, y }, { resume: true, epochs: 2, optimizer }), {
      code: 'value',
      where: WHERE,
      expected: /^optimizer must be of the kind of the last fit = adam/,
    });
    expectSameWeights(model, before);
  });

  it('refuses another cut in the middle of an epoch', async () => {
    using model = modelOf('LSTM');
    const stop = new AbortController();
    const options = { loss: 'mse', epochs: 2, batchSize: 2 } as const;
    await model.fit({ x, y }, { ...options, signal: stop.signal, onBatch: () => stop.abort() });
    await expectRejection(() => model.fit({ x, y }, { resume: true, batchSize: 3 }), {
      code: 'value',
      where: WHERE,
      expected: /^batchSize must be that of the last fit = 2, which ended in the middle of an epoch$/,
    });
    expect((await model.fit({ x, y }, { resume: true })).epochs).toBe(2);
  });
});

it('models that share a layer learn one after the other', async () => {
  using one = modelOf('GRU');
  using two = new Sequential([...(one as unknown as { layers: [] }).layers]);
  const options = { loss: 'mse', epochs: 3 } as const;
  const first = one.fit({ x, y }, options);
  await expectRejection(() => two.fit({ x, y }, options), { code: 'busy', where: WHERE });
  await first;
  expect((await two.fit({ x, y }, options)).epochs).toBe(3);
});
