/** The adding problem of 100 steps. The best answer that ignores the markers has an error of 1/6. */

import { expect, it } from 'vitest';
import { runQuick, solved, values } from './quick.js';

const BASELINE = 1 / 6;

it('is solved by LSTM and GRU, and not by the RNN', { timeout: 60_000 }, async () => {
  const { runs, printed } = await runQuick('adding', 5);
  // All of them are, with half of these updates. The RNN's error stays at the baseline.
  expect(solved(runs, 'LSTM'), printed).toBeGreaterThanOrEqual(4);
  expect(solved(runs, 'GRU'), printed).toBeGreaterThanOrEqual(4);
  expect(values(runs, 'RNN')[0], printed).toBeGreaterThan(BASELINE / 2);
});
