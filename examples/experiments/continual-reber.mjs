// The endless Reber stream: nothing marks where a string ends, so the cell has to clear itself.

import { Random } from '../random.mjs';
import { createModel } from './cells.mjs';
import { compare, median, runChart, successTable } from './compare.mjs';
import { learn } from './learn.mjs';
import { INPUT_SIZE, isRight, OUTPUT_SIZE, ReberStreams } from './tasks/reber.mjs';

export const summary = 'endless Reber stream: does the cell clear itself, with and without the forget gate?';

export const STREAMS = 16;
const TEST_STREAMS = 10;
/** Steps of a training stream; then new ones begin from zeros. */
const STREAM = 1000;
/** Steps of every look, and of the last one when there was no error: a million symbols in all. */
const [LOOK, LAST_LOOK] = [1000, 100_000];

/**
 * Strings around one Reber string, and around four: the mean lag is 9 and 33 symbols. `window` are the
 * steps over which gradients run.
 */
export const FORMS = [
  { inner: 1, window: 40, updates: 5000, seen: 'one Reber string' },
  { inner: 4, window: 100, updates: 10000, seen: 'four Reber strings' },
];

/** Quick: the first form and less of it. Gives the runs by cell, of the last form. */
export async function run({ seeds, quick, print, save }) {
  const gates = ['LSTM', 'LSTM, no forget gate'];
  let runs;
  for (const form of quick ? [{ ...FORMS[0], updates: 1000, last: 2000 }] : FORMS) {
    runs = await compare(quick ? gates : ['RNN', 'GRU', ...gates], { seeds, print }, (cell, seed) =>
      trainStreams(cell, { ...form, seed }),
    );
    const title = `The endless stream, each string around ${form.seen}`;
    print(
      `${title}; solved: no wrong prediction in ${TEST_STREAMS} streams of ${form.last ?? LAST_LOOK} symbols\n`,
    );
    const format = (value) => `${(100 * value).toFixed(4)} %`;
    const published = form.inner === 1 ? { LSTM: '18 to 62 %', 'LSTM, no forget gate': '0 %' } : {};
    print(
      successTable(runs, { batch: STREAMS * form.window, unit: 'symbols', name: 'wrong', format, published }),
    );
    for (const cell of gates) {
      const largest = median(runs[cell].map(({ cellState }) => cellState));
      print(`${cell}: largest |c| after ${LOOK} symbols ${largest.toFixed(0)} (median)`);
    }
    save(
      `continual-reber-${form.inner}.svg`,
      runChart(runs, {
        batch: STREAMS * form.window,
        title,
        note: 'Share of the predictions that are wrong, a line per seed',
        x: { label: 'symbols' },
        y: { label: 'wrong', min: 0, max: 0.05 },
      }),
    );
  }
  return runs;
}

/** One network; the value is the share of wrong predictions, `cellState` the largest |c| at the end of test streams. */
export function trainStreams(cell, { inner, window, updates, seed, last = LAST_LOOK }) {
  const random = new Random(seed, 'continual reber');
  const sizes = { inputSize: INPUT_SIZE, hiddenSize: 12, outputSize: OUTPUT_SIZE };
  const model = createModel(cell, {
    ...sizes,
    seed,
    returnSequences: true,
  });
  const drawTest = (time) => new ReberStreams(new Random(seed, 'test'), TEST_STREAMS, inner).draw(time);
  const [look, lastLook] = [drawTest(LOOK), drawTest(last)];
  let streams;
  let at = 0;
  const result = learn(model, {
    draw: () => {
      const carry = at % STREAM > 0;
      at += window;
      if (!carry) streams = new ReberStreams(random, STREAMS, inner);
      return { ...streams.draw(window), carry };
    },
    measure: () => {
      const value = shareWrong(model, look) || shareWrong(model, lastLook);
      return { value, solved: value === 0 };
    },
    updates,
    every: 250,
    loss: 'crossEntropy',
    optimizer: { kind: 'adam', lr: 0.02 },
    decay: true,
    clipNorm: 1,
  });
  const { state } = model.layers[0].forward(look.x);
  model.dispose();
  return { ...result, cellState: Math.max(...(state.c ?? state.h).data.map(Math.abs)) };
}

/** Share of the predictions that are wrong on streams that begin from zeros. */
function shareWrong(model, { x, legal }) {
  const { data } = model.predict(x);
  const all = legal.flat();
  return all.filter((bits, row) => !isRight(data, row * OUTPUT_SIZE, bits)).length / all.length;
}
