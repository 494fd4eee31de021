/** `fit`, `evaluate` and what training is made of: the same as loops of steps by hand. */

import { describe, expect, it } from 'vitest';
import { type AnyTensor, Embedding, Linear, Sequential, tensor } from './api.js';
import { create, expectVector, KINDS, Random } from './helpers.js';
import { bitsOf, expectSameWeights, fitted, modelOf } from './training.js';

const random = new Random('fit');
const SGD = { kind: 'sgd', lr: 0.05 };

/** Sequences of a tensor, or steps of them. */
function rows(values: AnyTensor, from: number, to: number, axis = 0): AnyTensor {
  const [batch = 0, time = 1, ...rest] = values.shape;
  const size = rest.reduce((product, one) => product * one, 1);
  const kept = Array.from(values.data).filter((_, index) => {
    const place = axis === 0 ? Math.floor(index / size / time) : Math.floor(index / size) % time;
    return place >= from && place < to;
  });
  const shape = axis === 0 ? [to - from, ...values.shape.slice(1)] : [batch, to - from, ...rest];
  return values.dtype === 'int32'
    ? tensor(Int32Array.from(kept), shape)
    : tensor(Float32Array.from(kept), shape);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('fit learns', () => {
  it.each(KINDS)('a sum over time, with %s', async (kind) => {
    const x = random.tensor([48, 6, 1]);
    const sums = Array.from({ length: 48 }, (_, b) => [
      Array.from(rows(x, b, b + 1).data).reduce((sum, value) => sum + value, 0),
    ]);
    const y = tensor(sums);
    using model = new Sequential([
      create(kind, { inputSize: 1, hiddenSize: 8, seed: 3 }),
      new Linear({ inputSize: 8, outputSize: 1, seed: 4 }),
    ]);
    const before = model.evaluate({ x, y }, { loss: 'mse' }).loss;
    const { loss, epochs } = await model.fit(
      { x, y },
      { loss: 'mse', optimizer: { kind: 'adam', lr: 0.02 }, epochs: 40, batchSize: 16 },
    );
    expect(epochs).toBe(40);
    expect(loss).toHaveLength(40);
    expect(model.evaluate({ x, y }).loss).toBeLessThan(before / 10);
    expect(loss[39]).toBeLessThan((loss[0] as number) / 10);
  });

  it('classes of each step: whether the id before was the same', async () => {
    const x = random.ids([64, 8], 3);
    const y = tensor(
      Int32Array.from(x.data, (id, index) => (index % 8 > 0 && x.data[index - 1] === id ? 1 : 0)),
      [64, 8],
    );
    using model = new Sequential([
      new Embedding({ vocabularySize: 3, size: 4, seed: 1 }),
      create('GRU', { inputSize: 4, hiddenSize: 12, seed: 2, returnSequences: true }),
      new Linear({ inputSize: 12, outputSize: 2, seed: 3 }),
    ]);
    const { accuracy = [] } = await model.fit(
      { x, y },
      { loss: 'crossEntropy', optimizer: { kind: 'adam', lr: 0.03 }, epochs: 30, batchSize: 16, clipNorm: 1 },
    );
    expect(accuracy[29]).toBeGreaterThan(0.95);
    expect(model.evaluate({ x, y }).accuracy).toBeGreaterThan(0.95);
  });

  it('classes of whole sequences of any length, given as ids or one-hot', async () => {
    const lengths = Array.from({ length: 40 }, () => 1 + random.integer(6));
    const x = random.tensor([40, 6, 3]);
    const ids = lengths.map((length, b) => ((x.data[(b * 6 + length - 1) * 3] ?? 0) > 0 ? 1 : 0));
    const classes = tensor(Int32Array.from(ids), [40]);
    const oneHot = tensor(Float32Array.from(ids.flatMap((id) => [1 - id, id])), [40, 2]);
    const results = [];
    for (const y of [classes, oneHot]) {
      using model = modelOf('LSTM');
      const options = {
        loss: 'crossEntropy',
        optimizer: { kind: 'rmsprop', lr: 0.01 },
        epochs: 30,
        batchSize: 8,
      };
      const { loss } = await model.fit({ x, y, lengths }, options);
      expect(model.evaluate({ x, y, lengths }).accuracy).toBeGreaterThan(0.9);
      results.push(loss);
    }
    expectVector('losses', results[0] ?? [], results[1] ?? [], 1e-3);
  });
});

describe('fit is a loop of steps', () => {
  const x = random.tensor([7, 6, 3]);
  const last = random.tensor([7, 2]);
  const every = random.tensor([7, 6, 2]);
  const options = { loss: 'mse', optimizer: { kind: 'adam', lr: 0.01 }, clipNorm: 0.5, seed: 3 };

  it('over batches, the last of which is smaller', async () => {
    const [one, two] = [modelOf('LSTM'), modelOf('LSTM')];
    const told: { loss: number; norm: number; lr: number; batch: number }[] = [];
    const { loss } = await one.fit(
      { x, y: last },
      {
        ...options,
        epochs: 2,
        batchSize: 3,
        shuffle: false,
        onBatch: (info: (typeof told)[0]) => told.push(info),
      },
    );
    using trainer = two.trainer(options);
    const steps = [0, 3, 6, 0, 3, 6].map((from) => {
      const to = Math.min(from + 3, 7);
      return { ...trainer.step(rows(x, from, to), rows(last, from, to)), count: to - from };
    });
    expect(told.map(({ loss, norm, batch }) => ({ loss, norm, batch }))).toEqual(
      steps.map(({ loss, norm }, index) => ({ loss, norm, batch: (index % 3) + 1 })),
    );
    const means = [steps.slice(0, 3), steps.slice(3)].map(
      (own) => own.reduce((sum, step) => sum + step.loss * step.count, 0) / 7,
    );
    expectVector('losses', loss, means);
    expectSameWeights(one, two.stateDict());
  });

  it('with lengths, weights and every step', async () => {
    const lengths = [6, 2, 0, 5, 3, 6, 1];
    for (const weights of [random.tensor([7, 6]), random.tensor([7])]) {
      const own = tensor(weights.data.map(Math.abs) as Float32Array, weights.shape);
      const [one, two] = [
        modelOf('GRU', { returnSequences: true }),
        modelOf('GRU', { returnSequences: true }),
      ];
      await one.fit({ x, y: every, lengths, weights: own }, { ...options, batchSize: 4, shuffle: false });
      using trainer = two.trainer(options);
      for (const [from, to] of [
        [0, 4],
        [4, 7],
      ] as const) {
        const call = { lengths: lengths.slice(from, to), weights: rows(own, from, to) };
        trainer.step(rows(x, from, to), rows(every, from, to), call);
      }
      expectSameWeights(one, two.stateDict());
    }
  });

  it('over windows of time with truncate, each with its update', async () => {
    const [one, two] = [
      modelOf('LSTM', { returnSequences: true }),
      modelOf('LSTM', { returnSequences: true }),
    ];
    const { loss } = await one.fit(
      { x, y: every },
      { ...options, epochs: 2, batchSize: 7, shuffle: false, truncate: 4 },
    );
    using trainer = two.trainer(options);
    const losses = [0, 1].map(() => {
      const [first, second] = (
        [
          [0, 4],
          [4, 6],
        ] as const
      ).map(
        ([from, to]) =>
          trainer.step(rows(x, from, to, 1), rows(every, from, to, 1), { carry: from > 0 }).loss,
      );
      return ((first ?? 0) * 4 + (second ?? 0) * 2) / 6;
    });
    expectVector('losses', loss, losses);
    expectSameWeights(one, two.stateDict());
    using whole = modelOf('LSTM', { returnSequences: true });
    await whole.fit({ x, y: every }, { ...options, epochs: 2, batchSize: 7, shuffle: false });
    expect(bitsOf(whole.stateDict())).not.toEqual(bitsOf(one.stateDict()));
  });

  it('with truncate learns a last step in the window in which each sequence ends', async () => {
    const lengths = [6, 2, 4, 5, 3, 6, 1];
    const [one, two] = [modelOf('GRU'), modelOf('GRU')];
    const data = { x, y: last, lengths };
    const { loss } = await one.fit(data, { ...options, batchSize: 7, shuffle: false, truncate: 2 });
    using trainer = two.trainer(options);
    const losses = [0, 2, 4].map((from) => {
      const inside = lengths.map((length) => Math.min(Math.max(length - from, 0), 2));
      const ending = lengths.map((length) => (length > from && length <= from + 2 ? 1 : 0));
      const call = { lengths: inside, weights: tensor(ending), carry: from > 0 };
      return (
        trainer.step(rows(x, from, from + 2, 1), last, call).loss *
        ending.reduce((sum: number, one) => sum + one, 0)
      );
    });
    expectVector('loss', loss, [losses.reduce((sum, value) => sum + value) / 7]);
    expectSameWeights(one, two.stateDict());
  });

  it('with stateful goes on where the batch before ended, and begins each epoch anew', async () => {
    const [one, two] = [modelOf('LSTM'), modelOf('LSTM')];
    const [input, target] = [rows(x, 0, 6), rows(last, 0, 6)];
    await one.fit({ x: input, y: target }, { ...options, epochs: 2, batchSize: 2, stateful: true });
    using trainer = two.trainer(options);
    for (const from of [0, 2, 4, 0, 2, 4]) {
      trainer.step(rows(input, from, from + 2), rows(target, from, from + 2), { carry: from > 0 });
    }
    expectSameWeights(one, two.stateDict());
  });

  it('whose evaluation is that of whole sequences, however they are cut', async () => {
    using model = modelOf('GRU', { returnSequences: true });
    const lengths = [6, 2, 0, 5, 3, 6, 1];
    const data = { x, y: every, lengths };
    const whole = model.evaluate(data, { loss: 'mae' }).loss;
    const output = model.predict(x, { lengths });
    const errors = Array.from(output.data, (value, index) => Math.abs(value - (every.data[index] ?? 0)));
    const kept = errors.filter(
      (_, index) => Math.floor(index / 2) % 6 < (lengths[Math.floor(index / 12)] ?? 0),
    );
    expectVector('by hand', [whole], [mean(kept)]);
    for (const cut of [{ batchSize: 2 }, { truncate: 2 }, { truncate: 4, batchSize: 3 }, { batchSize: 7 }]) {
      expectVector(JSON.stringify(cut), [model.evaluate(data, { loss: 'mae', ...cut }).loss], [whole]);
    }
  });
});

describe('shuffling and seeds', () => {
  const x = random.tensor([20, 3, 3]);
  const y = random.tensor([20, 2]);
  const run = async (options: object) => {
    using model = modelOf('LSTM', { layers: 2, dropout: 0.3 } as object);
    return await fitted(
      model,
      { x, y },
      { loss: 'mse', optimizer: SGD, epochs: 3, batchSize: 4, ...options },
    );
  };

  it('the same seed gives the same bits, another one others', async () => {
    const first = await run({ seed: 5 });
    expect(await run({ seed: 5 })).toEqual(first);
    expect((await run({ seed: 6 })).weights).not.toEqual(first.weights);
    expect((await run({ seed: 5, shuffle: false })).weights).not.toEqual(first.weights);
  });

  it('each epoch has an order of its own, which holds every sequence once', async () => {
    using model = new Sequential([new Linear({ inputSize: 1, outputSize: 1, bias: false, seed: 1 })]);
    model.loadStateDict({ '0.weight': tensor([[1]]) });
    const ids = tensor(
      Float32Array.from({ length: 8 }, (_, index) => index),
      [8, 1],
    );
    const seen: number[] = [];
    const still = { loss: 'mae', optimizer: { kind: 'sgd', lr: 0 }, batchSize: 1, epochs: 3 };
    const data = { x: ids, y: tensor(new Float32Array(8), [8, 1]) };
    await model.fit(data, { ...still, onBatch: ({ loss }: { loss: number }) => seen.push(loss) });
    const orders = [seen.slice(0, 8), seen.slice(8, 16), seen.slice(16)];
    for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(orders[0]).not.toEqual(orders[1]);
    expect(orders[1]).not.toEqual(orders[2]);
  });
});

describe('validation', () => {
  const x = random.tensor([10, 3, 3]);
  const y = random.tensor([10, 2]);
  const options = { loss: 'mse', optimizer: SGD, epochs: 2, batchSize: 4 };

  it('holds back the end of the data, or takes other data', async () => {
    const [one, two, three] = [modelOf('RNN'), modelOf('RNN'), modelOf('RNN')];
    const [head, tail] = [
      { x: rows(x, 0, 7), y: rows(y, 0, 7) },
      { x: rows(x, 7, 10), y: rows(y, 7, 10) },
    ];
    const split = await one.fit({ x, y }, { ...options, validation: 0.3 });
    const given = await two.fit(head, { ...options, validation: tail });
    const without = await three.fit(head, options);
    expect(split).toEqual(given);
    expect(split.loss).toEqual(without.loss);
    expect('valLoss' in without).toBe(false);
    for (const model of [two, three]) expectSameWeights(model, one.stateDict());
    expect(split.valLoss).toHaveLength(2);
    expectVector('valLoss', [split.valLoss?.[1] ?? Number.NaN], [one.evaluate(tail).loss], 0);
  });

  it('has an accuracy where the loss has one, and metrics say whether to tell', async () => {
    const classes = random.ids([10], 2);
    const cases: [object, boolean][] = [
      [{}, true],
      [{ metrics: ['accuracy'] }, true],
      [{ metrics: [] }, false],
    ];
    for (const [more, told] of cases) {
      using model = modelOf('GRU');
      const own = { ...options, loss: 'crossEntropy', validation: 0.2, ...more };
      const history = await model.fit({ x, y: classes }, own);
      expect(['accuracy' in history, 'valAccuracy' in history]).toEqual([told, told]);
      if (told) expect(history.valAccuracy?.every((share) => [0, 0.5, 1].includes(share))).toBe(true);
    }
  });

  it('and metrics may be other losses, measured with the weights of the epoch', async () => {
    using model = modelOf('LSTM');
    const tail = { x: rows(x, 7, 10), y: rows(y, 7, 10) };
    const head = { x: rows(x, 0, 7), y: rows(y, 0, 7) };
    const metrics = ['mae', { kind: 'huber', delta: 0.5 }];
    const seen: unknown[] = [];
    const onEpoch = ({ metrics: own, valMetrics }: { metrics: object; valMetrics: object }) => {
      const of = (data: object) => model.evaluate(data, { loss: 'mse', metrics }).metrics;
      expect([own, valMetrics]).toEqual([of(head), of(tail)]);
      seen.push(own);
    };
    const history = await model.fit(head, { ...options, validation: tail, metrics, onEpoch });
    expect(history.metrics?.mae).toHaveLength(2);
    expect(Object.keys(history.valMetrics ?? {})).toEqual(['mae', 'huber']);
    expect(history.valMetrics?.mae?.[1]).toBe(model.evaluate(tail, { loss: 'mae' }).loss);
    using plain = modelOf('LSTM');
    const { loss, valLoss } = await plain.fit(head, { ...options, validation: tail });
    expect([loss, valLoss]).toEqual([history.loss, history.valLoss]);
    expectSameWeights(plain, model.stateDict());
    using again = Sequential.load(model.save());
    const more = await again.fit(head, { resume: true, epochs: 3, validation: tail });
    expect(more.metrics?.huber).toHaveLength(3);
    expect(more.valMetrics?.mae?.slice(0, 2)).toEqual(history.valMetrics?.mae);
  });

  it('may be given in another form than the data, and as a share that is hard to round', async () => {
    using model = modelOf('GRU');
    const classes = random.ids([10], 2);
    const oneHot = tensor(Float32Array.from([...classes.data].flatMap((id) => [1 - id, id])), [10, 2]);
    const own = { ...options, loss: 'crossEntropy', batchSize: 5 };
    for (const [given, other] of [
      [classes, oneHot],
      [oneHot, classes],
    ]) {
      const { valLoss = [] } = await model.fit({ x, y: given }, { ...own, validation: { x, y: other } });
      expectVector('valLoss', [valLoss[1] ?? Number.NaN], [model.evaluate({ x, y: classes }).loss]);
    }
    const sizes: [number, number, number][] = [
      [10, 0.9, 1],
      [10, 0.7, 3],
      [100, 0.07, 93],
      [3, 0.1, 2],
    ];
    for (const [count, validation, left] of sizes) {
      const data = { x: random.tensor([count, 2, 3]), y: random.tensor([count, 2]) };
      let batches = 0;
      const onBatch = (info: { batches: number }) => {
        batches = info.batches;
      };
      await model.fit(data, { loss: 'mse', batchSize: 1, validation, onBatch });
      expect(batches, `${validation} of ${count}`).toBe(left);
    }
  });
});
