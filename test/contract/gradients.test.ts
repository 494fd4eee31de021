/** Gradients against central differences of the float64 reference. */

import { describe, expect, it } from 'vitest';
import { stackProblem } from '../reference/differences.js';
import type { Activation, Kind, ModuleSpec, OptionsOf } from '../reference/index.js';
import { Embedding, Sequential } from './api.js';
import { check, expectGradients } from './gradients.js';
import { createModule, entry, KINDS, Random, type Shape } from './helpers.js';

const SIZES = { inputSize: 4, hiddenSize: 5 };
const LSTM_FORMS: Partial<OptionsOf['LSTM']>[] = [
  {},
  { coupled: true },
  { peephole: true },
  { coupled: true, peephole: true },
  { inputGate: false },
  { forgetGate: false },
  { outputGate: false },
  { inputGate: false, forgetGate: false, outputGate: false },
  { forgetGate: false, peephole: true },
  { outputGate: false, peephole: true },
  { inputGate: false, forgetGate: false, outputGate: false, peephole: true },
  { activations: { cell: 'identity' } },
  { activations: { output: 'identity' } },
  { projectionSize: 3 },
  { projectionSize: 2, peephole: true, coupled: true },
  { layerNorm: true },
  { layerNorm: true, peephole: true },
  { layerNorm: true, projectionSize: 3, coupled: true },
  { layerNorm: true, outputGate: false },
  { clip: 0.6 },
  { cellClip: 0.4 },
  { clip: 0.5, cellClip: 0.3, peephole: true },
];
const GRU_FORMS: Partial<OptionsOf['GRU']>[] = [true, false].flatMap((resetAfter) =>
  (['keep', 'write'] as const).flatMap((updateGate) =>
    [{}, { clip: 0.5 }].map((options) => ({ resetAfter, updateGate, ...options })),
  ),
);
const RNN_FORMS: Partial<OptionsOf['RNN']>[] = [{}, { nonlinearity: 'relu' }, { clip: 0.5 }];
const FORMS: { kind: Kind; options: object }[] = [
  ...LSTM_FORMS.map((options) => ({ kind: 'LSTM' as const, options })),
  ...GRU_FORMS.map((options) => ({ kind: 'GRU' as const, options })),
  ...RNN_FORMS.map((options) => ({ kind: 'RNN' as const, options })),
];

describe.each(FORMS)('$kind $options has the gradients of central differences', ({ kind, options }) => {
  const run = (more: object, shape: Shape): void =>
    check(
      `${kind} ${JSON.stringify({ ...options, ...more })} ${JSON.stringify(shape)}`,
      kind,
      { ...SIZES, ...options, ...more },
      { initial: true, ...shape },
    );

  it('alone, in a batch, without bias', () => {
    run({}, { batch: 1, time: 5 });
    run({ hiddenSize: 17 }, { batch: 5, time: 3 });
    run({ bias: false }, { batch: 2, time: 3, initial: false });
  });

  it('in layers, both directions and reverse', () => {
    run({ layers: 2, bidirectional: true }, { batch: 2, time: 3 });
    run({ reverse: true }, { batch: 3, time: 4 });
  });

  it('with lengths and time first', () => {
    run({ bidirectional: true }, { batch: 4, time: 4, lengths: [2, 4, 0, 3] });
    run({ layers: 2 }, { batch: 3, time: 4, lengths: [4, 1, 3], timeMajor: true });
  });

  it('over no step and over one', () => {
    run({}, { batch: 2, time: 0 });
    run({}, { batch: 1, time: 1 });
  });
});

const ACTIVATIONS: Activation[] = [
  'sigmoid',
  'hardSigmoid',
  { kind: 'hardSigmoid', alpha: 0.2, beta: 0.5 },
  'tanh',
  'relu',
  'softsign',
  'identity',
];

it.each(ACTIVATIONS)('cells with %j everywhere have the gradients of central differences', (activation) => {
  const name = JSON.stringify(activation);
  const activations = { gate: activation, cell: activation };
  const shape = { gain: 0.9 };
  const entries = 10;
  check(
    `LSTM ${name}`,
    'LSTM',
    { ...SIZES, activations: { ...activations, output: activation } },
    shape,
    entries,
  );
  check(`GRU ${name}`, 'GRU', { ...SIZES, activations }, shape);
  check(`RNN ${name}`, 'RNN', { ...SIZES, nonlinearity: activation }, shape);
});

describe.each(KINDS)('%s has the gradients of central differences', (kind) => {
  it.each([1, 3, 16, 17, 33])('at hidden width %i', (hiddenSize) => {
    check(`${kind} H${hiddenSize}`, kind, { inputSize: 7, hiddenSize }, { batch: 3, time: 3 });
    check(`${kind} H${hiddenSize} B1`, kind, { inputSize: 1, hiddenSize }, { batch: 1, time: 3 });
  });

  it('over many steps', () => {
    check(`${kind} long`, kind, { inputSize: 2, hiddenSize: 2 }, { batch: 1, time: 60, gain: 1 });
  });
});

it('an LSTM has the gradients of central differences over more rows than one stretch of time holds', {
  timeout: 60_000,
}, () => {
  check('LSTM wide', 'LSTM', { inputSize: 2, hiddenSize: 17 }, { batch: 130, time: 10, gain: 1 }, 1);
});

describe('a stack of modules has the gradients of central differences', () => {
  const recurrent = (kind: Kind, options: Partial<OptionsOf['LSTM']> = {}): ModuleSpec =>
    ({ kind, options: { inputSize: 4, hiddenSize: 5, ...options } }) as ModuleSpec;
  const linear: ModuleSpec = { kind: 'Linear', options: { inputSize: 5, outputSize: 3 } };
  const table: ModuleSpec = { kind: 'Embedding', options: { vocabularySize: 6, size: 4 } };
  const stacks: [string, ModuleSpec[]][] = [
    ['Linear', [linear]],
    ['Embedding', [table]],
    ['LSTM and Linear', [recurrent('LSTM'), linear]],
    ['GRU of every step and Linear', [recurrent('GRU', { returnSequences: true }), linear]],
    ['Embedding, RNN and Linear', [table, recurrent('RNN'), linear]],
    [
      'Embedding, two directions, Linear and LSTM',
      [
        table,
        recurrent('GRU', { bidirectional: true, hiddenSize: 3 }),
        { kind: 'Linear', options: { inputSize: 6, outputSize: 4, bias: false } },
        recurrent('LSTM', { layers: 2 }),
        linear,
      ],
    ],
  ];

  // More sequences than one part of a batch holds.
  it.each(stacks)('%s', (name, specs) => {
    using model = new Sequential(specs.map(createModule));
    const random = new Random(`stack ${name}`);
    const x =
      specs[0]?.kind === 'Embedding'
        ? random.ids([18, 3], 6)
        : random.tensor([18, 3, specs[0] === linear ? 5 : 4]);
    const gradient = random.tensor(model.predict(x).shape);
    const problem = stackProblem(specs, model.parameters(), x, gradient);
    expectGradients(name, model.backward(x, gradient), problem, { entries: 3 });
  });

  it('and nothing for the padding row of an Embedding', () => {
    const random = new Random('padding');
    using model = new Sequential([
      new Embedding({ vocabularySize: 6, size: 4, padding: 2, seed: 1 }),
      createModule(recurrent('LSTM')),
    ]);
    const ids = random.ids([3, 7], 6);
    ids.data.fill(2, 0, 3);
    const { parameters } = model.backward(ids, random.tensor([3, 5]));
    const rows = entry(parameters, '0.weight').toArray() as number[][];
    expect(rows[2]).toEqual([0, 0, 0, 0]);
    for (const id of new Set(ids.data)) expect(rows[id]?.some((value) => value !== 0)).toBe(id !== 2);
  });
});
