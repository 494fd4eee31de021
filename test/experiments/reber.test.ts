/** The embedded Reber grammar. A network that forgets the second symbol gets half of the strings wrong. */

import { expect, it } from 'vitest';
import { runQuick, solved, values } from './quick.js';

it('is learned by the LSTM from 256 strings, and seldom by the RNN', { timeout: 60_000 }, async () => {
  const { runs, printed } = await runQuick('reber', 10);
  // 9 or 10 of 10 are; the others miss a few of 256 strings.
  expect(solved(runs, 'LSTM'), printed).toBeGreaterThanOrEqual(7);
  expect(values(runs, 'LSTM')[8], printed).toBeLessThan(0.1);
  // 3 of 10 are.
  expect(solved(runs, 'RNN'), printed).toBeLessThan(solved(runs, 'LSTM'));
});
