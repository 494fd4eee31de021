/** `npm run test:packaging`: the packed package, installed into an empty project, wherever JavaScript runs. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    include: ['**/*.test.ts'],
    globalSetup: './global-setup.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A Chromium takes its time to end on a busy machine.
    teardownTimeout: 60_000,
  },
});
