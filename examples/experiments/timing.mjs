// Measuring delays: was the interval between two spikes F steps, or F + 1?

import { Random } from '../random.mjs';
import { createModel } from './cells.mjs';
import { compare, runChart, successTable } from './compare.mjs';
import { learn } from './learn.mjs';
import { drawTiming, INPUT_SIZE, OUTPUT_SIZE } from './tasks/timing.mjs';

export const summary = 'delays between spikes, F or F + 1 steps: LSTM with peepholes and without';

const BATCH = 32;
const SPIKES = 5;
const TEST = 500;
const SHORTEST = [10, 20, 30];

/** Quick: F = 10. Gives the runs by cell, of the last F. */
export async function run({ seeds, quick, print, save }) {
  let runs;
  for (const shortest of quick ? SHORTEST.slice(0, 1) : SHORTEST) {
    const updates = quick ? 1500 : 4000;
    const cells = quick ? ['LSTM', 'LSTM, peepholes'] : ['RNN', 'GRU', 'LSTM', 'LSTM, peepholes'];
    runs = await compare(cells, { seeds, print }, (cell, seed) =>
      trainTiming(cell, { shortest, seed, updates }),
    );
    const title = `Intervals of ${shortest} or ${shortest + 1} steps`;
    print(`${title}; solved: all ${TEST * SPIKES} intervals of ${TEST} test sequences right\n`);
    print(
      successTable(runs, { batch: BATCH, name: 'wrong', format: (value) => `${(100 * value).toFixed(2)} %` }),
    );
    save(
      `timing-${shortest}.svg`,
      runChart(runs, {
        batch: BATCH,
        title,
        note: 'Share of the intervals that are wrong, a line per seed',
        y: { label: 'wrong', min: 0, max: 0.6 },
        levels: [{ name: 'chance', y: 0.5 }],
      }),
    );
  }
  return runs;
}

/** One network; the value is the share of test intervals that it gets wrong. */
function trainTiming(cell, { shortest, seed, updates }) {
  const random = new Random(seed, 'timing');
  const test = drawTiming(new Random(seed, 'timing test'), TEST, shortest, SPIKES);
  const sizes = { inputSize: INPUT_SIZE, hiddenSize: 8, outputSize: OUTPUT_SIZE };
  const model = createModel(cell, { ...sizes, seed, memory: 2 * shortest, returnSequences: true });
  const result = learn(model, {
    draw: () => drawTiming(random, BATCH, shortest, SPIKES),
    measure: () => {
      const { accuracy } = model.evaluate(test, { loss: 'crossEntropy', batchSize: 100 });
      return { value: 1 - accuracy, solved: accuracy === 1 };
    },
    updates,
    every: 100,
    loss: 'crossEntropy',
    optimizer: { kind: 'adam', lr: 0.01 },
    decay: true,
    clipNorm: 1,
  });
  model.dispose();
  return result;
}
