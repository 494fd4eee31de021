/** Temporal order, task 6a: four classes, 100 to 110 steps. */

import { expect, it } from 'vitest';
import { runQuick, solved, values } from './quick.js';

it('is told by LSTM and GRU, and guessed by the RNN', { timeout: 60_000 }, async () => {
  const { runs, printed } = await runQuick('temporal-order', 5);
  // All of them are solved, with half of these updates.
  expect(solved(runs, 'LSTM'), printed).toBeGreaterThanOrEqual(4);
  expect(solved(runs, 'GRU'), printed).toBeGreaterThanOrEqual(4);
  // Chance is 0.75.
  expect(values(runs, 'RNN')[0], printed).toBeGreaterThan(0.4);
});
