// Temporal order, task 6a: which of two symbols, far from each other and from the end, came first?

import { Random } from '../random.mjs';
import { createModel } from './cells.mjs';
import { compare, runChart, successTable } from './compare.mjs';
import { learn } from './learn.mjs';
import { drawTemporalOrder, INPUT_SIZE, OUTPUT_SIZE } from './tasks/temporal-order.mjs';

export const summary = 'temporal order, task 6a: which of two symbols came first, 100 to 110 steps';

const BATCH = 32;
const TEST = 2560;
/** The longest sequence. */
const TIME = 110;

/** Gives the runs by cell. */
export async function run({ seeds, quick, print, save }) {
  const cells = ['RNN', 'GRU', 'LSTM', ...(quick ? [] : ['LSTM, no forget gate'])];
  const updates = quick ? 1000 : 5000;
  const runs = await compare(cells, { seeds, print }, (cell, seed) => trainOrder(cell, { seed, updates }));
  print(`Temporal order, task 6a; solved: at most one of ${TEST} test sequences wrong\n`);
  const format = (value) => `${(100 * value).toFixed(2)} %`;
  const published = { 'LSTM, no forget gate': '31 390 sequences, 1 of 2560 wrong' };
  print(successTable(runs, { batch: BATCH, name: 'wrong', format, published }));
  save(
    'temporal-order.svg',
    runChart(runs, {
      batch: BATCH,
      title: 'Temporal order, four classes',
      note: `Share of ${TEST} test sequences that are wrong, a line per seed`,
      y: { label: 'wrong', min: 0 },
      levels: [{ name: 'chance', y: 1 - 1 / OUTPUT_SIZE }],
    }),
  );
  return runs;
}

/** One network; the value is the share of the test sequences that it gets wrong. */
function trainOrder(cell, { seed, updates }) {
  const random = new Random(seed, 'temporal order');
  const test = drawTemporalOrder(new Random(seed, 'temporal order test'), TEST);
  const sizes = { inputSize: INPUT_SIZE, hiddenSize: 8, outputSize: OUTPUT_SIZE };
  const model = createModel(cell, { ...sizes, seed, memory: TIME });
  const result = learn(model, {
    draw: () => drawTemporalOrder(random, BATCH),
    measure: () => {
      const { accuracy } = model.evaluate(test, { loss: 'crossEntropy' });
      const wrong = Math.round((1 - accuracy) * TEST);
      return { value: wrong / TEST, solved: wrong <= 1 };
    },
    updates,
    every: 100,
    loss: 'crossEntropy',
    optimizer: { kind: 'adam', lr: 0.01 },
    clipNorm: 1,
  });
  model.dispose();
  return result;
}
