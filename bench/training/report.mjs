/** The tables of training. */

import { machineLines } from '../machine.mjs';
import { isCellgate } from '../ratios.mjs';
import { geometricMean } from '../statistics.mjs';
import { lineOf, markdownTable, mebibytes, percent, times } from '../table.mjs';

const columnsOf = (peers) => [
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
  { title: 'spread', width: 7, cell: ({ spread }) => percent(spread) },
  { title: 'GFLOP/s', width: 8, cell: ({ gflops }) => gflops?.toFixed(1) ?? '' },
  ...peers.map((name) => ({ title: name, width: 14, cell: ({ ratios }) => times(ratios?.[name]?.ratio) })),
  {
    title: 'MiB (formula)',
    width: 16,
    cell: ({ memory }) => (memory ? `${mebibytes(memory.bytes)} (${mebibytes(memory.formula)})` : ''),
  },
];

/** What stands above the table. */
export function header({ machine, rounds, sampleMs }, peers) {
  return [
    ...machineLines(machine),
    'A training step: forward, mean squared error of the last h, backward, Adam; on one thread where no number is said.',
    `Median of ${rounds} interleaved samples of about ${sampleMs} ms; ratios are the peer's time by cellgate's, of TensorFlow.js`,
    "the faster backend's. Memory is what a process grows by, beside the model. brain.js' computation is another one.",
    '',
    lineOf(columnsOf(peers))(({ title }) => title),
  ].join('\n');
}

/** Lines of one work. */
export function rows(results, peers) {
  const line = lineOf(columnsOf(peers));
  return results.map((result) => line(({ cell }) => cell(result))).join('\n');
}

/** The least ratio and the geometric mean of each engine and peer. */
export function footer(results) {
  const own = results.filter(({ ratios }) => ratios);
  const names = [...new Set(own.flatMap(({ ratios }) => Object.keys(ratios)))];
  return [...new Set(own.map(({ engine }) => engine))]
    .flatMap((engine) =>
      names.flatMap((name) => {
        const having = own.filter((result) => result.engine === engine && result.ratios[name]);
        if (having.length === 0) return [];
        const ratios = having.map((result) => result.ratios[name].ratio);
        const mean = times(geometricMean(ratios));
        const least = times(Math.min(...ratios));
        return `\n${engine}: ${mean} ${name} over ${ratios.length} works (geometric mean), at least ${least}`;
      }),
    )
    .join('');
}

const ratioTo =
  (name) =>
  ({ ratios }) =>
    times(ratios[name]?.ratio);

const MARKDOWN = [
  ['native, ms', 'native', ({ ms }) => ms.toFixed(3)],
  ['2 threads', '2 threads', ratioTo('one thread')],
  ['by PyTorch', 'native', ratioTo('pytorch')],
  ['by TensorFlow.js', 'native', ratioTo('tensorflow.js')],
  ['simd128, ms', 'simd128', ({ ms }) => ms.toFixed(3)],
  ['by TensorFlow.js', 'simd128', ratioTo('tensorflow.js')],
  ['relaxed, ms', 'relaxed', ({ ms }) => ms.toFixed(3)],
  ['by TensorFlow.js', 'relaxed', ratioTo('tensorflow.js')],
  ['memory, MiB', 'native', ({ memory }) => mebibytes(memory.bytes)],
];

/** The table of README.md: a row for each work, with cellgate's own times and its ratios. */
export function markdown({ results }) {
  const names = [...new Set(results.map(({ work }) => work))];
  const lines = names.map((name) => {
    const own = results.filter((result) => result.work === name && isCellgate(result));
    const find = (engine) =>
      own.find((result) =>
        engine === 'native' ? result.memory : result.engine.toLowerCase().endsWith(engine),
      );
    return [name, ...MARKDOWN.map(([, engine, cell]) => (find(engine) ? cell(find(engine)) : ''))];
  });
  return markdownTable([['work', ...MARKDOWN.map(([title]) => title)], ...lines]);
}
