// The adding problem: do the cells carry two numbers over a hundred steps and more?

import { Random } from '../random.mjs';
import { createModel } from './cells.mjs';
import { compare, runChart, successTable } from './compare.mjs';
import { learn } from './learn.mjs';
import { BASELINE, drawAdding, INPUT_SIZE, OUTPUT_SIZE } from './tasks/adding.mjs';

export const summary = 'adding problem: two marked numbers among 100 and among 400';

const CELLS = ['RNN', 'GRU', 'LSTM', 'LSTM, no forget gate'];
const BATCH = 32;
const TEST = 2000;
/** Mean squared error on the test sequences. */
const SOLVED = 0.01;

/** Full: 100 and 400 steps. Quick: 100 steps, fewer updates. Gives the runs by cell, of the last length. */
export async function run({ seeds, quick, print, save }) {
  let runs;
  for (const time of quick ? [100] : [100, 400]) {
    const updates = quick ? 1500 : 5000;
    runs = await compare(quick ? CELLS.slice(0, 3) : CELLS, { seeds, print }, (cell, seed) =>
      trainAdding(cell, { time, seed, updates }),
    );
    const title = `The adding problem, ${time} steps`;
    print(`${title}; solved: mean squared error under ${SOLVED}\n`);
    print(successTable(runs, { batch: BATCH, name: 'error', format: (value) => value.toFixed(4) }));
    const level = { name: 'always 1', y: BASELINE };
    save(
      `adding-${time}.svg`,
      runChart(runs, {
        batch: BATCH,
        title,
        note: `Mean squared error on ${TEST} test sequences, a line per seed`,
        y: { label: 'error', scale: 'log' },
        levels: [level],
      }),
    );
  }
  return runs;
}

/** One network on sequences of `time` steps; the value is its error. */
function trainAdding(cell, { time, seed, updates }) {
  const random = new Random(seed, 'adding');
  const test = drawAdding(new Random(seed, 'adding test'), TEST, time);
  const sizes = { inputSize: INPUT_SIZE, hiddenSize: 8, outputSize: OUTPUT_SIZE };
  const model = createModel(cell, { ...sizes, seed, memory: time });
  const result = learn(model, {
    draw: () => drawAdding(random, BATCH, time),
    measure: () => {
      const { loss } = model.evaluate(test, { loss: 'mse' });
      return { value: loss, solved: loss < SOLVED };
    },
    updates,
    every: 100,
    loss: 'mse',
    optimizer: { kind: 'adam', lr: 0.01 },
    clipNorm: 1,
  });
  model.dispose();
  return result;
}
