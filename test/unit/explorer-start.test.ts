/** The explorer's page without a network at first. */
import * as cellgate from 'cellgate';
import { expect, it, vi } from 'vitest';
import { start } from '../../explorer/src/network/start.js';

vi.mock('cellgate', { spy: true });

it('starts the library once, and anew after a failure', async () => {
  const init = vi.mocked(cellgate.init).mockRejectedValueOnce(new Error('no network'));
  await expect(start()).rejects.toThrow('no network');
  await Promise.all([start(), start()]);
  expect(init).toHaveBeenCalledTimes(2);
});
