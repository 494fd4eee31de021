/** The benchmarks, which need the built package in `dist/`: `--help` lists suites and options. */

import { fileURLToPath } from 'node:url';
import { installPeers } from './install.mjs';
import { handOver, otherNode } from './node-binary.mjs';
import { readOptions, USAGE } from './options.mjs';
import { keepRecord, RECORDED_ROUNDS, readRecord, writeJson } from './record.mjs';

const isComplete = ({ only, engines, quick, against, rounds }) =>
  !(only || engines || quick || against) && rounds >= RECORDED_ROUNDS;

async function train(options) {
  const { training } = await import('./training/run.mjs');
  return training(options);
}

async function infer(options) {
  const { inference } = await import('./inference/run.mjs');
  const { callCosts, growths, meansTable } = await import('./inference/report.mjs');
  const { goalsTable } = await import('./inference/goals.mjs');
  let against;
  if (options.against) {
    const { buildReference } = await import('./reference.mjs');
    against = { name: options.against, root: buildReference(options.against) };
  }
  const record = await inference(options, against);
  const tables = [meansTable(record.results)];
  if (!against)
    tables.push(...growths(record.results), callCosts(record.results), goalsTable(record.results));
  console.log(`\n${tables.filter(Boolean).join('\n\n')}\n`);
  return record;
}

const SUITES = {
  inference: infer,
  training: train,
  async vad(options) {
    const { vad } = await import('./vad/run.mjs');
    return vad(options);
  },
  async denormals(options) {
    const { denormals } = await import('./denormals/run.mjs');
    return { denormals: await denormals(options) };
  },
  async footprint(options) {
    const { footprint } = await import('./footprint/run.mjs');
    return { footprint: await footprint(options) };
  },
};

/** What a run without a suite does; one of two commits, or of chosen works, is about their speed alone. */
async function everything(options) {
  const record = await infer(options);
  if (options.against || options.only) return record;
  const { denormals } = await SUITES.denormals(options);
  console.log('');
  const { footprint } = await SUITES.footprint(options);
  return { ...record, denormals, footprint };
}

async function draw(file) {
  const { writeCharts } = await import('./charts.mjs');
  for (const name of writeCharts(readRecord(file))) console.log(`bench/charts/${name}`);
}

async function printMarkdown(file) {
  const record = readRecord(file);
  const isTraining = record.results.some(({ memory }) => memory);
  const { markdown } = await import(`./${isTraining ? 'training' : 'inference'}/report.mjs`);
  console.log(markdown(record));
}

async function main(options) {
  if (options.charts) return draw(options.charts);
  if (options.markdown) return printMarkdown(options.markdown);
  const { suite } = options;
  const record = await (suite ? SUITES[suite] : everything)(options);
  if (options.json) writeJson(options.json, record);
  if (!isComplete(options) || !record.machine) return undefined;
  const threads = options.threads > 1 && suite !== 'training' ? `-${options.threads}-threads` : '';
  const file = keepRecord(`${suite ?? 'inference'}${threads}`, record);
  if (!suite && !threads) await draw(file);
  return undefined;
}

const options = readOptions(process.argv.slice(2));
const other = otherNode(options.node);
if (options.help) {
  console.log(USAGE);
} else if (other) {
  process.exitCode = handOver(other, fileURLToPath(import.meta.url), process.argv.slice(2));
} else {
  installPeers();
  await main(options);
}
