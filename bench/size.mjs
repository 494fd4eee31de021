/** `npm run bench:size`: what a page and a Node program load of `dist/`, beside their budgets. Fails where one is passed. */

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { browserFiles } from './footprint/browser-files.mjs';
import { gzipBytes, rawBytes } from './footprint/compressed.mjs';
import { lineOf } from './table.mjs';

/** Bytes: of the page's files as gzip, of the addon as it is. */
const BUDGETS = { inference: 60_000, 'with training': 120_000, 'native addon': 3_000_000 };

const NATIVE = fileURLToPath(new URL('../dist/native/', import.meta.url));

const addons = readdirSync(NATIVE).filter((name) => name.endsWith('.node'));

const sizes = {
  inference: gzipBytes(browserFiles({ training: false })),
  'with training': gzipBytes(browserFiles({ training: true })),
  'native addon': Math.max(...addons.map((name) => rawBytes([NATIVE + name]))),
};

const line = lineOf(
  [{ width: -14 }, { width: 10 }, { width: 10 }, { width: -8 }].map((column, index) => ({
    ...column,
    index,
  })),
);
const print = (...cells) => console.log(line(({ index }) => cells[index]));
const kilobytes = (bytes) => (bytes / 1000).toFixed(1);

print('what, kB', 'size', 'budget', '');
for (const [name, size] of Object.entries(sizes)) {
  const isWithin = size <= BUDGETS[name];
  print(name, kilobytes(size), kilobytes(BUDGETS[name]), isWithin ? 'within' : 'passed');
  if (!isWithin) process.exitCode = 1;
}
