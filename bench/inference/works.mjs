/**
 * What is timed. A work is one network at one size; `calls` says how it is called: `sequence` runs `steps` steps from a zero
 * state and hands out every step's output, `step` runs one and carries the state into the next call.
 *
 * A GRU resets after the recurrent product (PyTorch's form) unless its cell is said to be `gru-before`.
 */

import { TORCH_GATES } from '../data.mjs';
import { partsOf } from './data.mjs';

const WIDTHS = [8, 16, 32, 64, 128, 256, 512, 1024];

function work(group, kind, sizes) {
  const { hiddenSize, inputSize = hiddenSize, steps = 1, batch = 1, layers = 1 } = sizes;
  const { calls = 'sequence', isBidirectional = false, use } = sizes;
  const [cell] = kind.split('-');
  const form = [
    kind.toUpperCase(),
    ...(layers > 1 ? [`x${layers}`] : []),
    ...(isBidirectional ? ['bi'] : []),
    ...(calls === 'step' ? ['step'] : [`T${steps}`]),
    `B${batch}`,
    ...(inputSize === hiddenSize ? [] : [`I${inputSize}`]),
    `H${hiddenSize}`,
  ].join(' ');
  const made = {
    name: use ? `${use}: ${form}` : form,
    group,
    cell,
    resetAfter: kind !== 'gru-before',
    calls,
    steps,
    batch,
    inputSize,
    hiddenSize,
    layers,
    isBidirectional,
  };
  const gates = TORCH_GATES[cell].length;
  const weights = partsOf(made).map((part) => ({
    input: gates * hiddenSize * part.inputSize,
    recurrent: gates * hiddenSize * hiddenSize,
  }));
  const sum = (count) => weights.reduce((total, part) => total + count(part), 0);
  return {
    ...made,
    // The multiply-adds of the matrices; the gates' arithmetic is left out, as it is usual.
    flops: 2 * sum(({ input, recurrent }) => input + recurrent) * steps * batch,
    // What cannot be had in fewer reads: recurrent weights in each step, those of the inputs once.
    weightBytes: 4 * sum(({ input, recurrent }) => input + recurrent * steps),
    // What these reads go through again and again.
    residentBytes: 4 * sum(({ input, recurrent }) => (steps > 1 ? recurrent : input + recurrent)),
  };
}

const each = (widths, make) => widths.map((hiddenSize) => make({ hiddenSize }));

const step = [
  ...each(WIDTHS, (size) => work('step', 'lstm', { ...size, calls: 'step' })),
  ...each([8, 32, 64, 128, 256, 512], (size) => work('step', 'gru', { ...size, calls: 'step' })),
  ...each([32, 128, 512], (size) => work('step', 'gru-before', { ...size, calls: 'step' })),
  ...each([32, 128, 512], (size) => work('step', 'rnn', { ...size, calls: 'step' })),
];

const sequence = [
  work('sequence', 'lstm', { hiddenSize: 8 }),
  ...each(WIDTHS, (size) => work('sequence', 'lstm', { ...size, steps: 100 })),
  ...each([32, 64, 128, 256, 512], (size) => work('sequence', 'gru', { ...size, steps: 100 })),
  ...each([64, 256], (size) => work('sequence', 'gru-before', { ...size, steps: 100 })),
  ...each([64, 256], (size) => work('sequence', 'rnn', { ...size, steps: 100 })),
  ...each([64, 128, 512], (size) => work('sequence', 'lstm', { ...size, steps: 1000 })),
  work('sequence', 'gru', { hiddenSize: 128, steps: 1000 }),
];

const BATCHED = [
  ['lstm', 64, [16, 64]],
  ['lstm', 128, [2, 4, 16, 64]],
  ['lstm', 256, [16, 64]],
  ['lstm', 512, [16, 64]],
  ['gru', 64, [16]],
  ['gru', 128, [16, 64]],
  ['gru', 512, [16]],
  ['gru-before', 128, [16]],
  ['rnn', 128, [16]],
];

const batch = [
  ...BATCHED.flatMap(([kind, hiddenSize, batches]) =>
    batches.map((size) => work('batch', kind, { hiddenSize, steps: 100, batch: size })),
  ),
  ...[4, 16, 64].map((size) => work('batch', 'lstm', { calls: 'step', hiddenSize: 128, batch: size })),
];

const stacked = [
  work('stacked', 'lstm', { calls: 'step', layers: 2, hiddenSize: 128 }),
  work('stacked', 'lstm', { layers: 2, hiddenSize: 128, steps: 100 }),
  work('stacked', 'gru', { layers: 2, hiddenSize: 128, steps: 100 }),
  work('stacked', 'lstm', { isBidirectional: true, hiddenSize: 128, steps: 100 }),
  work('stacked', 'gru', { isBidirectional: true, hiddenSize: 64, steps: 100 }),
  work('stacked', 'lstm', { layers: 2, isBidirectional: true, hiddenSize: 128, steps: 100, batch: 16 }),
];

const real = [
  work('real', 'lstm', { use: 'voice', calls: 'step', inputSize: 40, hiddenSize: 128 }),
  work('real', 'lstm', { use: 'audio effect', calls: 'step', inputSize: 1, hiddenSize: 40 }),
  work('real', 'lstm', { use: 'speech', calls: 'step', layers: 3, inputSize: 80, hiddenSize: 512 }),
  work('real', 'lstm', { use: 'speech', layers: 3, inputSize: 80, hiddenSize: 512, steps: 100 }),
  work('real', 'lstm', {
    use: 'OCR line',
    layers: 2,
    isBidirectional: true,
    inputSize: 48,
    hiddenSize: 256,
    steps: 100,
  }),
];

/** All works, in the order of the table. */
export const works = [...step, ...sequence, ...batch, ...stacked, ...real];

/** Every group and every goal, as few as will do. */
const QUICK = [
  'LSTM step B1 H8',
  'LSTM step B1 H64',
  'LSTM step B1 H256',
  'GRU step B1 H32',
  'RNN step B1 H128',
  'LSTM T100 B1 H32',
  'LSTM T100 B1 H128',
  'LSTM T100 B1 H512',
  'GRU T100 B1 H64',
  'GRU-BEFORE T100 B1 H64',
  'LSTM T100 B16 H128',
  'GRU T100 B16 H128',
  'LSTM x2 T100 B1 H128',
  'GRU bi T100 B1 H64',
  'voice: LSTM step B1 I40 H128',
  'audio effect: LSTM step B1 I1 H40',
];

export const quickWorks = works.filter(({ name }) => QUICK.includes(name));
