/**
 * The benchmarks, which need the built package in `dist/`. The one here: cellgate beside ONNX Runtime, natively and on
 * WebAssembly, in one interleaved run on one thread each. The other: training/run.mjs. A complete run is recorded in
 * `bench/results/`.
 */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeData } from './data.mjs';
import { checkEqual } from './equality.mjs';
import { describeMachine } from './machine.mjs';
import { handOver, otherNode } from './node-binary.mjs';
import { footer, header, RECORDED_ROUNDS, rows, summarize, writeRecord } from './report.mjs';
import { works } from './shapes.mjs';
import { timeInterleaved } from './timing.mjs';

const USAGE = `npm run bench -- [training] [options]
  --filter TEXT    only works whose name contains it, such as "GRU" or "T1 B1"
  --engines TEXT   only engines whose name contains it, such as "native" or "onnxruntime"
  --rounds N       samples per candidate (31)
  --sample MS      least time of a sample (30)
  --json           prints the record instead of the table
  --markdown FILE  with training: prints the table of README.md of a record, and measures nothing
  --node PATH      the Node to run under; left out, this one, or an installed newer one where this lacks relaxed SIMD`;

const cellgateWasm = async (isa) => (await import('./peers/cellgate-wasm.mjs')).open(isa);

/** A peer stands before those that are compared with it. The native engine's name goes on with its instruction set. */
const ENGINES = [
  { name: 'onnxruntime-node', open: async () => (await import('./peers/ort-node.mjs')).open() },
  { name: 'cellgate native', open: async () => (await import('./peers/cellgate-native.mjs')).open() },
  { name: 'onnxruntime-web', open: async () => (await import('./peers/ort-web.mjs')).open() },
  { name: 'cellgate wasm simd128', open: () => cellgateWasm('simd128') },
  { name: 'cellgate wasm relaxed', open: () => cellgateWasm('relaxed') },
];

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      filter: { type: 'string', default: '' },
      engines: { type: 'string', default: '' },
      rounds: { type: 'string', default: '31' },
      sample: { type: 'string', default: '30' },
      json: { type: 'boolean', default: false },
      markdown: { type: 'string' },
      node: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const [suite = 'layers'] = positionals;
  const options = { ...values, suite, rounds: Number(values.rounds), sampleMs: Number(values.sample) };
  const isKnown = positionals.length < 2 && ['layers', 'training'].includes(suite);
  if (!(isKnown && Number.isInteger(options.rounds) && options.rounds > 0 && options.sampleMs > 0))
    throw new Error(USAGE);
  return options;
}

function contains(name, part) {
  return name.toLowerCase().includes(part.toLowerCase());
}

/** Opens the engines; one that this Node cannot run is told and left out, any other trouble is an error. */
async function openEngines(part) {
  const engines = [];
  for (const { name, open } of ENGINES.filter((engine) => contains(engine.name, part))) {
    try {
      engines.push(await open());
    } catch (error) {
      if (error.code !== 'backend' || name !== 'cellgate wasm relaxed') throw error;
      console.error(`${name} is not run under Node ${process.versions.node} (see --node): ${error.message}`);
    }
  }
  return engines;
}

async function measure(work, engines, options) {
  const data = makeData(work);
  const candidates = [];
  for (const engine of engines) {
    for (const candidate of await engine.load(work, data)) candidates.push({ ...candidate, engine });
  }
  try {
    const largestDifference = await checkEqual(work, candidates);
    const samples = await timeInterleaved(candidates, options);
    return summarize(work, candidates, samples).map((result) => ({ ...result, largestDifference }));
  } finally {
    for (const candidate of candidates) await candidate.close?.();
  }
}

async function main(options) {
  const chosen = works.filter(({ name }) => contains(name, options.filter));
  const engines = await openEngines(options.engines);
  const { rounds, sampleMs } = options;
  const record = { machine: describeMachine(engines), rounds, sampleMs, results: [] };
  if (!options.json) console.log(header(record));
  for (const work of chosen) {
    const results = await measure(work, engines, options);
    record.results.push(...results);
    if (!options.json) console.log(rows(results));
  }
  console.log(options.json ? JSON.stringify(record, null, 1) : footer(record.results));
  if (options.filter || options.engines || rounds < RECORDED_ROUNDS) return;
  const url = writeRecord(new URL('results/', import.meta.url), record);
  console.error(`recorded in ${url.pathname.split('/').slice(-3).join('/')}`);
}

const options = readOptions();
const other = otherNode(options.node);
if (options.help) {
  console.log(USAGE);
} else if (other) {
  process.exitCode = handOver(other, fileURLToPath(import.meta.url), process.argv.slice(2));
} else {
  const run = options.suite === 'training' ? (await import('./training/run.mjs')).main : main;
  await run(options);
}
