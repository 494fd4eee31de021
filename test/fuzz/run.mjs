/**
 * Fuzzes the importers, each in a thread of its own that is watched for hangs.
 *
 *     npm run fuzz -- --only torch,keras --inputs 1000000 --seed 1 --from 0
 *
 * Failing inputs are written to `out/fuzz/`; once mended they belong into `test/fuzz/inputs/KIND/`, which is run as a test.
 */

import { mkdirSync, readdirSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { fuzz, inputOf } from './harness/fuzz.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const OUT = path.join(here, '../../out/fuzz');
/** A thread that does not go on for so long hangs: far above the limit for a call, since others use the machine as well. */
const HANG_MS = 60_000;

/** A busy thread has no turn to print in. */
const print = (text) => writeSync(1, `${text}\n`);

const targetOf = async (kind) => (await import(`./${kind}.mjs`)).default;

function keep(kind, seed, index, bytes, fault) {
  mkdirSync(OUT, { recursive: true });
  const file = path.join(OUT, `${kind}-${seed}-${index}.bin`);
  writeFileSync(file, bytes);
  print(`${kind} ${index}: ${fault}\n  kept as ${file}`);
}

async function work({ kind, inputs, seed, from, progress }) {
  const target = await targetOf(kind);
  const { accepted, failures } = await fuzz(target, {
    inputs,
    seed,
    from,
    onInput: (index) => Atomics.store(progress, 0, index),
    onFailure: ({ index, fault, bytes }) => keep(kind, seed, index, bytes, fault),
  });
  print(`${kind}: ${inputs} inputs, ${accepted} accepted, ${failures.length} failures`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

/** Runs a kind; tells whether all was well. */
async function supervise(kind, { inputs, seed, from }) {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL(import.meta.url), { workerData: { kind, inputs, seed, from, progress } });
  let last = -1;
  const watch = setInterval(async () => {
    const index = Atomics.load(progress, 0);
    if (index !== last) {
      last = index;
      console.error(`${kind}: at ${index}`);
      return;
    }
    clearInterval(watch);
    const target = await targetOf(kind);
    keep(kind, seed, index, inputOf(target, target.seeds(), seed, index).bytes, 'hangs');
    await worker.terminate();
  }, HANG_MS);
  const code = await new Promise((resolve) => {
    worker.on('exit', resolve);
    worker.on('error', (error) => console.error(error));
  });
  clearInterval(watch);
  return code === 0;
}

if (isMainThread) {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      inputs: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
    },
  });
  const kinds = readdirSync(here).filter((file) => file.endsWith('.mjs') && file !== 'run.mjs');
  const chosen = values.only?.split(',') ?? kinds.map((file) => path.basename(file, '.mjs'));
  const numbers = { inputs: Number(values.inputs), seed: Number(values.seed), from: Number(values.from) };
  for (const kind of chosen) if (!(await supervise(kind, numbers))) process.exitCode = 1;
} else {
  await work(workerData);
}
