/**
 * The benchmark of training: cellgate beside PyTorch, TensorFlow.js and brain.js, each in a process of its own, in one
 * interleaved run. PyTorch is run if `CELLGATE_PYTHON` (or `python3`) has it; else its last recorded figures are shown.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describeMachine } from '../machine.mjs';
import { RECORDED_ROUNDS, writeRecord } from '../report.mjs';
import { timeInterleaved } from '../timing.mjs';
import { makeData } from './data.mjs';
import { EngineProcess } from './engine-process.mjs';
import { checkEqual } from './equality.mjs';
import { stepBytes } from './memory.mjs';
import { footer, header, markdown, rows, summarize } from './report.mjs';
import { works } from './shapes.mjs';

const RESULTS = new URL('../results/', import.meta.url);
const PREFIX = 'training-';
const NATIVE = 'cellgate native';
const THREADS = 2;
/** glibc gives back at once what is freed, so that nothing is taken from what was there before. */
const FRUGAL = { MALLOC_MMAP_THRESHOLD_: '16384', MALLOC_TRIM_THRESHOLD_: '0' };
/** The largest counts: V8 may give back some of its own meanwhile. */
const MEMORY_SAMPLES = 3;
/** Trained before memory is measured, so that JavaScript's own is there. */
const SMALL = { steps: 2, batch: 1, inputSize: 1, hiddenSize: 1 };

const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url));

function worker(args, env) {
  return {
    file: process.execPath,
    args: [...process.execArgv, '--expose-gc', pathOf('worker.mjs'), ...args],
    env,
  };
}

const native = (threads) => worker(['cellgate', 'native'], { RAYON_NUM_THREADS: String(threads) });

/** `mayLack`: left out with a word where the machine has none. */
const ENGINES = [
  {
    name: 'pytorch',
    command: {
      file: process.env.CELLGATE_PYTHON ?? 'python3',
      args: [pathOf('engines/pytorch.py')],
      env: { OMP_NUM_THREADS: '1' },
    },
    mayLack: true,
  },
  { name: 'tensorflow.js wasm', command: worker(['tensorflow', 'wasm']) },
  { name: 'tensorflow.js cpu', command: worker(['tensorflow', 'cpu']) },
  { name: 'brain.js', command: worker(['brain']) },
  { name: NATIVE, command: native(1) },
  { name: `${NATIVE}, ${THREADS} threads`, command: native(THREADS), threads: THREADS },
  { name: 'cellgate wasm simd128', command: worker(['cellgate', 'wasm', 'simd128']) },
  { name: 'cellgate wasm relaxed', command: worker(['cellgate', 'wasm', 'relaxed']), mayLack: true },
];

async function openEngines(part) {
  const candidates = [];
  for (const { name, command, threads = 1, mayLack } of ENGINES) {
    if (!name.toLowerCase().includes(part.toLowerCase()) || threads > cpus().length) continue;
    const engineProcess = new EngineProcess(command);
    try {
      const about = await engineProcess.open();
      const isThreaded = threads > 1;
      const engine = isThreaded ? `${about.name}, ${threads} threads` : about.name;
      candidates.push({ ...about, engine, isThreaded, command, process: engineProcess });
    } catch (error) {
      await engineProcess.close();
      if (!mayLack) throw error;
      console.error(`${name} is not run: ${error.message.split('\n').at(-1)}`);
    }
  }
  return candidates;
}

/** The latest results of an engine on this kind of machine, for each work. */
function recordedResults(engine, kind) {
  const records = readdirSync(RESULTS)
    .filter((file) => file.startsWith(PREFIX))
    .map((file) => JSON.parse(readFileSync(new URL(file, RESULTS), 'utf8')))
    .filter(({ machine, results }) => machine.kind === kind && results.some((own) => own.engine === engine))
    .sort((a, b) => a.date.localeCompare(b.date));
  const { machine, results = [] } = records.at(-1) ?? {};
  return results
    .filter((result) => result.engine === engine && !result.recorded)
    .map((result) => ({ ...result, recorded: machine.commit }));
}

/** Bytes that a fresh process grows by when it trains. */
async function memorySample(work, { file, args, env }) {
  const engineProcess = new EngineProcess({ file, args, env: { ...env, ...FRUGAL } });
  try {
    await engineProcess.open();
    const small = { ...SMALL, cell: work.cell };
    await engineProcess.load(small, makeData(small));
    await engineProcess.answer(3);
    await engineProcess.load(work, makeData(work));
    return await engineProcess.memory();
  } finally {
    await engineProcess.close();
  }
}

/** `{ bytes, formula }`: measured, and as it should be. */
async function measureMemory(work, { command, isa }) {
  const samples = [];
  while (samples.length < MEMORY_SAMPLES) samples.push(await memorySample(work, command));
  return { bytes: Math.max(...samples), formula: stepBytes(work, isa) };
}

async function measure(work, candidates, recorded, options) {
  const data = makeData(work);
  for (const { process: engineProcess } of candidates) await engineProcess.load(work, data);
  const largestDifference = await checkEqual(work, candidates);
  const timed = candidates.map(({ process: engineProcess }) => ({
    run: (count) => engineProcess.run(count),
  }));
  const samples = await timeInterleaved(timed, options);
  const known = recorded.filter((result) => result.work === work.name);
  const results = summarize(work, candidates, samples, known);
  for (const [index, candidate] of candidates.entries()) {
    results[index].largestDifference = candidate.isOther ? undefined : largestDifference;
    const isNative = candidate.engine.startsWith(NATIVE) && !candidate.isThreaded;
    if (isNative) results[index].memory = await measureMemory(work, candidate);
  }
  return results;
}

export async function main(options) {
  if (options.markdown) {
    console.log(markdown(JSON.parse(readFileSync(options.markdown, 'utf8'))));
    return;
  }
  const chosen = works.filter(({ name }) => name.toLowerCase().includes(options.filter.toLowerCase()));
  const candidates = await openEngines(options.engines);
  try {
    const { rounds, sampleMs } = options;
    const about = candidates.map(({ engine, version, isa }) => ({ name: engine, version, isa }));
    const machine = describeMachine(about);
    const record = { date: new Date().toISOString(), machine, rounds, sampleMs, results: [] };
    const hasPyTorch = candidates.some(({ engine }) => engine === 'pytorch');
    const recorded = hasPyTorch || options.engines ? [] : recordedResults('pytorch', machine.kind);
    if (!options.json) console.log(header(record));
    for (const work of chosen) {
      const results = await measure(work, candidates, recorded, options);
      record.results.push(...results);
      if (!options.json) console.log(rows(results));
    }
    console.log(options.json ? JSON.stringify(record, null, 1) : footer(record.results));
    if (options.filter || options.engines || rounds < RECORDED_ROUNDS) return;
    const url = writeRecord(RESULTS, record, PREFIX);
    console.error(`recorded in ${url.pathname.split('/').slice(-3).join('/')}`);
  } finally {
    for (const { process: engineProcess } of candidates) await engineProcess.close();
  }
}
