import { describe, expect, it } from 'vitest';
import {
  at,
  embedding,
  linear,
  type ModuleSpec,
  parameterShapes,
  predict,
  sizeOf,
  type Values,
} from '../reference/index.js';
import {
  type AnyModule,
  type AnySequential,
  type AnyTensor,
  type Dict,
  Embedding,
  LSTM,
  Sequential,
  tensor,
} from './api.js';
import {
  CLOSE,
  createModule,
  entry,
  expectClose,
  expectError,
  expectSame,
  expectVector,
  Random,
} from './helpers.js';

const BATCH = 3;
const TIME = 6;
const VOCABULARY = 7;

function shapesOf(spec: ModuleSpec): { name: string; shape: number[] }[] {
  switch (spec.kind) {
    case 'Linear': {
      const { inputSize, outputSize } = spec.options;
      return [
        { name: 'weight', shape: [outputSize, inputSize] },
        { name: 'bias', shape: [outputSize] },
      ];
    }
    case 'Embedding':
      return [{ name: 'weight', shape: [spec.options.vocabularySize, spec.options.size] }];
    case 'Conv1d': {
      const { inputSize, outputSize, kernelSize, groups = 1 } = spec.options;
      return [
        { name: 'weight', shape: [outputSize, inputSize / groups, kernelSize] },
        { name: 'bias', shape: [outputSize] },
      ];
    }
    case 'LayerNorm':
      return ['weight', 'bias'].map((name) => ({ name, shape: [spec.options.size] }));
    case 'Merge':
    case 'Nonlinearity':
    case 'Dropout':
      return [];
    default:
      return parameterShapes<'LSTM'>(spec.kind as 'LSTM', spec.options);
  }
}

interface Model {
  model: AnySequential;
  modules: unknown[];
  parameters: Dict;
  random: Random;
}

function build(name: string, specs: readonly ModuleSpec[]): Model {
  const random = new Random(name);
  const parameters = Object.fromEntries(
    specs.flatMap((spec, index) =>
      shapesOf(spec).map(({ name: own, shape }): [string, AnyTensor] => [
        `${index}.${own}`,
        random.tensor(shape, 0.7),
      ]),
    ),
  );
  const modules = specs.map(createModule);
  const model = new Sequential(modules);
  model.loadStateDict(parameters);
  return { model, modules, parameters, random };
}

const EMBEDDING: ModuleSpec = { kind: 'Embedding', options: { vocabularySize: VOCABULARY, size: 3 } };
const lstm = (options: object = {}): ModuleSpec => ({
  kind: 'LSTM',
  options: { inputSize: 3, hiddenSize: 5, ...options },
});
const gru = (options: object = {}): ModuleSpec => ({
  kind: 'GRU',
  options: { inputSize: 5, hiddenSize: 4, ...options },
});
const rnn = (options: object = {}): ModuleSpec => ({
  kind: 'RNN',
  options: { inputSize: 5, hiddenSize: 4, ...options },
});
const DROPOUT: ModuleSpec = { kind: 'Dropout', options: { p: 0.4 } };
const dense = (inputSize: number): ModuleSpec => ({ kind: 'Linear', options: { inputSize, outputSize: 2 } });

const conv = (options: object = {}): ModuleSpec => ({
  kind: 'Conv1d',
  options: { inputSize: 3, outputSize: 3, kernelSize: 3, padding: 1, ...options },
});
const RELU: ModuleSpec = { kind: 'Nonlinearity', options: { activation: 'relu' } };
const TANH: ModuleSpec = { kind: 'Nonlinearity', options: { activation: 'tanh' } };

const MODELS: [name: string, specs: ModuleSpec[], steps: boolean][] = [
  ['one layer', [lstm()], false],
  ['one layer, every step', [lstm({ returnSequences: true })], true],
  ['last step to Linear', [lstm(), dense(5)], false],
  ['every step to Linear', [lstm({ returnSequences: true }), dense(5)], true],
  ['text classifier', [EMBEDDING, lstm(), DROPOUT, dense(5)], false],
  ['tagger', [EMBEDDING, lstm({ bidirectional: true, returnSequences: true }), DROPOUT, dense(10)], true],
  ['bidirectional, last step', [EMBEDDING, lstm({ bidirectional: true, layers: 2 }), dense(10)], false],
  ['reverse, last step', [lstm({ reverse: true }), dense(5)], false],
  ['recurrent after recurrent', [lstm(), DROPOUT, gru(), dense(4)], false],
  [
    'recurrent after Linear after recurrent',
    [lstm(), { kind: 'Linear', options: { inputSize: 5, outputSize: 5 } }, rnn()],
    false,
  ],
  [
    'three recurrent layers',
    [EMBEDDING, lstm(), gru({ hiddenSize: 5 }), rnn({ returnSequences: true })],
    true,
  ],
  ['projected', [lstm({ projectionSize: 2, layers: 2 }), dense(2)], false],
  ['convolution', [conv(), RELU], true],
  [
    'convolutions, then a last step',
    [conv(), RELU, conv({ stride: 2 }), TANH, lstm(), RELU, dense(5)],
    false,
  ],
  [
    'convolution between recurrent layers',
    [lstm(), conv({ inputSize: 5, outputSize: 5, stride: 3 }), rnn()],
    false,
  ],
  ['convolution after a recurrent layer', [EMBEDDING, lstm(), conv({ inputSize: 5 }), TANH], true],
  ['convolution of single steps', [TANH, conv({ kernelSize: 1, padding: 0 }), RELU, lstm(), dense(5)], false],
  ['no recurrent layer', [EMBEDDING, DROPOUT, dense(3)], true],
];

const inputFor = (specs: readonly ModuleSpec[], random: Random, batch = BATCH, time = TIME): AnyTensor =>
  specs[0]?.kind === 'Embedding' ? random.ids([batch, time], VOCABULARY) : random.tensor([batch, time, 3]);

describe.each(MODELS)('a model: %s', (name, specs, steps) => {
  it('predicts what the reference does', () => {
    const { model, parameters, random } = build(name, specs);
    for (const [batch, time] of [
      [1, 1],
      [1, 9],
      [3, 6],
      [17, 2],
    ] as const) {
      const x = inputFor(specs, random, batch, time);
      const expected = predict(specs, parameters, x);
      expect(expected.shape.length).toBe(steps ? 3 : 2);
      expectClose(name, model.predict(x), expected);
    }
  });

  it('reads each sequence to its own length', () => {
    if (specs.every((spec) => !['LSTM', 'GRU', 'RNN', 'Conv1d'].includes(spec.kind))) return;
    const { model, parameters, random } = build(name, specs);
    const x = inputFor(specs, random);
    for (const lengths of [
      [6, 2, 4],
      [1, 6, 1],
      [0, 3, 6],
    ]) {
      const expected = predict(specs, parameters, x, lengths);
      expectClose(`${name} ${lengths}`, model.predict(x, { lengths }), expected);
    }
  });

  it('takes no ids at all', () => {
    const table = new Embedding({ vocabularySize: VOCABULARY, size: 3 });
    const model = new Sequential([table, new LSTM({ inputSize: 3, hiddenSize: 2 })]);
    for (const shape of [
      [0, 4],
      [2, 0],
    ] as const) {
      const ids = tensor(new Int32Array(0), [...shape]);
      expect(table.forward(ids).shape).toEqual([...shape, 3]);
      expect(model.predict(ids).data).toEqual(new Float32Array(shape[0] * 2));
    }
  });

  it('gives what backward does, with zeros past the end of each sequence', () => {
    if (specs.every((spec) => !['LSTM', 'GRU', 'RNN', 'Conv1d'].includes(spec.kind))) return;
    const { model, random } = build(name, specs);
    const x = inputFor(specs, random);
    for (const lengths of [undefined, [6, 2, 4], [0, 5, 1]]) {
      const predicted = model.predict(x, { lengths });
      const gradient = random.tensor([...predicted.shape]);
      const { output } = model.backward(x, gradient, { lengths });
      expectClose(`${name} ${lengths}`, predicted, output, CLOSE);
      if (!steps || lengths === undefined) continue;
      const [, time, width] = predicted.shape as [number, number, number];
      const past = predicted.data.filter(
        (_, index) => Math.floor(index / width) % time >= at(lengths, Math.floor(index / (time * width))),
      );
      expect(past.every((value) => value === 0)).toBe(true);
    }
  });

  it('names its parameters as torch.nn.Sequential does', () => {
    const { model, parameters } = build(name, specs);
    expect(Object.entries(model.stateDict()).map(([key, { shape }]) => [key, [...shape]])).toEqual(
      specs.flatMap((spec, index) => shapesOf(spec).map((own) => [`${index}.${own.name}`, own.shape])),
    );
    for (const [key, value] of Object.entries(model.stateDict()))
      expectSame(key, value, entry(parameters, key));
  });

  it('gives the same bits again', () => {
    const { model, random } = build(name, specs);
    const x = inputFor(specs, random);
    expectSame(name, model.predict(x), model.predict(x));
  });
});

const FORWARD_ONLY = MODELS.filter(([, specs]) =>
  specs.every(
    ({ kind, options }) =>
      !('bidirectional' in options || 'reverse' in options) &&
      (kind !== 'Conv1d' || options.kernelSize === 1),
  ),
);

describe.each(FORWARD_ONLY)('a stream of a model: %s', (name, specs) => {
  const everyStep = specs.map((spec) =>
    spec.kind === 'LSTM' || spec.kind === 'GRU' || spec.kind === 'RNN'
      ? ({ ...spec, options: { ...spec.options, returnSequences: true } } as ModuleSpec)
      : spec,
  );

  it.each([1, 2, 7])('at batch %i gives every frame its output', (batch) => {
    const { model, parameters, random } = build(name, specs);
    const x = inputFor(specs, random, batch);
    const expected = predict(everyStep, parameters, x);
    const stream = model.stream({ batch });
    const row = (values: Values, b: number, time: number) => {
      const size = sizeOf(values.shape) / batch / TIME;
      return Array.from(
        { length: size },
        (_, index) => values.data[(b * TIME + time) * size + index] ?? Number.NaN,
      );
    };
    const frame = (values: Values, time: number) =>
      Array.from({ length: batch }, (_, b) => row(values, b, time)).flat();
    const typed = (values: number[]) =>
      x.dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values);
    for (let time = 0; time < TIME; time++) {
      expectVector(`${name}, step ${time}`, stream.step(typed(frame(x, time))), frame(expected, time), 1e-5);
    }
    stream.reset();
    const clone = stream.clone();
    const times = Array.from({ length: TIME }, (_, time) => time);
    const block = typed(times.flatMap((time) => frame(x, time)));
    const outputs = times.flatMap((time) => frame(expected, time));
    expectVector(`${name}, run`, stream.run(block), outputs, 1e-5);
    expectVector(`${name}, clone`, clone.run(block), outputs, 1e-5);
  });
});

describe('the state of a stream of a model', () => {
  it('is a list with an entry for each recurrent layer, a value to read and put back', () => {
    const { model, random } = build('list', [EMBEDDING, lstm({ layers: 2 }), DROPOUT, gru(), dense(4)]);
    const stream = model.stream({ batch: 2 });
    stream.step(Int32Array.of(1, 2));
    const saved = stream.state as { h: AnyTensor; c?: AnyTensor }[];
    expect(saved.map((state) => Object.entries(state).map(([key, { shape }]) => [key, [...shape]]))).toEqual([
      [
        ['h', [2, 2, 5]],
        ['c', [2, 2, 5]],
      ],
      [['h', [1, 2, 4]]],
    ]);
    const ids = random.ids([6], VOCABULARY).data;
    const expected = stream.run(ids);
    stream.state = saved;
    expectVector('again', stream.run(ids), expected, 0);
    const set = (state: unknown) => () => {
      stream.state = state;
    };
    const [first, second] = saved;
    for (const wrong of [[first], [second, first], [first, second, second], first, undefined]) {
      expectError(set(wrong), { code: 'state', where: /^sequential\.stream\.state$/ });
    }
    stream.state = saved;
    expectVector('after errors', stream.run(ids), expected, 0);
  });
});

describe('a model', () => {
  const specs: ModuleSpec[] = [EMBEDDING, lstm(), DROPOUT, dense(5)];

  it('shares weights with its modules, both ways', () => {
    const { model, modules, parameters, random } = build('shared', specs);
    const x = inputFor(specs, random);
    const last = modules[3] as AnyModule;
    expectSame('weights of the module', entry(last.parameters(), 'weight'), entry(parameters, '3.weight'));
    const changed = { weight: random.tensor([2, 5]), bias: random.tensor([2]) };
    last.loadStateDict(changed);
    const expected = predict(specs, { ...parameters, '3.weight': changed.weight, '3.bias': changed.bias }, x);
    expectClose('model after its module changed', model.predict(x), expected);
    expectSame('state dict of the model', entry(model.stateDict(), '3.weight'), changed.weight);
  });

  it('leaves its modules usable, also after its own dispose', () => {
    const { model, modules, parameters, random } = build('usable', specs);
    const check = () => {
      const ids = random.ids([2, 3], VOCABULARY);
      const vectors = embedding({ weight: entry(parameters, '0.weight') }, ids);
      expectClose('embedding', (modules[0] as AnyModule).forward(ids), vectors);
      const x = random.tensor([4, 2, 5]);
      const weights = { weight: entry(parameters, '3.weight'), bias: entry(parameters, '3.bias') };
      expectClose('linear', (modules[3] as AnyModule).forward(x), linear(weights, x));
      expectSame('dropout', (modules[2] as AnyModule).forward(x), x);
    };
    check();
    model.predict(inputFor(specs, random));
    check();
    model.dispose();
    check();
  });

  it('refuses wrong input, and goes on as before', () => {
    const { model, random } = build('refuses', specs);
    const x = inputFor(specs, random);
    const before = model.predict(x);
    const where = 'sequential.predict';
    const weights = model.stateDict();
    expectError(() => model.predict(random.tensor([2, 3])), { code: 'dtype', where });
    expectError(() => model.predict(Int32Array.of(1, 2)), { code: 'dtype', where });
    expectError(() => model.predict(undefined), { code: 'dtype', where });
    expectError(() => model.predict(tensor([[0, 7]], undefined, 'int32')), {
      code: 'value',
      where,
      got: /7/,
    });
    expectError(() => model.predict(tensor([1, 2], undefined, 'int32')), {
      code: 'shape',
      where,
      got: /\[2\]/,
    });
    expectError(() => model.predict(x, { lengths: [6, 6] }), { code: 'shape', where, expected: /^lengths/ });
    expectError(() => model.predict(x, { lengths: [6, 6, 7] }), {
      code: 'value',
      where,
      expected: /^lengths/,
      got: /7/,
    });
    expectError(() => model.predict(x, { lengths: [6, 6, Number.NaN] }), {
      code: 'value',
      where,
      expected: /^lengths/,
      got: /NaN/,
    });
    const load = { where: 'sequential.loadStateDict', code: 'parameters' };
    expectError(() => model.loadStateDict({}), { ...load, expected: /0\.weight/ });
    expectError(() => model.loadStateDict({ ...weights, '3.bias': random.tensor([3]) }), {
      ...load,
      expected: /3\.bias/,
    });
    expectError(() => model.loadStateDict({ ...weights, '4.bias': random.tensor([3]) }), load);
    expectSame('weights', entry(model.stateDict(), '0.weight'), entry(weights, '0.weight'));
    expectSame('output', model.predict(x), before);
  });

  it('of one kind of number refuses the other', () => {
    const model = new Sequential([new LSTM({ inputSize: 3, hiddenSize: 5 })]);
    expectError(() => model.predict(tensor(new Int32Array(6), [1, 2, 3])), {
      code: 'dtype',
      where: 'sequential.predict',
    });
    expectError(() => model.predict(tensor(new Float32Array(8), [1, 2, 4])), {
      code: 'shape',
      where: 'sequential.predict',
      expected: /^x must be .*3\]/,
      got: /\[1, 2, 4\]/,
    });
  });

  it('sums itself up: a line for each module, its output and its parameters', () => {
    const summary = build('summary', specs).model.summary();
    for (const name of ['Embedding', 'LSTM', 'Dropout', 'Linear']) expect(summary).toContain(name);
    const lines = summary.split('\n');
    const numbersOf = (name: string) => lines.find((line) => line.includes(name))?.match(/\d+/g) ?? [];
    expect(numbersOf('Embedding')).toContain('21');
    expect(numbersOf('LSTM')).toContain('200');
    expect(numbersOf('Linear')).toContain('12');
    expect(summary).toContain('233');
  });

  it('keeps its predictions when its stream runs in between', () => {
    const { model, random } = build('in between', specs);
    const x = inputFor(specs, random);
    const before = model.predict(x);
    const stream = model.stream();
    stream.step(Int32Array.of(3));
    expectSame('predict', model.predict(x), before);
    const other = model.stream();
    other.step(Int32Array.of(3));
    expectVector('step', stream.step(Int32Array.of(4)), other.step(Int32Array.of(4)), 0);
  });
});
