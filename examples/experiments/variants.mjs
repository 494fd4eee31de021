// Parts of the cell taken out one at a time, on one task: the endless Reber stream, each string around four.

import { compare, runChart, successTable } from './compare.mjs';
import { FORMS, STREAMS, trainStreams } from './continual-reber.mjs';

export const summary = "parts of the LSTM's cell taken out one at a time, and the GRU";

/** Greff's names: NP (theirs have peepholes otherwise), V, CIFG, NIG, NFG, NOG, NIAF, NOAF; and the GRU. */
const VARIANTS = [
  'LSTM',
  'LSTM, peepholes',
  'LSTM, coupled gates',
  'LSTM, no input gate',
  'LSTM, no forget gate',
  'LSTM, no output gate',
  'LSTM, no input activation',
  'LSTM, no output activation',
  'GRU',
];

/** Quick: fewer updates. Gives the runs by cell. */
export async function run({ seeds, quick, print, save }) {
  const form = { ...FORMS.at(-1), updates: quick ? 1000 : 5000 };
  const runs = await compare(VARIANTS, { seeds, print }, (cell, seed) =>
    trainStreams(cell, { ...form, seed }),
  );
  print(`The endless stream, each string around ${form.seen}; ${form.updates} updates\n`);
  const format = (value) => `${(100 * value).toFixed(4)} %`;
  const batch = STREAMS * form.window;
  print(successTable(runs, { batch, unit: 'symbols', name: 'wrong', format }));
  save(
    'variants.svg',
    runChart(runs, {
      batch,
      title: 'The cell without its parts',
      note: `Share of wrong predictions, strings around ${form.seen}, a line per seed`,
      x: { label: 'symbols' },
      y: { label: 'wrong', min: 0, max: 0.05 },
    }),
  );
  return runs;
}
