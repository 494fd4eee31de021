// The task of the small cells: repeat the number that was marked last, at every step, until the next mark.

import { GRU, Linear, LSTM, RNN, Sequential, tensor } from '../../dist/node/index.js';
import { learn } from '../../examples/experiments/learn.mjs';
import { Random } from '../../examples/random.mjs';

const INPUT_SIZE = 2;
const TIME = 50;
const BATCH = 64;
/** Share of the steps that are marked: about two of a sequence, so that numbers are held for long. */
const MARKED = 0.05;

const CREATE = {
  rnn: (options) => new RNN(options),
  lstm: (options) => new LSTM(options),
  coupled: (options) => new LSTM({ ...options, coupled: true }),
  peephole: (options) => new LSTM({ ...options, peephole: true }),
  gru: (options) => new GRU({ ...options, resetAfter: false }),
};

/** The cells of the page by file: those of the diagram have four units, the others about as many weights as each other. */
export const LATCHES = [
  ...Object.keys(CREATE).map((kind) => ({ file: `cell-${kind}`, kind, hiddenSize: 4 })),
  { file: 'hold-rnn', kind: 'rnn', hiddenSize: 17 },
  { file: 'hold-lstm', kind: 'lstm', hiddenSize: 8 },
  { file: 'hold-gru', kind: 'gru', hiddenSize: 10 },
];

/** `{ x, y, weights }`: x [BATCH, TIME, 2] holds a number in [-1, 1) and a mark, y [BATCH, TIME, 1] the last marked number. */
function draw(random) {
  const x = new Float32Array(BATCH * TIME * INPUT_SIZE);
  const y = new Float32Array(BATCH * TIME);
  for (let row = 0; row < BATCH * TIME; row++) {
    const t = row % TIME;
    const number = 2 * random.next() - 1;
    const isMarked = random.next() < (t < 3 ? 0.3 : MARKED);
    x.set([number, isMarked ? 1 : 0], row * INPUT_SIZE);
    y[row] = isMarked ? number : t === 0 ? 0 : y[row - 1];
  }
  return { x: tensor(x, [BATCH, TIME, INPUT_SIZE]), y: tensor(y, [BATCH, TIME, 1]) };
}

/** The best of a few beginnings: small cells now and then end in a poor place. */
export function trainLatch({ kind, hiddenSize }, { seeds, updates }) {
  const test = draw(new Random(1, 'latch test'));
  const runs = Array.from({ length: seeds }, (_, seed) => {
    const random = new Random(seed, 'latch');
    const model = new Sequential([
      CREATE[kind]({ inputSize: INPUT_SIZE, hiddenSize, returnSequences: true, seed }),
      new Linear({ inputSize: hiddenSize, outputSize: 1, seed }),
    ]);
    const { value } = learn(model, {
      draw: () => draw(random),
      measure: () => ({ value: model.evaluate(test, { loss: 'mse' }).loss }),
      updates,
      every: updates,
      loss: 'mse',
      optimizer: { kind: 'adam', lr: 0.01 },
      decay: true,
      clipNorm: 1,
    });
    return { model, error: value };
  });
  return runs.reduce((best, run) => (run.error < best.error ? run : best));
}
