/** How a fit runs: when it ends, what it tells, and what others may do meanwhile. */

import { describe, expect, it } from 'vitest';
import { tensor } from './api.js';
import { expectRejection, expectVector, label, Random } from './helpers.js';
import { growth, MEGABYTE, residentBytes } from './memory.js';
import { bitsOf, expectSameWeights, modelOf } from './training.js';

const random = new Random('course');
const x = random.tensor([12, 4, 3]);
const y = random.tensor([12, 2]);
const SGD = { kind: 'sgd', lr: 0.1 };
const OPTIONS = { loss: 'mse', optimizer: SGD, batchSize: 4 };

interface Info {
  epoch: number;
  batch: number;
  lr: number;
  loss: number;
  valLoss?: number;
}

describe('early stopping', () => {
  /** Learns random targets, so that validation becomes worse sooner or later. */
  const overfit = async (more: object) => {
    const model = modelOf('LSTM');
    const weights: unknown[] = [];
    const history = await model.fit(
      { x, y },
      {
        ...OPTIONS,
        optimizer: { kind: 'adam', lr: 0.1 },
        epochs: 60,
        validation: 0.25,
        onEpoch: () => weights.push(bitsOf(model.stateDict())),
        ...more,
      },
    );
    const { valLoss = [] } = history;
    return { model, weights, history, best: valLoss.indexOf(Math.min(...valLoss)) };
  };

  it('ends after patience epochs without a better one and restores the best weights', async () => {
    const { model, weights, history, best } = await overfit({ earlyStopping: { patience: 3 } });
    expect(history.stopped).toBe('early');
    expect(history.epochs).toBe(best + 4);
    expect(history.valLoss).toHaveLength(best + 4);
    expect(bitsOf(model.stateDict())).toEqual(weights[best]);
    const tail = { x: tensor(x.data.slice(108), [3, 4, 3]), y: tensor(y.data.slice(18), [3, 2]) };
    expectVector('loss', [model.evaluate(tail).loss], [history.valLoss?.[best] ?? Number.NaN]);
  });

  it('restores them also when the epochs end first, and only if it is to', async () => {
    const whole = await overfit({ earlyStopping: { patience: 3 } });
    const epochs = whole.best + 3;
    const short = await overfit({ earlyStopping: { patience: 3 }, epochs });
    expect([short.history.stopped, short.history.epochs]).toEqual([undefined, epochs]);
    expectSameWeights(short.model, whole.model.stateDict());
    const kept = await overfit({ earlyStopping: { patience: 3, restoreBest: false } });
    expect(kept.history).toEqual(whole.history);
    expect(bitsOf(kept.model.stateDict())).toEqual(kept.weights.at(-1));
  });

  it('watches the loss of training without validation', async () => {
    using model = modelOf('GRU');
    const still = { ...OPTIONS, optimizer: { kind: 'sgd', lr: 0 }, shuffle: false, epochs: 30 };
    const { epochs, stopped } = await model.fit({ x, y }, { ...still, earlyStopping: true });
    expect([epochs, stopped]).toEqual([6, 'early']);
  });
});

describe('the learning rate', () => {
  const ratesOf = async (schedule: unknown, more: object = {}): Promise<number[]> => {
    using model = modelOf('RNN');
    const rates: number[] = [];
    const onBatch = ({ lr }: Info) => rates.push(lr);
    await model.fit({ x, y }, { ...OPTIONS, epochs: 4, schedule, onBatch, ...more });
    return rates;
  };

  it('follows the schedule, update by update', async () => {
    expect(await ratesOf(undefined)).toEqual(new Array(12).fill(0.1));
    const steps = await ratesOf({ kind: 'step', every: 2, gamma: 0.5 });
    expectVector('step', steps, [...new Array(6).fill(0.1), ...new Array(6).fill(0.05)]);
    const cosine = Array.from({ length: 12 }, (_, step) => 0.05 * (1 + Math.cos((Math.PI * step) / 12)));
    expectVector('cosine', await ratesOf('cosine'), cosine);
    const warm = await ratesOf({ kind: 'warmup', steps: 4, start: 0.2, next: { kind: 'step', every: 3 } });
    expectVector('warmup', warm, [0.02, 0.04, 0.06, 0.08, ...new Array(5).fill(0.1), 0.01, 0.01, 0.01]);
    const cycle = await ratesOf('oneCycle');
    expect(Math.max(...cycle)).toBeCloseTo(0.1, 1);
    expectVector('ends of the cycle', [cycle[0] as number, cycle[11] as number], [0.004, 0.004 / 1e4]);
  });

  it('falls on a plateau', async () => {
    const plateau = { kind: 'plateau', patience: 0, factor: 0.5, threshold: 1e6, thresholdMode: 'abs' };
    const rates = await ratesOf(plateau);
    expectVector('plateau', rates, [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025]);
  });

  it('is what the weights move by', async () => {
    const [one, two] = [modelOf('RNN'), modelOf('RNN')];
    const order = { ...OPTIONS, shuffle: false, batchSize: 12 };
    await one.fit({ x, y }, { ...order, epochs: 3, schedule: { kind: 'step', every: 1, gamma: 0.5 } });
    using trainer = two.trainer({ loss: 'mse', optimizer: SGD });
    for (const lr of [0.1, 0.05, 0.025]) {
      trainer.lr = lr;
      trainer.step(x, y);
    }
    expectSameWeights(one, two.stateDict());
  });
});

describe('callbacks', () => {
  it('come in order, are awaited, and see the weights of then', async () => {
    using model = modelOf('LSTM');
    const told: string[] = [];
    const seen: number[] = [];
    const later = () => new Promise((resolve) => setTimeout(resolve, 1));
    const note = (name: string) => async (info: Info) => {
      await later();
      told.push(`${name} ${info.epoch}${info.batch ? `.${info.batch}` : ''}`);
      seen.push(model.evaluate({ x, y }, { loss: 'mse' }).loss);
    };
    const { loss } = await model.fit(
      { x, y },
      { ...OPTIONS, batchSize: 6, epochs: 2, onBatch: note('batch'), onEpoch: note('epoch') },
    );
    expect(told).toEqual(['batch 1.1', 'batch 1.2', 'epoch 1', 'batch 2.1', 'batch 2.2', 'epoch 2']);
    expect(seen[1]).toBe(seen[2]);
    expect(new Set(seen).size).toBe(4);
    expect(loss).toHaveLength(2);
  });

  it('that throw end the fit, with the weights of then in the model', async () => {
    using model = modelOf('LSTM');
    const wrong = new Error('enough');
    let weights: unknown;
    const onBatch = () => {
      weights = bitsOf(model.stateDict());
      throw wrong;
    };
    await expect(model.fit({ x, y }, { ...OPTIONS, onBatch })).rejects.toBe(wrong);
    expect(bitsOf(model.stateDict())).toEqual(weights);
    expect((await model.fit({ x, y }, OPTIONS)).epochs).toBe(1);
  });
});

describe('the signal', () => {
  it('ends training after the batch at hand, and leaves a model that works', async () => {
    const [one, two] = [modelOf('GRU'), modelOf('GRU')];
    const control = new AbortController();
    const onBatch = ({ epoch, batch }: Info) => {
      if (epoch === 2 && batch === 2) control.abort();
    };
    const order = { ...OPTIONS, shuffle: false, epochs: 9 };
    const history = await one.fit({ x, y }, { ...order, signal: control.signal, onBatch });
    expect([history.stopped, history.epochs, history.loss.length]).toEqual(['aborted', 1, 1]);
    using trainer = two.trainer({ loss: 'mse', optimizer: SGD });
    const part = (from: number) =>
      [
        tensor(x.data.slice(from * 12, (from + 4) * 12), [4, 4, 3]),
        tensor(y.data.slice(from * 2, (from + 4) * 2), [4, 2]),
      ] as const;
    for (const from of [0, 4, 8, 0, 4]) trainer.step(...part(from));
    expectSameWeights(one, two.stateDict());
    expect(one.predict(x).data.every(Number.isFinite)).toBe(true);
  });

  it('that was given before the start changes nothing', async () => {
    using model = modelOf('GRU');
    const before = model.stateDict();
    expect(await model.fit({ x, y }, { ...OPTIONS, signal: AbortSignal.abort() })).toEqual({
      loss: [],
      epochs: 0,
      stopped: 'aborted',
    });
    expectSameWeights(model, before);
  });

  it('ends a long window of truncate, not its whole batch', async () => {
    using model = modelOf('LSTM', { returnSequences: true });
    const long = random.tensor([1, 20_000, 3]);
    const target = tensor(new Float32Array(40_000), [1, 20_000, 2]);
    const start = performance.now();
    const signal = AbortSignal.timeout(30);
    const { stopped } = await model.fit(
      { x: long, y: target },
      { ...OPTIONS, batchSize: 1, truncate: 2, epochs: 100, signal },
    );
    expect(stopped).toBe('aborted');
    expect(performance.now() - start, `ms on ${label()}`).toBeLessThan(5_000);
  });
});

describe('a fit at work', () => {
  it('leaves the event loop to others', async () => {
    using model = modelOf('LSTM');
    const [batch, time] = [16, 40];
    const data = { x: random.tensor([batch, time, 3]), y: random.tensor([batch, 2]) };
    let [last, longest, turns] = [performance.now(), 0, 0];
    const timer = setInterval(() => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      turns++;
    }, 1);
    const start = performance.now();
    const signal = AbortSignal.timeout(300);
    await model.fit(data, { ...OPTIONS, batchSize: 16, epochs: 100_000, signal });
    clearInterval(timer);
    expect(performance.now() - start, `ms on ${label()}`).toBeLessThan(3_000);
    // Of 300 ms, a turn about every 10; the machine may be busy with other things.
    expect(turns, `turns on ${label()}, longest ${longest} ms`).toBeGreaterThan(5);
  });

  it('lets the model predict meanwhile, with the weights of the last epoch', async () => {
    using model = modelOf('GRU');
    let expected = model.predict(x).data;
    const onEpoch = () => {
      expected = model.predict(x).data;
    };
    let isRunning = true;
    const running = model.fit({ x, y }, { ...OPTIONS, epochs: 30, onEpoch }).finally(() => {
      isRunning = false;
    });
    while (isRunning) {
      expect(model.predict(x).data).toEqual(expected);
      await new Promise((resolve) => setTimeout(resolve));
    }
    expect((await running).epochs).toBe(30);
  });

  it('refuses a second one on the same model, and trains two models at once', async () => {
    const [one, two, alone] = [modelOf('GRU'), modelOf('GRU'), modelOf('GRU')];
    const options = { ...OPTIONS, epochs: 5 };
    const running = Promise.all([one.fit({ x, y }, options), two.fit({ x, y }, options)]);
    await expectRejection(() => one.fit({ x, y }, options), { code: 'busy', where: 'sequential.fit' });
    await running;
    await alone.fit({ x, y }, options);
    for (const model of [one, two]) expectSameWeights(model, alone.stateDict());
    expect((await one.fit({ x, y }, options)).epochs).toBe(5);
  });

  it('ends with disposed when the model is disposed', async () => {
    for (const when of ['at once', 'in a batch', 'in an epoch'] as const) {
      const model = modelOf('LSTM');
      const dispose = () => model.dispose();
      const options = {
        ...OPTIONS,
        epochs: 50,
        ...(when === 'in a batch' ? { onBatch: dispose } : {}),
        ...(when === 'in an epoch' ? { onEpoch: dispose } : {}),
      };
      const running = model.fit({ x, y }, options);
      if (when === 'at once') model.dispose();
      await expectRejection(() => running, { code: 'disposed', where: 'sequential.fit' });
    }
  });
});

describe('memory', () => {
  it('stays flat over many trainers and fits, also those that fail', { timeout: 60_000 }, async () => {
    using model = modelOf('LSTM', { hiddenSize: 64 });
    const wide = { x, y: random.tensor([12, 2]) };
    const spoilt = { x, y: tensor(new Float32Array(24).fill(Number.NaN), [12, 2]) };
    const byHand = () => {
      using trainer = model.trainer({ loss: 'mse', optimizer: 'adam' });
      trainer.step(x, wide.y);
      trainer.forward(x);
      trainer.backward(wide.y);
      trainer.gradients();
    };
    expect(await growth(200, 300, byHand), `MB of trainers on ${label()}`).toBeLessThan(24);
    const fits = async (count: number) => {
      for (let index = 0; index < count; index++) {
        await model.fit(wide, { ...OPTIONS, optimizer: 'adam', metrics: ['mae'] });
        await expectRejection(() => model.fit(spoilt, OPTIONS), {
          code: 'diverged',
          where: 'sequential.fit',
        });
      }
    };
    await fits(30);
    const before = await residentBytes();
    await fits(100);
    expect((await residentBytes()) - before, `bytes of fits on ${label()}`).toBeLessThan(24 * MEGABYTE);
  });
});
