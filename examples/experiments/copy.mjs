// The copy task, a hard case: ten symbols at once, over a pause.

import { Random } from '../random.mjs';
import { createModel } from './cells.mjs';
import { compare, runChart, successTable } from './compare.mjs';
import { learn } from './learn.mjs';
import { baseline, drawCopy, INPUT_SIZE, OUTPUT_SIZE, WORD } from './tasks/copy.mjs';

export const summary = 'copy task, a hard case: ten symbols after a pause of 10 and of 50 steps';

const BATCH = 32;
const TEST = 500;
const PAUSES = [10, 50];
/** Cross-entropy as a share of that of guessing. */
const SOLVED = 0.01;

/** Quick: a pause of 10 and few updates. Gives the runs by cell, of the last pause. */
export async function run({ seeds, quick, print, save }) {
  let runs;
  for (const pause of quick ? PAUSES.slice(0, 1) : PAUSES) {
    const updates = quick ? 300 : 2000;
    runs = await compare(['RNN', 'GRU', 'LSTM'], { seeds, print }, (cell, seed) =>
      trainCopy(cell, { pause, seed, updates }),
    );
    const guessing = baseline(pause);
    const title = `Copying ${WORD} symbols after ${pause} steps`;
    print(`${title}; solved: cross-entropy under ${100 * SOLVED} % of guessing, ${guessing.toFixed(4)}\n`);
    print(successTable(runs, { batch: BATCH, name: 'nats', format: (value) => value.toFixed(4) }));
    save(
      `copy-${pause}.svg`,
      runChart(runs, {
        batch: BATCH,
        title,
        note: 'Cross-entropy a step on test sequences, a line per seed',
        y: { label: 'nats', min: 0, max: 1.5 * guessing },
        levels: [{ name: 'guessing', y: guessing }],
      }),
    );
  }
  return runs;
}

/** One network; the value is its cross-entropy a step. */
function trainCopy(cell, { pause, seed, updates }) {
  const random = new Random(seed, 'copy');
  const test = drawCopy(new Random(seed, 'copy test'), TEST, pause);
  const sizes = { inputSize: INPUT_SIZE, hiddenSize: 64, outputSize: OUTPUT_SIZE };
  const model = createModel(cell, { ...sizes, seed, memory: pause + 2 * WORD, returnSequences: true });
  const result = learn(model, {
    draw: () => drawCopy(random, BATCH, pause),
    measure: () => {
      const { loss } = model.evaluate(test, { loss: 'crossEntropy', batchSize: 100 });
      return { value: loss, solved: loss < SOLVED * baseline(pause) };
    },
    updates,
    every: 100,
    loss: 'crossEntropy',
    optimizer: { kind: 'adam', lr: 0.005 },
    clipNorm: 1,
  });
  model.dispose();
  return result;
}
