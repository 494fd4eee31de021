/** From samples to figures, the table of a terminal and the file of a record. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { median, quantile } from './timing.mjs';

/** Fewer rounds are a trial, not a record. */
export const RECORDED_ROUNDS = 15;

/** Median, least value and spread of one candidate's samples. */
export function figures(samples) {
  const ms = median(samples);
  const spread = (quantile(samples, 0.75) - quantile(samples, 0.25)) / ms;
  return { ms, minMs: Math.min(...samples), spread };
}

export function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/**
 * Figures of one work. `ratio` is the peer's time by the candidate's, the median over rounds of the two samples of the
 * same round: above 1 the candidate is faster. A single step has two calls, of which `isCompared` marks one.
 */
export function summarize(work, candidates, samples) {
  return candidates.map((candidate, index) => {
    const own = figures(samples[index]);
    const peer = candidates.findIndex(({ engine }) => engine.name === candidate.engine.peer);
    return {
      work: work.name,
      engine: candidate.engine.name,
      call: candidate.call,
      isCompared: candidate.isCompared,
      ...own,
      gflops: work.flops / own.ms / 1e6,
      ...(peer >= 0 && {
        peer: candidate.engine.peer,
        ratio: median(samples[index].map((own, round) => samples[peer][round] / own)),
      }),
    };
  });
}

const COLUMNS = [
  { title: 'work', width: -18, cell: ({ work }) => work },
  { title: 'engine', width: -23, cell: ({ engine }) => engine },
  { title: 'call', width: -8, cell: ({ call }) => call },
  { title: 'ms', width: 9, cell: ({ ms }) => ms.toFixed(4) },
  { title: 'spread', width: 7, cell: ({ spread }) => `${(100 * spread).toFixed(0)} %` },
  { title: 'GFLOP/s', width: 8, cell: ({ gflops }) => gflops.toFixed(1) },
  { title: 'ratio', width: 8, cell: ({ ratio }) => (ratio === undefined ? '' : `${ratio.toFixed(2)}x`) },
];

/** Columns are `{ width }`, negative to the left; what is given makes a line of what `text` says of each. */
export function lineOf(columns) {
  return (text) =>
    columns
      .map((column) => {
        const { width } = column;
        return width < 0 ? text(column).padEnd(-width) : text(column).padStart(width);
      })
      .join(' ')
      .trimEnd();
}

const line = lineOf(COLUMNS);

/** What stands above the table. */
export function header({ machine, rounds, sampleMs }) {
  const { cpu, cores, kind, node, commit, engines } = machine;
  const versions = Object.entries(engines).map(([name, version]) => `${name} (${version})`);
  return [
    `${cpu}, ${cores} cores, ${kind}; Node ${node}; commit ${commit}; one thread each`,
    versions.join(', '),
    `median of ${rounds} interleaved samples of about ${sampleMs} ms; ratio is the peer's time by cellgate's,`,
    'natively against onnxruntime-node, on WebAssembly against onnxruntime-web. Single steps (T1) are compared as',
    "a stream's step, which keeps the state; forward and the peers' run are handed the last one on each call.",
    '',
    line(({ title }) => title),
  ].join('\n');
}

/** Lines of one work. */
export function rows(results) {
  return results.map((result) => line(({ cell }) => cell(result))).join('\n');
}

/** Geometric mean of each engine's ratios, single steps as the call that is compared. */
export function footer(results) {
  const compared = results.filter(({ ratio, isCompared }) => ratio !== undefined && isCompared);
  const engines = [...new Set(compared.map(({ engine }) => engine))];
  return engines
    .map((engine) => {
      const own = compared.filter((result) => result.engine === engine);
      const mean = geometricMean(own.map(({ ratio }) => ratio));
      return `\n${engine}: ${mean.toFixed(2)}x ${own[0].peer} over ${own.length} works (geometric mean)`;
    })
    .join('');
}

/**
 * Writes `<folder>/<prefix><kind of machine>-<commit>.json`. A record is never overwritten: a further one of the same commit
 * gets a number.
 * @returns its URL
 */
export function writeRecord(folder, record, prefix = '') {
  const { kind, commit } = record.machine;
  mkdirSync(folder, { recursive: true });
  for (let number = 1; ; number++) {
    const url = new URL(`${prefix}${kind}-${commit}${number > 1 ? `-${number}` : ''}.json`, folder);
    if (existsSync(url)) continue;
    writeFileSync(url, `${JSON.stringify(record, null, 1)}\n`);
    return url;
  }
}
