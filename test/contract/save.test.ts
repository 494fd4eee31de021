/** Models as bytes, and training that goes on from them. */

import { describe, expect, it } from 'vitest';
import {
  type AnyHistory,
  type AnySequential,
  type AnyTensor,
  Dropout,
  Embedding,
  Linear,
  Sequential,
} from './api.js';
import { create, expectError, expectRejection, expectSame, Random } from './helpers.js';
import { bitsOf, expectSameWeights, modelOf } from './training.js';

const random = new Random('save');
const x = random.tensor([10, 6, 3]);
const y = random.tensor([10, 2]);

describe('a model that was saved', () => {
  const models: [string, () => AnySequential, () => AnyTensor][] = [
    [
      'of ids, with dropout',
      () =>
        new Sequential([
          new Embedding({ vocabularySize: 7, size: 3, padding: 1, seed: 1 }),
          new Dropout(0.3),
          create('GRU', { inputSize: 3, hiddenSize: 5, bidirectional: true, resetAfter: false, seed: 2 }),
          new Linear({ inputSize: 10, outputSize: 2, bias: false, seed: 3 }),
        ]),
      () => random.ids([2, 4], 7),
    ],
    [
      'with every option',
      () =>
        new Sequential([
          create('LSTM', {
            inputSize: 3,
            hiddenSize: 8,
            layers: 2,
            projectionSize: 4,
            peephole: true,
            coupled: true,
            layerNorm: true,
            clip: 3,
            cellClip: 2,
            forgetBias: 2,
            returnSequences: true,
            weights: 'int8',
            seed: 4,
            activations: { gate: { kind: 'hardSigmoid', alpha: 0.2, beta: 0.5 }, cell: 'softsign' },
          }),
          create('RNN', { inputSize: 4, hiddenSize: 3, nonlinearity: 'relu', reverse: true, seed: 5 }),
        ]),
      () => random.tensor([2, 4, 3]),
    ],
    [
      'of a Linear alone',
      () => new Sequential([new Linear({ inputSize: 3, outputSize: 1, seed: 1 })]),
      () => random.tensor([4, 3]),
    ],
  ];

  it.each(models)('%s comes back whole', (_, make, draw) => {
    using model = make();
    const bytes = model.save();
    using again = Sequential.load(bytes);
    expect(again.summary()).toBe(model.summary());
    expectSameWeights(again, model.stateDict());
    expect(Object.keys(again.stateDict())).toEqual(Object.keys(model.stateDict()));
    const input = draw();
    expectSame('output', again.predict(input), model.predict(input));
    expect(again.save()).toEqual(bytes);
    const inside = new Uint8Array(bytes.length + 3);
    inside.set(bytes, 3);
    using shifted = Sequential.load(inside.subarray(3));
    expectSameWeights(shifted, model.stateDict());
  });

  it('is a file of safetensors with the names of the parameters', () => {
    using model = modelOf('LSTM');
    const bytes = model.save();
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    const { __metadata__: metadata, ...entries } = header;
    expect(metadata).toMatchObject({ format: 'cellgate', version: '1' });
    expect(Object.keys(entries)).toEqual(Object.keys(model.stateDict()));
    expect(length % 8).toBe(0);
    for (const [name, { shape, data }] of Object.entries(model.stateDict())) {
      const {
        dtype,
        shape: own,
        data_offsets: [start, end],
      } = entries[name];
      expect([dtype, own]).toEqual(['F32', shape]);
      expect(new Float32Array(bytes.slice(8 + length + start, 8 + length + end).buffer)).toEqual(data);
    }
  });

  it('remembers its training only if it is to', async () => {
    using model = modelOf('GRU');
    await model.fit({ x, y }, { loss: 'mae', epochs: 2, batchSize: 5 });
    const [whole, bare] = [model.save(), model.save({ training: false })];
    expect(bare.length).toBeLessThan(whole.length);
    using other = Sequential.load(bare);
    expectSameWeights(other, model.stateDict());
    await expectRejection(() => other.fit({ x, y }, { resume: true }), {
      code: 'value',
      where: 'sequential.fit',
      expected: /^resume must be false/,
    });
    expectError(() => other.evaluate({ x, y }), {
      code: 'value',
      where: 'sequential.evaluate',
      expected: /^loss must be given/,
    });
    using again = Sequential.load(whole);
    expect(again.evaluate({ x, y })).toEqual(model.evaluate({ x, y }));
    expectError(() => model.save({ training: 1 }), { code: 'value', where: 'sequential.save' });
  });
});

describe('training that was saved goes on bit by bit', () => {
  const make = (every = false): AnySequential =>
    new Sequential([
      create('LSTM', {
        inputSize: 3,
        hiddenSize: 6,
        layers: 2,
        dropout: 0.2,
        seed: 1,
        returnSequences: every,
      } as never),
      new Dropout(0.3),
      new Linear({ inputSize: 6, outputSize: 2, seed: 2 }),
    ]);
  const base = { loss: 'mse', batchSize: 3, epochs: 6, seed: 9 };
  const cases: [string, object, boolean?][] = [
    [
      'adam with amsgrad, one cycle',
      { optimizer: { kind: 'adam', lr: 0.05, amsgrad: true }, schedule: 'oneCycle' },
    ],
    [
      'momentum, warm-up and cosine, clips',
      {
        optimizer: { kind: 'sgd', lr: 0.1, momentum: 0.9, nesterov: true },
        schedule: { kind: 'warmup', steps: 5, next: 'cosine' },
        clipNorm: 0.5,
        clipValue: 0.1,
      },
    ],
    [
      'rmsprop, plateau, validation',
      {
        optimizer: { kind: 'rmsprop', lr: 0.02, centered: true, momentum: 0.5 },
        schedule: { kind: 'plateau', patience: 0 },
        validation: 0.2,
      },
    ],
    [
      'adamw, early stopping',
      { optimizer: { kind: 'adamw', lr: 0.3 }, validation: 0.2, earlyStopping: { patience: 2 } },
    ],
    ['truncate over every step', { optimizer: 'adam', truncate: 2 }, true],
    ['stateful', { optimizer: 'adam', stateful: true, batchSize: 5 }],
  ];

  it.each(cases)('%s', async (_, options, every = false) => {
    const data = { x, y: every ? random.tensor([10, 6, 2]) : y };
    using whole = make(every);
    const wanted = await whole.fit(data, { ...base, ...options });
    for (const end of [1, 3]) {
      using first = make(every);
      const control = new AbortController();
      const onEpoch = ({ epoch }: { epoch: number }) => epoch === end && control.abort();
      const half = await first.fit(data, { ...base, ...options, signal: control.signal, onEpoch });
      if (half.stopped === 'early') continue;
      expect(half.epochs).toBe(end);
      using again = Sequential.load(first.save());
      expect(await again.fit(data, { resume: true })).toEqual(wanted);
      expectSameWeights(again, whole.stateDict());
      expect(await first.fit(data, { resume: true }), 'without a file').toEqual(wanted);
      expectSameWeights(first, whole.stateDict());
    }
  });

  it('from the middle of an epoch, more than once', async () => {
    using whole = make();
    const options = { ...base, optimizer: { kind: 'adam', lr: 0.05 }, schedule: 'cosine' };
    const wanted = await whole.fit({ x, y }, options);
    let model = make();
    let history: AnyHistory | undefined;
    for (let round = 0; history?.stopped === 'aborted' || round === 0; round++) {
      const control = new AbortController();
      let batches = 0;
      const stop = { signal: control.signal, onBatch: () => ++batches === 5 && control.abort() };
      history = await model.fit({ x, y }, round === 0 ? { ...options, ...stop } : { resume: true, ...stop });
      const next = Sequential.load(model.save());
      model.dispose();
      model = next;
    }
    expect(history).toEqual(wanted);
    expectSameWeights(model, whole.stateDict());
    model.dispose();
  });

  it('with more epochs than before', async () => {
    const [whole, parts] = [make(), make()];
    const options = { ...base, optimizer: { kind: 'adam', lr: 0.05 } };
    const wanted = await whole.fit({ x, y }, options);
    expect((await parts.fit({ x, y }, { ...options, epochs: 2 })).epochs).toBe(2);
    expect(await parts.fit({ x, y }, { resume: true, epochs: 6 })).toEqual(wanted);
    expectSameWeights(parts, whole.stateDict());
    expect((await parts.fit({ x, y }, { resume: true })).epochs, 'nothing left to do').toBe(6);
    expectSameWeights(parts, whole.stateDict());
  });

  it('after early stopping: stays ended, or goes on from the last weights with more patience', async () => {
    const options = { ...base, epochs: 40, optimizer: { kind: 'adam', lr: 0.2 }, validation: 0.2 };
    using short = make();
    const early = await short.fit({ x, y }, { ...options, earlyStopping: { patience: 2 } });
    expect(early.stopped).toBe('early');
    using again = Sequential.load(short.save());
    expect(await again.fit({ x, y }, { resume: true })).toEqual(early);
    expectSameWeights(again, short.stateDict());
    using whole = make();
    const patient = { earlyStopping: { patience: 6 } };
    const wanted = await whole.fit({ x, y }, { ...options, ...patient });
    expect(await again.fit({ x, y }, { resume: true, ...patient })).toEqual(wanted);
    expectSameWeights(again, whole.stateDict());
  });

  it('refuses an optimiser that remembers something else, and validation that is missing', async () => {
    using model = make();
    const validation = { x: random.tensor([2, 6, 3]), y: random.tensor([2, 2]) };
    await model.fit({ x, y }, { ...base, epochs: 1, validation });
    const before = bitsOf(model.stateDict());
    const where = 'sequential.fit';
    await expectRejection(() => model.fit({ x, y }, { resume: true, epochs: 2 }), {
      code: 'value',
      where,
      expected: /^validation must be given again$/,
    });
    const other = { resume: true, epochs: 2, validation, optimizer: 'sgd' };
    await expectRejection(() => model.fit({ x, y }, other), {
      code: 'value',
      where,
      expected: /^optimizer must be of the kind of the last fit/,
    });
    expect(bitsOf(model.stateDict())).toEqual(before);
    expect((await model.fit({ x, y }, { resume: true, epochs: 2, validation })).valLoss).toHaveLength(2);
  });
});
