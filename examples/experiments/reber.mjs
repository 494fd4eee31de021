// The embedded Reber grammar: is the second symbol remembered until the last but one?

import { Random } from '../random.mjs';
import { createModel } from './cells.mjs';
import { compare, runChart, successTable } from './compare.mjs';
import { learn } from './learn.mjs';
import { batchOf, drawReberSets, INPUT_SIZE, isRight, OUTPUT_SIZE } from './tasks/reber.mjs';

export const summary = 'embedded Reber grammar: strings whose second symbol comes again at their end';

const BATCH = 16;
/** Strings to learn from, and as many others for the test. */
const STRINGS = 256;

/** Gives the runs by cell. */
export async function run({ seeds, quick, print, save }) {
  const cells = quick ? ['RNN', 'LSTM'] : ['RNN', 'GRU', 'LSTM', 'LSTM, no forget gate'];
  const updates = quick ? 3000 : 10000;
  const runs = await compare(cells, { seeds, print }, (cell, seed) => trainReber(cell, { seed, updates }));
  print(
    `Embedded Reber grammar; solved: every symbol of ${STRINGS} known and ${STRINGS} new strings right\n`,
  );
  const format = (value) => `${(100 * value).toFixed(1)} %`;
  const published = { RNN: 'Elman 0 %', 'LSTM, no forget gate': '97 to 100 %, 8 440 to 39 740 strings' };
  print(successTable(runs, { batch: BATCH, name: 'wrong', format, published }));
  save(
    'reber.svg',
    runChart(runs, {
      batch: BATCH,
      title: 'The embedded Reber grammar',
      note: `Share of ${STRINGS} new strings with a wrong symbol, a line per seed`,
      y: { label: 'wrong', min: 0, max: 1 },
      levels: [{ name: 'second symbol forgotten', y: 0.5 }],
    }),
  );
  return runs;
}

/** One network; the value is the share of new strings with a wrong symbol. */
function trainReber(cell, { seed, updates }) {
  const random = new Random(seed, 'reber');
  const [known, others] = drawReberSets(random, STRINGS);
  const sets = [batchOf(known), batchOf(others)];
  const sizes = { inputSize: INPUT_SIZE, hiddenSize: 8, outputSize: OUTPUT_SIZE };
  const model = createModel(cell, { ...sizes, seed, returnSequences: true, memory: 50 });
  const result = learn(model, {
    draw: () => batchOf(Array.from({ length: BATCH }, () => random.pick(known))),
    measure: () => {
      const [old, value] = sets.map((set) => shareWrong(model, set));
      return { value, solved: old === 0 && value === 0 };
    },
    updates,
    every: 50,
    loss: 'crossEntropy',
    optimizer: { kind: 'adam', lr: 0.02 },
    clipNorm: 1,
  });
  model.dispose();
  return result;
}

/** Share of the strings of a batch in which a symbol is not predicted rightly. */
function shareWrong(model, { x, lengths, legal }) {
  const { data } = model.predict(x, { lengths });
  const time = x.shape[1];
  const wrong = legal.filter((steps, b) =>
    steps.some((bits, t) => !isRight(data, (b * time + t) * OUTPUT_SIZE, bits)),
  );
  return wrong.length / legal.length;
}
