/** From samples to figures, and the table of a terminal. */

import { figures, geometricMean, lineOf } from '../report.mjs';
import { median } from '../timing.mjs';

/** What cellgate's time is compared with. Of several engines it is the faster one. */
const PEERS = {
  'tensorflow.js': (candidate, other) => isOwn(candidate) && other.engine.startsWith('tensorflow.js'),
  pytorch: (candidate, other) => isOwn(candidate) && other.engine === 'pytorch',
  'one thread': (candidate, other) => candidate.isThreaded && candidate.engine.startsWith(`${other.engine},`),
};

function isOwn({ engine }) {
  return engine.startsWith('cellgate');
}

/**
 * Figures of one work. A ratio is the peer's time by the candidate's, the median over rounds of the two samples of the same
 * round; by the medians where the peer's figure is one that was recorded.
 *
 * @param candidates `{ engine, isOther, isThreaded }`
 * @param recorded results of an earlier run, of engines that this one lacks
 */
export function summarize(work, candidates, samples, recorded) {
  const own = candidates.map(({ engine, isOther }, index) => ({
    work: work.name,
    engine,
    ...(isOther && { isOther }),
    ...figures(samples[index]),
    ...(!isOther && { gflops: work.flops / median(samples[index]) / 1e6 }),
  }));
  const all = [...own, ...recorded];
  return all.map((result, index) => {
    if (index >= own.length || !isOwn(result)) return result;
    const ratios = {};
    for (const [name, isPeer] of Object.entries(PEERS)) {
      const peers = all.filter((other) => other !== result && isPeer(candidates[index], other));
      const [peer] = peers.sort((a, b) => a.ms - b.ms);
      if (!peer) continue;
      const theirs = samples[all.indexOf(peer)];
      const ratio = theirs
        ? median(samples[index].map((ms, round) => theirs[round] / ms))
        : peer.ms / result.ms;
      ratios[name] = { peer: peer.engine, ratio };
    }
    return { ...result, ratios };
  });
}

const megabytes = (bytes) => (bytes / 2 ** 20).toFixed(1);

const COLUMNS = [
  { title: 'work', width: -22, cell: ({ work }) => work },
  {
    title: 'engine',
    width: -33,
    cell: ({ engine, isOther, recorded }) => {
      if (recorded) return `${engine} (recorded, ${recorded})`;
      return isOther ? `${engine} (not the same)` : engine;
    },
  },
  { title: 'ms', width: 9, cell: ({ ms }) => ms.toFixed(3) },
  { title: 'spread', width: 7, cell: ({ spread }) => `${(100 * spread).toFixed(0)} %` },
  { title: 'GFLOP/s', width: 8, cell: ({ gflops }) => gflops?.toFixed(1) ?? '' },
  ...Object.keys(PEERS).map((name) => ({
    title: name,
    width: 14,
    cell: ({ ratios }) => (ratios?.[name] ? `${ratios[name].ratio.toFixed(2)}x` : ''),
  })),
  {
    title: 'MiB (formula)',
    width: 16,
    cell: ({ memory }) => (memory ? `${megabytes(memory.bytes)} (${megabytes(memory.formula)})` : ''),
  },
];

const line = lineOf(COLUMNS);

/** What stands above the table. */
export function header({ machine, rounds, sampleMs }) {
  const { cpu, cores, kind, node, commit, engines } = machine;
  const versions = Object.entries(engines).map(([name, version]) => `${name} (${version})`);
  return [
    `${cpu}, ${cores} cores, ${kind}; Node ${node}; commit ${commit}; one thread each where no number is said`,
    versions.join(', '),
    `A training step: forward, mean squared error of the last h, backward, Adam. Median of ${rounds} interleaved samples of`,
    `about ${sampleMs} ms; ratios are the peer's time by cellgate's, of TensorFlow.js the faster backend's. Memory is what a`,
    "process grows by, beside the model. brain.js' computation is another one.",
    '',
    line(({ title }) => title),
  ].join('\n');
}

/** Lines of one work. */
export function rows(results) {
  return results.map((result) => line(({ cell }) => cell(result))).join('\n');
}

/** The least ratio and the geometric mean of each engine and peer. */
export function footer(results) {
  const own = [...new Set(results.filter(({ ratios }) => ratios).map(({ engine }) => engine))];
  return own
    .flatMap((engine) =>
      Object.keys(PEERS).flatMap((name) => {
        const ratios = results
          .filter((result) => result.engine === engine && result.ratios?.[name])
          .map((result) => result.ratios[name].ratio);
        if (ratios.length === 0) return [];
        const mean = geometricMean(ratios).toFixed(2);
        const least = Math.min(...ratios).toFixed(2);
        return `\n${engine}: ${mean}x ${name} over ${ratios.length} works (geometric mean), at least ${least}x`;
      }),
    )
    .join('');
}

const MARKDOWN = [
  ['native, ms', 'native', ({ ms }) => ms.toFixed(3)],
  ['2 threads', '2 threads', ratioTo('one thread')],
  ['by PyTorch', 'native', ratioTo('pytorch')],
  ['by TensorFlow.js', 'native', ratioTo('tensorflow.js')],
  ['simd128, ms', 'simd128', ({ ms }) => ms.toFixed(3)],
  ['by TensorFlow.js', 'simd128', ratioTo('tensorflow.js')],
  ['relaxed, ms', 'relaxed', ({ ms }) => ms.toFixed(3)],
  ['by TensorFlow.js', 'relaxed', ratioTo('tensorflow.js')],
  ['memory, MiB', 'native', ({ memory }) => megabytes(memory.bytes)],
];

function ratioTo(name) {
  return ({ ratios }) => (ratios[name] ? `${ratios[name].ratio.toFixed(1)}x` : '');
}

/** The table of README.md: a row for each work, with cellgate's own times and its ratios. */
export function markdown({ results }) {
  const names = [...new Set(results.map(({ work }) => work))];
  const lines = names.map((name) => {
    const own = results.filter((result) => result.work === name && isOwn(result));
    const find = (engine) =>
      own.find((result) =>
        engine === 'native' ? result.memory : result.engine.toLowerCase().endsWith(engine),
      );
    return [name, ...MARKDOWN.map(([, engine, cell]) => (find(engine) ? cell(find(engine)) : ''))];
  });
  const header = ['work', ...MARKDOWN.map(([title]) => title)];
  return [header, header.map((_, column) => (column ? '--:' : '---')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
