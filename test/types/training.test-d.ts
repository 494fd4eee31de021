import {
  Dropout,
  Embedding,
  type Evaluation,
  type FitOptions,
  GRU,
  type History,
  Linear,
  LSTM,
  loadFile,
  Sequential,
  type StateDict,
  type Tensor,
  tensor,
} from 'cellgate';
import { fitInWorker } from 'cellgate/worker';
import { describe, expectTypeOf, it } from 'vitest';

const data = new Float32Array(1);
const x = tensor(data, [8, 100, 40]);
const y = tensor(data, [8, 3]);
const classes = tensor(new Int32Array(1), [8]);
const model = new Sequential([
  new LSTM({ inputSize: 40, hiddenSize: 16 }),
  new Dropout(0.5),
  new Linear({ inputSize: 16, outputSize: 3 }),
]);

describe('fit', () => {
  it('takes data that fit the model', () => {
    expectTypeOf(model.fit({ x, y }, { loss: 'mse' })).toEqualTypeOf<Promise<History>>();
    expectTypeOf(model.evaluate({ x, y: classes }, { loss: 'crossEntropy' })).toEqualTypeOf<Evaluation>();
    model.fit({ x, y, lengths: [1], weights: tensor(data, [8]) }, { resume: true });
    const sizes: number[] = [8, 100, 41];
    model.fit({ x: tensor(data, sizes), y }, { loss: 'mse' });
    const words = new Sequential([new Embedding({ vocabularySize: 9, size: 4 })]);
    words.fit({ x: tensor(new Int32Array(1), [8, 5]), y: tensor(data, [8, 5, 4]) }, { loss: 'mse' });
    // @ts-expect-error: x must be ids
    words.fit({ x, y }, { loss: 'mse' });
    // @ts-expect-error: sequential.fit: x must be [batch, time, inputSize] = [*, *, 40], got [8, 100, 41]
    model.fit({ x: tensor(data, [8, 100, 41]), y }, { loss: 'mse' });
    // @ts-expect-error: sequential.evaluate: x must be [batch, time, inputSize] = [*, *, 40], got [8, 40]
    model.evaluate({ x: tensor(data, [8, 40]), y });
    // @ts-expect-error: no y
    model.fit({ x }, { loss: 'mse' });
  });

  it('knows its options', () => {
    const options: FitOptions = {
      loss: { kind: 'huber', delta: 2 },
      optimizer: { kind: 'sgd', lr: 0.1, momentum: 0.9, nesterov: true },
      schedule: { kind: 'warmup', steps: 10, next: 'cosine' },
      earlyStopping: { patience: 3 },
      validation: { x, y },
      signal: new AbortController().signal,
      metrics: ['accuracy', 'mae', { kind: 'huber', delta: 2 }],
      onEpoch: ({ loss, valLoss }) => expectTypeOf([loss, valLoss]).toEqualTypeOf<(number | undefined)[]>(),
      onBatch: async ({ batch, norm }) => expectTypeOf([batch, norm]).toEqualTypeOf<number[]>(),
    };
    model.fit({ x, y }, options);
    // @ts-expect-error: a fit that does not go on needs a loss
    model.fit({ x, y }, { epochs: 2 });
    // @ts-expect-error: no loss of that name
    model.fit({ x, y }, { loss: 'hinge' });
    // @ts-expect-error: no optimiser of that name
    model.fit({ x, y }, { loss: 'mse', optimizer: 'lion' });
    // @ts-expect-error: Adam has no momentum
    model.fit({ x, y }, { loss: 'mse', optimizer: { kind: 'adam', momentum: 0.9 } });
    // @ts-expect-error: no such option
    model.fit({ x, y }, { loss: 'mse', learningRate: 1 });
    // @ts-expect-error: a step schedule needs its steps
    model.fit({ x, y }, { loss: 'mse', schedule: { kind: 'step' } });
  });
});

describe('a trainer', () => {
  it('is typed', () => {
    const trainer = new GRU({ inputSize: 3, hiddenSize: 5 }).trainer({ loss: 'mse', optimizer: 'adam' });
    const report = trainer.step(x, y, { carry: true });
    expectTypeOf([report.loss, report.norm]).toEqualTypeOf<number[]>();
    expectTypeOf(report.accuracy).toEqualTypeOf<number | undefined>();
    expectTypeOf(trainer.forward(x)).toEqualTypeOf<Tensor>();
    expectTypeOf(trainer.gradients()).toEqualTypeOf<StateDict>();
    expectTypeOf(trainer.update()).toEqualTypeOf<{ norm: number }>();
    // @ts-expect-error: a number
    trainer.lr = '0.1';
    // @ts-expect-error: Dropout has nothing to learn
    new Dropout(0.5).trainer();
  });
});

it('bytes and files become models', () => {
  expectTypeOf(Sequential.load(model.save({ training: false }))).toExtend<Sequential>();
  expectTypeOf(loadFile('model.safetensors')).toEqualTypeOf<Promise<Sequential>>();
});

describe('fitInWorker', () => {
  it('takes what fit takes, and how to start its worker', () => {
    expectTypeOf(fitInWorker(model, { x, y }, { loss: 'mse' })).toEqualTypeOf<Promise<History>>();
    fitInWorker(model, { x, y }, { resume: true, transfer: true });
    fitInWorker(model, { x, y }, { loss: 'mse', worker: () => new Worker('script.js', { type: 'module' }) });
    // @ts-expect-error: sequential.fit: x must be [batch, time, inputSize] = [*, *, 40], got [8, 100, 41]
    fitInWorker(model, { x: tensor(data, [8, 100, 41]), y }, { loss: 'mse' });
    // @ts-expect-error: no loss
    fitInWorker(model, { x, y }, {});
    // @ts-expect-error: no model
    fitInWorker(new LSTM({ inputSize: 40, hiddenSize: 16 }), { x, y }, { loss: 'mse' });
    // @ts-expect-error: unknown option
    fitInWorker(model, { x, y }, { loss: 'mse', transfers: true });
  });
});
