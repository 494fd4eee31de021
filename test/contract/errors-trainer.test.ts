/** What ends training on the way, and what trainers refuse: the model stays as it was before that call. */

import { describe, expect, it } from 'vitest';
import { type AnySequential, tensor } from './api.js';
import { type ExpectedError, expectError, expectRejection, Random } from './helpers.js';
import { expectSameWeights, modelOf } from './training.js';

const random = new Random('errors of training');
const WHERE = 'sequential.fit';
const x = random.tensor([6, 4, 3]);
const y = random.tensor([6, 2]);

describe('losses and gradients that are not finite', () => {
  it('end a fit, with the place, a likely cause, and the weights of before that batch', async () => {
    using one = modelOf('LSTM');
    using two = modelOf('LSTM');
    const spoilt = tensor(x.data.slice(), x.shape);
    spoilt.data[50] = Number.NaN;
    const options = { loss: 'mse', optimizer: { kind: 'sgd', lr: 0.1 }, batchSize: 2, shuffle: false };
    await expectRejection(() => one.fit({ x: spoilt, y }, { ...options, epochs: 3 }), {
      code: 'diverged',
      where: WHERE,
      expected:
        /^the loss must be finite; x is not finite; in epoch 1, batch 3, likely cause: x holds values that are not finite$/,
      got: /NaN/,
    });
    const head = { x: tensor(x.data.slice(0, 48), [4, 4, 3]), y: tensor(y.data.slice(0, 8), [4, 2]) };
    await two.fit(head, options);
    expectSameWeights(one, two.stateDict());
    expect((await one.fit({ x, y }, options)).epochs).toBe(1);
  });

  it('name targets, weights or the learning rate as the cause', async () => {
    const endless = tensor(y.data.slice(), y.shape);
    endless.data[3] = Number.POSITIVE_INFINITY;
    const train = (model: AnySequential, data: object, lr = 0.1) =>
      model.fit({ x, y, ...data }, { loss: 'mse', optimizer: { kind: 'sgd', lr }, epochs: 20 });
    using targets = modelOf('GRU');
    await expectRejection(() => train(targets, { y: endless }), {
      code: 'diverged',
      where: WHERE,
      expected: /likely cause: y holds/,
    });
    using rate = modelOf('RNN', { nonlinearity: 'identity' } as object);
    await expectRejection(() => train(rate, {}, 1e20), {
      code: 'diverged',
      where: WHERE,
      expected:
        /in epoch \d+, batch 1, likely cause: .*(learning rate of 100000000000000000000|weights that are not finite)/,
    });
    using large = modelOf('LSTM');
    large.loadStateDict(
      Object.fromEntries(
        Object.entries(large.stateDict()).map(([name, { data, shape }]) => [
          name,
          tensor(data.map((value) => value * 1e30) as Float32Array, shape),
        ]),
      ),
    );
    await expectRejection(() => train(large, {}), {
      code: 'diverged',
      where: WHERE,
      expected: /in epoch 1, batch 1, likely cause: values of x, of y or of weights that are too large$/,
    });
    using weights = modelOf('GRU');
    const dict = weights.stateDict();
    (dict['0.weight_hh_l0'] as { data: Float32Array }).data[2] = Number.NaN;
    weights.loadStateDict(dict);
    await expectRejection(() => train(weights, {}), {
      code: 'diverged',
      where: WHERE,
      expected: /the parameters of .*\(gru\).*likely cause: the model holds weights that are not finite/,
    });
    expectSameWeights(weights, dict);
  });

  it('end a step of a trainer, with all weights as they were', () => {
    using model = modelOf('LSTM');
    using trainer = model.trainer({ loss: 'mse' });
    trainer.step(x, y);
    const before = model.stateDict();
    const spoilt = tensor(new Float32Array(12).fill(Number.NaN), [6, 2]);
    expectError(() => trainer.step(x, spoilt), {
      code: 'diverged',
      where: 'sequential.trainer.step',
      expected: /^the loss must be finite/,
    });
    trainer.forward(x);
    trainer.backward(spoilt);
    expectError(() => trainer.update(), {
      code: 'diverged',
      where: 'sequential.trainer.update',
      expected: /^the gradient must be finite; the gradient of .*\(linear\)/,
    });
    expectSameWeights(model, before);
    trainer.step(x, y);
    expect(model.stateDict()).not.toEqual(before);
  });

  it('are refused where an update would spoil the weights', async () => {
    using model = modelOf('LSTM');
    const before = model.stateDict();
    using trainer = model.trainer({ loss: 'mse', optimizer: { kind: 'adam', lr: 3e38 } });
    expectError(() => trainer.step(x, y), {
      code: 'diverged',
      where: 'sequential.trainer.step',
      expected: /^the updated parameters must be finite; the learning rate is too high$/,
    });
    expectSameWeights(model, before);
    trainer.lr = 0.01;
    expect(trainer.step(x, y).norm).toBeGreaterThan(0);
    using other = modelOf('LSTM');
    const weights = other.stateDict();
    const optimizer = { kind: 'adam', lr: 3e38 } as const;
    await expectRejection(() => other.fit({ x, y }, { loss: 'mse', epochs: 1, optimizer }), {
      code: 'diverged',
      where: WHERE,
      expected: /likely cause: a learning rate of 3e\+38/,
    });
    expectSameWeights(other, weights);
  });

  it('do not hide behind a way back that an update has made stale', () => {
    using model = modelOf('GRU');
    using trainer = model.trainer();
    trainer.backward(trainer.forward(x));
    trainer.update();
    expectError(() => trainer.backward(tensor(new Float32Array(12), [6, 2])), {
      code: 'value',
      where: 'sequential.trainer.backward',
      expected: /^forward must have run/,
    });
  });

  it('leave the carried state and the draws of dropout as they were', () => {
    const reports = [false, true].map((fails) => {
      using model = modelOf('LSTM', { layers: 2, dropout: 0.5 });
      using trainer = model.trainer({ loss: 'mse', seed: 1 });
      trainer.step(x, y, { carry: true });
      if (fails) {
        const spoilt = tensor(new Float32Array(12).fill(Number.NaN), [6, 2]);
        expectError(() => trainer.step(x, spoilt, { carry: true }), {
          code: 'diverged',
          where: 'sequential.trainer.step',
        });
      }
      return trainer.step(x, y, { carry: true });
    });
    expect(reports[1]).toEqual(reports[0]);
  });
});

describe('a trainer refuses', () => {
  it('wrong arguments, and goes on as before', () => {
    using model = modelOf('GRU');
    using trainer = model.trainer({ loss: 'mse', optimizer: { kind: 'sgd', lr: 0.1 } });
    using bare = model.trainer();
    const before = model.stateDict();
    const where = (method: string) => `sequential.trainer.${method}`;
    const cases: [() => unknown, ExpectedError][] = [
      [
        () => trainer.step(x, random.tensor([5, 2])),
        { code: 'shape', where: where('step'), expected: /^y must be of the output = \[6, 2\]$/ },
      ],
      [() => trainer.step(undefined, y), { code: 'dtype', where: where('step'), expected: /^x / }],
      [
        () => trainer.step(x, y, { length: [1] }),
        { code: 'value', where: where('step'), expected: /^options may be lengths, weights, carry$/ },
      ],
      [
        () => trainer.step(x, y, { carry: 1 }),
        { code: 'value', where: where('step'), expected: /^carry must be a boolean$/ },
      ],
      [
        () => trainer.evaluate(x, y, { lengths: [9, 1, 1, 1, 1, 1] }),
        { code: 'value', where: where('evaluate'), expected: /^lengths\[0\]/ },
      ],
      [
        () => bare.step(x, y),
        { code: 'value', where: where('step'), expected: /^loss must have been given to trainer\(\)$/ },
      ],
      [
        () => bare.backward(y),
        { code: 'value', where: where('backward'), expected: /^forward must have run before$/ },
      ],
      [
        () => trainer.forward(x, { state: {} }),
        { code: 'value', where: where('forward'), expected: /^options may be lengths, training$/ },
      ],
      [
        () => trainer.forward(x, { training: 'yes' }),
        { code: 'value', where: where('forward'), expected: /^training must be a boolean$/ },
      ],
      [
        () => trainer.update({}),
        { code: 'parameters', where: where('update'), expected: /must hold 0\.weight_ih_l0/ },
      ],
      [
        () => model.trainer({ loss: 'none' }),
        { code: 'value', where: 'sequential.trainer', expected: /^loss must be one of/ },
      ],
      [
        () => model.trainer({ epochs: 1 }),
        { code: 'value', where: 'sequential.trainer', expected: /^options may be/ },
      ],
    ];
    for (const [action, want] of cases) {
      expectError(action, want);
      expectSameWeights(model, before);
    }
    trainer.forward(x);
    expectError(() => trainer.backward(random.tensor([6, 3])), {
      code: 'shape',
      where: where('backward'),
      expected: /^outputGradient must have the shape of the output = \[6, 2\]$/,
    });
    trainer.backward(y);
    trainer.step(x, y);
    expectError(() => trainer.step(random.tensor([5, 4, 3]), random.tensor([5, 2]), { carry: true }), {
      code: 'shape',
      where: where('step'),
      expected: /batch of 6/,
    });
    using both = modelOf('LSTM', { bidirectional: true });
    using own = both.trainer({ loss: 'mse' });
    expectError(() => own.step(x, y, { carry: true }), {
      code: 'unsupported',
      where: where('step'),
      expected: /^carry must have recurrent layers that read forward$/,
    });
  });
});
