/** `npm run bench:size`: what a page and a Node program load of `dist/`, beside their budgets. Fails where one is passed. */

import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browserFiles, scriptsOf } from './footprint/browser-files.mjs';
import { bundled } from './footprint/bundled.mjs';
import { gzipBytes, gzipText, rawBytes } from './footprint/compressed.mjs';
import { lineOf } from './table.mjs';

/** Bytes: of the page's files as gzip, of the addon as it is. */
const BUDGETS = {
  'page, runs networks': 84_000,
  'page, trains': 130_000,
  'bundle, runs an LSTM': 71_500,
  'native addon': 1_800_000,
  'cellgate/inline': 100_000,
  'cellgate/inline-inference': 54_000,
};
/** Of each other entry, on a page that has `cellgate` already. */
const ENTRY_BUDGET = 27_000;

const LSTM_ALONE = `
  import { init, LSTM } from 'cellgate';
  await init({ training: false });
  console.log(new LSTM({ inputSize: 1, hiddenSize: 2 }).stream());`;

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const { exports } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));

const addons = readdirSync(inRoot('dist/native')).filter((name) => name.endsWith('.node'));
const shared = new Set(scriptsOf('index'));

/** What an entry adds to a page that imports `cellgate`. */
function entryBytes(path) {
  const added = scriptsOf(basename(path, '.js'), true).filter((file) => !shared.has(file));
  return gzipBytes(added.map((file) => fileURLToPath(file)));
}

const entries = Object.entries(exports).filter(([name, { types }]) => name !== '.' && types);
const inference = browserFiles({ training: false });

const sizes = {
  'page, runs networks': gzipBytes(inference),
  'page, trains': gzipBytes(browserFiles({ training: true })),
  'bundle, runs an LSTM':
    gzipText(await bundled(LSTM_ALONE)) + gzipBytes(inference.filter((file) => file.endsWith('.wasm'))),
  'native addon': Math.max(...addons.map((name) => rawBytes([inRoot(`dist/native/${name}`)]))),
  ...Object.fromEntries(
    entries.map(([name, { default: path }]) => [name.replace('.', 'cellgate'), entryBytes(path)]),
  ),
};

const line = lineOf(
  [{ width: -26 }, { width: 10 }, { width: 10 }, { width: -8 }].map((column, index) => ({
    ...column,
    index,
  })),
);
const print = (...cells) => console.log(line(({ index }) => cells[index]));
const kilobytes = (bytes) => (bytes / 1000).toFixed(1);

print('what, kB', 'size', 'budget', '');
for (const [name, size] of Object.entries(sizes)) {
  const budget = BUDGETS[name] ?? ENTRY_BUDGET;
  const isWithin = size <= budget;
  print(name, kilobytes(size), kilobytes(budget), isWithin ? 'within' : 'passed');
  if (!isWithin) process.exitCode = 1;
}
