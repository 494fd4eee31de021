// Handwritten digits read row by row: 28 steps of 28 pixels, then the class.

import { Random } from '../random.mjs';
import { createModel } from './cells.mjs';
import { compare, runChart, successTable } from './compare.mjs';
import { learn } from './learn.mjs';
import { CLASSES, digitBatch, readDigits, SIDE } from './tasks/digits.mjs';

export const summary = 'handwritten digits read row by row, 97 % of the test digits right';

const BATCH = 64;
/** Training digits are moved by up to this many pixels. */
const SHIFT = 2;
/** Share of the test digits that may be wrong. */
const SOLVED = 0.03;

/** Full: 20 times through 8000 digits. Quick: twice. Gives the runs by cell. */
export async function run({ seeds, quick, print, save }) {
  const [training, test] = readDigits();
  const updates = (quick ? 2 : 20) * Math.floor(training.length / BATCH);
  const runs = await compare(['LSTM'], { seeds, print }, (cell, seed) =>
    trainRows(cell, { training, test, seed, updates }),
  );
  print(
    `Digits row by row, ${training.length} to learn, ${test.length} to test; solved: under 3 % wrong at the end\n`,
  );
  print(
    successTable(runs, { batch: BATCH, name: 'wrong', format: (value) => `${(100 * value).toFixed(2)} %` }),
  );
  save(
    'mnist-rows.svg',
    runChart(runs, {
      batch: BATCH,
      title: 'Digits row by row',
      note: `Share of ${test.length} test digits that are wrong, a line per seed`,
      x: { label: 'digits' },
      y: { label: 'wrong', scale: 'log' },
      levels: [{ name: '3 %', y: SOLVED }],
    }),
  );
  return runs;
}

/** One network, with all its updates; the value is the share of test digits that are wrong. */
function trainRows(cell, { training, test, seed, updates }) {
  const random = new Random(seed, 'digits');
  const shift = () => [random.integer(-SHIFT, SHIFT), random.integer(-SHIFT, SHIFT)];
  const testBatch = digitBatch(test);
  const model = createModel(cell, { inputSize: SIDE, hiddenSize: 128, outputSize: CLASSES, seed });
  const every = Math.ceil(updates / 10);
  const result = learn(model, {
    draw: () =>
      digitBatch(
        Array.from({ length: BATCH }, () => random.pick(training)),
        shift,
      ),
    measure: () => ({ value: 1 - model.evaluate(testBatch, { loss: 'crossEntropy' }).accuracy }),
    updates,
    every,
    loss: 'crossEntropy',
    optimizer: { kind: 'adam', lr: 0.002 },
    decay: true,
    clipNorm: 1,
  });
  model.dispose();
  return { ...result, solved: result.value <= SOLVED };
}
