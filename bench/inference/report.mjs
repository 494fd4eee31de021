/** The table of inference: a line for each work and engine of cellgate, or for each engine. */

import { machineLines } from '../machine.mjs';
import { isCellgate } from '../ratios.mjs';
import { geometricMean } from '../statistics.mjs';
import { lineOf, percent, times } from '../table.mjs';

const microseconds = (us) => us.toFixed(us < 10 ? 3 : us < 1000 ? 1 : 0);

/** The ratio `fastest peer` is one of the others, and for the goals. */
const HIDDEN = ['fastest peer'];

const columnsOf = (peers) => [
  { title: 'work', width: -38, cell: ({ work }) => work },
  { title: 'engine', width: -33, cell: ({ engine }) => engine },
  { title: 'call, us', width: 9, cell: ({ ms }) => microseconds(1000 * ms) },
  { title: 'least', width: 9, cell: ({ minMs }) => microseconds(1000 * minMs) },
  { title: 'spread', width: 6, cell: ({ spread }) => percent(spread) },
  { title: 'step, us', width: 9, cell: ({ stepUs }) => microseconds(stepUs) },
  { title: 'GFLOP/s', width: 7, cell: ({ gflops }) => gflops?.toFixed(1) ?? '' },
  { title: 'peak', width: 5, cell: ({ peakShare }) => percent(peakShare) },
  { title: 'memory', width: 6, cell: ({ bandwidthShare }) => percent(bandwidthShare) },
  ...peers
    .filter((name) => !HIDDEN.includes(name))
    .map((name) => ({
      title: name,
      width: Math.max(7, name.length),
      cell: ({ ratios }) => times(ratios?.[name]?.ratio),
    })),
];

/** What stands above the table. */
export function header({ machine, threads, rounds, sampleMs }, peers) {
  return [
    ...machineLines(machine),
    `${threads === 1 ? 'One thread each' : `${threads} threads where no number is said`}. Median of ${rounds} interleaved`,
    `samples of about ${sampleMs} ms; ratios are the peer's time by cellgate's, natively to onnxruntime-node, on WebAssembly to`,
    "onnxruntime-web, of TensorFlow.js the faster backend's. brain.js computes something else, frame for frame.",
    '',
    lineOf(columnsOf(peers))(({ title }) => title),
  ].join('\n');
}

/** Lines of one work. @param {{ all: boolean }} options whether the peers have lines, too */
export function rows(results, peers, { all }) {
  const line = lineOf(columnsOf(peers));
  return results
    .filter((result) => all || isCellgate(result))
    .map((result) => line(({ cell }) => cell(result)))
    .join('\n');
}

/** For each engine and peer the geometric mean and the least ratio, over all works and by group. */
export function means(results) {
  const own = results.filter(({ ratios }) => Object.keys(ratios ?? {}).length > 0);
  const groups = [...new Set(own.map(({ group }) => group))];
  const names = [...new Set(own.flatMap(({ ratios }) => Object.keys(ratios)))];
  const lines = [];
  for (const engine of [...new Set(own.map((result) => result.engine))]) {
    for (const name of names) {
      const having = own.filter((result) => result.engine === engine && result.ratios[name]);
      if (having.length === 0) continue;
      const ratiosOf = (list) => list.map(({ ratios }) => ratios[name].ratio);
      const byGroup = groups.map((group) => {
        const inGroup = having.filter((result) => result.group === group);
        return inGroup.length > 0 ? times(geometricMean(ratiosOf(inGroup))) : '';
      });
      const all = ratiosOf(having);
      lines.push([engine, name, times(geometricMean(all)), times(Math.min(...all)), ...byGroup]);
    }
  }
  return { titles: ['engine', 'peer', 'mean', 'least', ...groups], lines };
}

/** The table of `means`. */
export function meansTable(results) {
  const { titles, lines } = means(results);
  if (lines.length === 0) return '';
  const columns = titles.map((title, index) => ({
    width: index < 2 ? [-33, -14][index] : 9,
    title,
    index,
  }));
  const line = lineOf(columns);
  return ['Geometric means', line(({ title }) => title)]
    .concat(lines.map((cells) => line(({ index }) => cells[index])))
    .join('\n');
}

/** What a call costs whose arithmetic is next to nothing: the narrowest LSTM, of each engine. */
export function callCosts(results) {
  const smallest = results.filter(({ work }) => work === 'LSTM step B1 H8' || work === 'LSTM T1 B1 H8');
  if (smallest.length === 0) return '';
  const lines = smallest.map(
    ({ work, engine, ms }) =>
      `  ${(work.includes('step') ? 'step' : 'sequence').padEnd(10)} ${engine.padEnd(33)} ${microseconds(1000 * ms).padStart(9)} us`,
  );
  return ['Cost of one call: an LSTM of 8 units, one step', ...lines].join('\n');
}
