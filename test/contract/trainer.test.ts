/** Training by hand: trainers of models and of layers. */

import { describe, expect, it } from 'vitest';
import {
  type AnyModule,
  type AnySequential,
  type AnyTensor,
  Dropout,
  Linear,
  Sequential,
  tensor,
} from './api.js';
import { expectNear, expectSameGradients } from './gradients.js';
import {
  CLOSE,
  create,
  entry,
  expectError,
  expectSame,
  expectVector,
  KINDS,
  label,
  Random,
} from './helpers.js';
import { copyOf, expectSameWeights, modelOf } from './training.js';

const random = new Random('trainer');
const at = (values: AnyTensor, index: number): number => values.data[index] ?? Number.NaN;

describe('a trainer', () => {
  const x = random.tensor([5, 4, 3]);
  const y = random.tensor([5, 2]);

  it('makes the loss smaller, and the model has the weights after each step', () => {
    using model = modelOf('LSTM');
    using trainer = model.trainer({ loss: 'mse', optimizer: { kind: 'adam', lr: 0.03 } });
    const first = trainer.evaluate(x, y).loss;
    for (let step = 0; step < 60; step++) {
      const before = model.evaluate({ x, y }, { loss: 'mse' }).loss;
      const { loss, norm } = trainer.step(x, y);
      expectVector('loss', [loss], [before]);
      expect(norm).toBeGreaterThan(0);
    }
    expect(trainer.evaluate(x, y).loss).toBeLessThan(first / 4);
    expectSame('output', trainer.forward(x), model.predict(x));
  });

  it('evaluates without changing anything', () => {
    using model = modelOf('GRU');
    using trainer = model.trainer({ loss: 'mae' });
    const before = model.stateDict();
    const wanted = Array.from(model.predict(x).data).reduce(
      (sum, value, index) => sum + Math.abs(value - at(y, index)),
      0,
    );
    expectVector('loss', [trainer.evaluate(x, y).loss], [wanted / 10]);
    expectVector('again', [trainer.evaluate(x, y).loss], [wanted / 10]);
    expectSameWeights(model, before);
  });

  it.each(KINDS)('has the gradients of backward for %s, and steps as it says', (kind) => {
    using model = modelOf(kind);
    using trainer = model.trainer({ loss: 'mse', optimizer: { kind: 'sgd', lr: 0.1 } });
    const before = model.stateDict();
    const output = trainer.forward(x);
    const gradient = tensor(
      output.data.map((value, index) => (value - at(y, index)) / 5) as Float32Array,
      output.shape,
    );
    const back = trainer.backward(gradient);
    const own = model.backward(x, gradient);
    expectSame('x', back.x as AnyTensor, own.x as AnyTensor);
    expectSameGradients('parameters', trainer.gradients(), own.parameters);
    const { norm } = trainer.update();
    const square = Object.values(own.parameters).flatMap(({ data }) =>
      Array.from(data, (value) => value ** 2),
    );
    expectVector('norm', [norm], [Math.sqrt(square.reduce((sum, value) => sum + value))]);
    for (const [name, { data }] of Object.entries(model.stateDict())) {
      const expected = Array.from(
        entry(before, name).data,
        (value, index) => value - 0.1 * at(entry(own.parameters, name), index),
      );
      expectVector(name, data, expected);
    }
  });

  it('takes gradients of one’s own, and clips them', () => {
    using model = new Sequential([new Linear({ inputSize: 2, outputSize: 1, bias: false, seed: 3 })]);
    const clipped = (options: object, given: number[]): number[] => {
      using trainer = model.trainer({ optimizer: { kind: 'sgd', lr: 1 }, ...options });
      const before = entry(model.stateDict(), '0.weight').data;
      const { norm } = trainer.update({ '0.weight': tensor([given]) });
      expect(norm).toBeCloseTo(Math.hypot(...given), 5);
      return Array.from(
        entry(model.stateDict(), '0.weight').data,
        (value, index) => (before[index] ?? 0) - value,
      );
    };
    expectVector('plain', clipped({}, [3, 4]), [3, 4], CLOSE);
    expectVector('by norm', clipped({ clipNorm: 1 }, [3, 4]), [0.6, 0.8], CLOSE);
    expectVector('below the norm', clipped({ clipNorm: 10 }, [3, 4]), [3, 4], CLOSE);
    expectVector('by value', clipped({ clipValue: 3.5 }, [3, -4]), [3, -3.5], CLOSE);
  });

  it('with a loss written here equals one with the same loss built in', () => {
    const [one, two] = [modelOf('LSTM'), modelOf('LSTM')];
    const options = { optimizer: { kind: 'adamw', lr: 0.01 }, clipNorm: 0.5 };
    using builtIn = one.trainer({ loss: 'mse', ...options });
    using own = two.trainer(options);
    for (let step = 0; step < 5; step++) {
      const { loss, norm } = builtIn.step(x, y);
      const output = own.forward(x);
      const errors = output.data.map((value, index) => value - at(y, index)) as Float32Array;
      own.backward(
        tensor(
          errors.map((error) => (2 * error) / errors.length),
          output.shape,
        ),
      );
      const update = own.update();
      const mean = errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length;
      expectVector('loss and norm', [mean, update.norm], [loss, norm]);
    }
    for (const [name, values] of Object.entries(one.stateDict())) {
      expectNear(name, entry(two.stateDict(), name), values);
    }
  });

  it('takes its learning rate anew for each update', () => {
    using model = modelOf('RNN');
    using trainer = model.trainer({ loss: 'mse', optimizer: { kind: 'sgd', lr: 0.5 } });
    expect(trainer.lr).toBe(0.5);
    trainer.lr = 0;
    const before = model.stateDict();
    trainer.step(x, y);
    expectSameWeights(model, before);
    for (const lr of [Number.NaN, -1, 1e39, Number.POSITIVE_INFINITY, '1', null]) {
      expectError(
        () => {
          trainer.lr = lr as number;
        },
        {
          code: 'value',
          where: 'sequential.trainer.lr',
          expected: /^lr must be a finite number from 0 in float32$/,
        },
      );
    }
    expect(trainer.lr).toBe(0);
  });

  it('reports the share of right rows for losses of classes', () => {
    using model = new Sequential([new Linear({ inputSize: 2, outputSize: 2, seed: 1 })]);
    model.loadStateDict({
      '0.weight': tensor([
        [1, 0],
        [0, 1],
      ]),
      '0.bias': tensor([0, 0]),
    });
    const points = tensor([
      [2, 1],
      [1, 2],
      [3, 1],
      [0, 1],
    ]);
    using classes = model.trainer({ loss: { kind: 'crossEntropy', ignoreIndex: 9 } });
    expect(classes.evaluate(points, tensor([0, 1, 1, 9], undefined, 'int32')).accuracy).toBeCloseTo(2 / 3, 6);
    const weights = tensor([1, 1, 2, 5]);
    expect(
      classes.evaluate(points, tensor([0, 1, 1, 9], undefined, 'int32'), { weights }).accuracy,
    ).toBeCloseTo(0.5, 6);
    using values = model.trainer({ loss: 'mse' });
    expect('accuracy' in values.evaluate(points, points)).toBe(false);
  });

  it('leaves its model usable, and goes on beside streams and other trainers', () => {
    using model = modelOf('GRU');
    using stream = model.stream();
    const frame = new Float32Array(3).fill(0.5);
    const before = Float32Array.from(stream.step(frame));
    using trainer = model.trainer({ loss: 'mse', optimizer: { kind: 'sgd', lr: 0.5 } });
    trainer.step(x, y);
    stream.reset();
    expect(Float32Array.from(stream.step(frame))).not.toEqual(before);
    const { head } = { head: model.stateDict() };
    using other = model.trainer({ loss: 'mse' });
    trainer.dispose();
    expect(trainer.disposed).toBe(true);
    expectSameWeights(model, head);
    other.step(x, y);
    expectError(() => trainer.step(x, y), { code: 'disposed', where: 'sequential.trainer.step' });
    expectError(() => trainer.gradients(), { code: 'disposed', where: 'sequential.trainer.gradients' });
    model.dispose();
    expectError(() => other.step(x, y), { code: 'disposed', where: 'sequential.trainer.step' });
  });
});

describe.each(KINDS)('a trainer of %s by itself', (kind) => {
  const options = { inputSize: 3, hiddenSize: 5, layers: 2, seed: 2 };
  const x = random.tensor([3, 6, 3]);
  const y = random.tensor([3, 6, 5], 0.5);

  it('learns from every step, and goes both ways with states', () => {
    using layer = create(kind, options);
    using trainer = layer.trainer({ loss: 'mse', optimizer: { kind: 'rmsprop', lr: 0.01 } });
    const first = trainer.evaluate(x, y).loss;
    for (let step = 0; step < 40; step++) trainer.step(x, y, { lengths: [6, 4, 5] });
    expect(trainer.evaluate(x, y).loss).toBeLessThan(first);
    const { output, state } = layer.forward(x);
    expectSame('output', trainer.forward(x, { state: copyOf(state) }), layer.forward(x, { state }).output);
    const call = { state, timeMajor: true, lengths: [2, 3, 1, 0, 2, 3] };
    const wide = { ...call, state: undefined };
    expectSame('time first', trainer.forward(x, wide), layer.forward(x, wide).output);
    const other = layer.backward(x, y, { state, stateGradient: state });
    trainer.forward(x, { state });
    const back = trainer.backward(y, { stateGradient: state });
    expectSame('x', back.x as AnyTensor, other.x);
    expectSame('h', back.state?.h as AnyTensor, other.state.h);
    expect(output.shape).toEqual([3, 6, 5]);
  });

  it('carries the state: cut sequences give what whole ones give', () => {
    using layer = create(kind, options);
    using trainer = layer.trainer({ loss: 'mse', optimizer: { kind: 'sgd', lr: 0 } });
    const part = (values: AnyTensor, from: number, to: number): AnyTensor => {
      const [batch = 0, time = 0, size = 0] = values.shape;
      const rows = Array.from({ length: batch }, (_, b) =>
        values.data.slice((b * time + from) * size, (b * time + to) * size),
      );
      return tensor(Float32Array.from(rows.flatMap((row) => Array.from(row))), [batch, to - from, size]);
    };
    const cuts = [
      [0, 2],
      [2, 3],
      [3, 6],
    ] as const;
    const whole = trainer.evaluate(x, y).loss;
    for (const method of ['evaluate', 'step'] as const) {
      const parts = cuts.map(([from, to]) => {
        const { loss } = trainer[method](part(x, from, to), part(y, from, to), { carry: from > 0 });
        return loss * (to - from);
      });
      expectVector(method, [parts.reduce((sum, loss) => sum + loss) / 6], [whole]);
    }
    const [head, tail] = [part(x, 0, 3), part(x, 3, 6)];
    trainer.evaluate(head, part(y, 0, 3));
    const carried = trainer.evaluate(tail, part(y, 3, 6), { carry: true }).loss;
    const { state } = layer.forward(head);
    const { output } = layer.forward(tail, { state });
    const wanted = Array.from(output.data).reduce(
      (sum, value, index) => sum + (value - at(part(y, 3, 6), index)) ** 2,
      0,
    );
    expectVector('from the state of forward', [carried], [wanted / output.data.length]);
    trainer.reset();
    const alone = trainer.evaluate(tail, part(y, 3, 6)).loss;
    expectVector('after reset', [trainer.evaluate(tail, part(y, 3, 6), { carry: false }).loss], [alone], 0);
    trainer.reset();
    expectVector(
      'carry after reset',
      [trainer.evaluate(tail, part(y, 3, 6), { carry: true }).loss],
      [alone],
      0,
    );
    expect(alone).not.toBe(carried);
  });
});

describe('dropout', () => {
  const x = tensor(new Float32Array(4000).fill(1), [40, 100]);
  const pass = (model: AnySequential, seed: number): AnyTensor => {
    using trainer = model.trainer({ seed });
    return trainer.forward(x);
  };

  it('keeps the mean, drops the share it says, and follows from the seed', () => {
    using model = new Sequential([
      new Dropout(0.25),
      new Linear({ inputSize: 100, outputSize: 100, bias: false }),
    ]);
    const identity = Float32Array.from({ length: 10_000 }, (_, index) => (index % 101 === 0 ? 1 : 0));
    model.loadStateDict({ '1.weight': tensor(identity, [100, 100]) });
    const dropped = pass(model, 1);
    expect(Array.from(dropped.data).every((value) => value === 0 || Math.abs(value - 4 / 3) < 1e-6)).toBe(
      true,
    );
    // 4000 draws: four deviations.
    const zeros = dropped.data.filter((value) => value === 0).length / 4000;
    expect(Math.abs(zeros - 0.25), `share on ${label()}`).toBeLessThan(0.028);
    expectSame('the same seed', pass(model, 1), dropped);
    expect(pass(model, 2).data).not.toEqual(dropped.data);
    expectSame('without dropout', model.predict(x), x);
  });

  it('draws anew for each pass, goes back through the same mask, and rests in evaluation', () => {
    using model = new Sequential([
      new Linear({ inputSize: 100, outputSize: 100, bias: false }),
      new Dropout(0.5),
    ]);
    using trainer = model.trainer({ loss: 'mse', seed: 5 });
    const first = trainer.forward(x);
    const gradient = tensor(new Float32Array(4000).fill(1), [40, 100]);
    trainer.backward(gradient);
    const weight = entry(trainer.gradients(), '0.weight');
    const kept = Array.from({ length: 100 }, (_, unit) =>
      Array.from({ length: 40 }, (_, row) => (at(first, row * 100 + unit) === 0 ? 0 : 2)).reduce(
        (sum: number, value) => sum + value,
        0,
      ),
    );
    for (let unit = 0; unit < 100; unit++)
      expect(at(weight, unit * 100)).toBeCloseTo(kept[unit] ?? Number.NaN, 4);
    expect(trainer.forward(x).data).not.toEqual(first.data);
    expectSame('without', trainer.forward(x, { training: false }), model.predict(x));
    const { loss } = trainer.evaluate(x, gradient);
    expect(trainer.evaluate(x, gradient).loss).toBe(loss);
  });

  it('acts between the layers of a stack, and in training alone', () => {
    const options = { inputSize: 3, hiddenSize: 8, layers: 2, dropout: 0.5, seed: 1 };
    const input = random.tensor([2, 3, 3]);
    for (const kind of KINDS) {
      using layer = create(kind, options);
      using trainer = layer.trainer({ seed: 3 });
      const first = trainer.forward(input);
      expect(trainer.forward(input).data).not.toEqual(first.data);
      const { output } = layer.forward(input);
      expectSame('in evaluation', trainer.forward(input, { training: false }), output);
      expect(first.data).not.toEqual(output.data);
    }
  });

  it('of a step follows from the seed', () => {
    const y = tensor(new Float32Array(40), [40, 1]);
    const run = (seed: number): number[] => {
      using model = new Sequential([
        new Dropout(0.5),
        new Linear({ inputSize: 100, outputSize: 1, seed: 1 }),
      ]);
      using trainer = model.trainer({ loss: 'mse', seed });
      return [1, 2, 3].map(() => trainer.step(x, y).loss);
    };
    expect(run(4)).toEqual(run(4));
    expect(run(4)).not.toEqual(run(5));
  });
});

describe('modules with parameters', () => {
  it('have trainers of their own', () => {
    using linear: AnyModule = new Linear({ inputSize: 2, outputSize: 1, seed: 1 });
    using trainer = linear.trainer({ loss: 'mse', optimizer: { kind: 'sgd', lr: 0.1 } });
    const x = tensor([
      [1, 2],
      [3, -1],
      [0, 1],
    ]);
    const y = tensor([[5], [1], [2]]);
    for (let step = 0; step < 300; step++) trainer.step(x, y);
    expect(trainer.evaluate(x, y).loss).toBeLessThan(1e-4);
    expectSame('output', linear.forward(x), trainer.forward(x));
  });
});
