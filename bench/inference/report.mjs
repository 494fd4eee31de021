/** The table of inference: a line for each work and engine of cellgate, or for each engine. */

import { machineLines } from '../machine.mjs';
import { isCellgate } from '../ratios.mjs';
import { geometricMean } from '../statistics.mjs';
import { lineOf, markdownTable, percent, times } from '../table.mjs';
import { judge } from './goals.mjs';
import { works } from './works.mjs';

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
  const hasPeers = peers.includes('onnxruntime');
  return [
    ...machineLines(machine),
    threads === 1 ? 'One thread each.' : `${threads} threads where they are told, else one for cellgate.`,
    `Median of ${rounds} interleaved samples of about ${sampleMs} ms; ratios are the other's time by cellgate's of this tree.`,
    ...(hasPeers ? PEERS_NOTE : []),
    '',
    lineOf(columnsOf(peers))(({ title }) => title),
  ].join('\n');
}

const PEERS_NOTE = [
  'Of ONNX Runtime it is onnxruntime-node natively and onnxruntime-web on WebAssembly, of TensorFlow.js the faster backend.',
  'brain.js computes something else, frame for frame.',
];

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

const byName = new Map(works.map((work) => [work.name, work]));

/** What a call costs whose arithmetic is next to nothing: the narrowest LSTM, of each engine. */
export function callCosts(results) {
  const callOf = { 'LSTM step B1 H8': 'step', 'LSTM T1 B1 H8': 'sequence' };
  const smallest = results.filter(({ work }) => callOf[work]);
  if (smallest.length === 0) return '';
  const line = lineOf([
    { width: -10, cell: ({ work }) => callOf[work] },
    { width: -33, cell: ({ engine }) => engine },
    { width: 9, cell: ({ ms }) => microseconds(1000 * ms) },
  ]);
  const lines = smallest.map((result) => line(({ cell }) => cell(result)));
  return ['Cost of one call, us: an LSTM of 8 units, one step', ...lines].join('\n');
}

/** What grows, and the LSTM works that differ in nothing else. */
const GROWTHS = [
  {
    title: 'H: one step',
    size: 'hiddenSize',
    isMeant: ({ calls, batch }) => calls === 'step' && batch === 1,
  },
  {
    title: 'H: T100 B1',
    size: 'hiddenSize',
    isMeant: ({ calls, batch, steps }) => calls === 'sequence' && batch === 1 && steps === 100,
  },
  {
    title: 'T: B1 H128',
    size: 'steps',
    isMeant: ({ batch, hiddenSize }) => batch === 1 && hiddenSize === 128,
  },
  {
    title: 'B: T100 H128',
    size: 'batch',
    isMeant: ({ steps, hiddenSize }) => steps === 100 && hiddenSize === 128,
  },
];

/** Cost against growing H, T and B: microseconds per step and sequence of an LSTM, a line for each engine. */
export function growths(results) {
  return GROWTHS.map(({ title, size, isMeant }) => {
    const meant = results.filter(({ work, group }) => {
      const known = byName.get(work);
      return ['step', 'sequence', 'batch'].includes(group) && known?.cell === 'lstm' && isMeant(known);
    });
    const sizes = [...new Set(meant.map(({ work }) => byName.get(work)[size]))].sort((a, b) => a - b);
    if (sizes.length < 2) return undefined;
    const columns = [{ width: -33 }, ...sizes.map(() => ({ width: 9 }))].map((column, index) => ({
      ...column,
      index,
    }));
    const line = lineOf(columns);
    const cells = [...new Set(meant.map(({ engine }) => engine))].map((engine) => [
      engine,
      ...sizes.map((value) => {
        const found = meant.find((own) => own.engine === engine && byName.get(own.work)[size] === value);
        return found ? microseconds(found.stepUs / byName.get(found.work).batch) : '';
      }),
    ]);
    return [[title, ...sizes.map(String)], ...cells].map((row) => line(({ index }) => row[index])).join('\n');
  }).filter(Boolean);
}

const MARKDOWN = [
  ['native, us', 'native', ({ ms }) => microseconds(1000 * ms)],
  ['by onnxruntime-node', 'native', ratioTo('onnxruntime')],
  ['by PyTorch', 'native', ratioTo('pytorch')],
  ['simd128, us', 'simd128', ({ ms }) => microseconds(1000 * ms)],
  ['by onnxruntime-web', 'simd128', ratioTo('onnxruntime')],
  ['relaxed, us', 'relaxed', ({ ms }) => microseconds(1000 * ms)],
  ['by onnxruntime-web', 'relaxed', ratioTo('onnxruntime')],
  ['by TensorFlow.js', 'relaxed', ratioTo('tensorflow.js')],
  ['by brain.js', 'relaxed', ratioTo('brain.js')],
];

function ratioTo(name) {
  return ({ ratios }) => times(ratios[name]?.ratio);
}

/** The tables of README.md: each work with cellgate's own times and its ratios, and the goals. */
export function markdown({ results }) {
  const lines = [...new Set(results.map(({ work }) => work))].map((name) => {
    const own = results.filter((result) => result.work === name && isCellgate(result));
    const find = (kind) => own.find(({ engine }) => engine.includes(kind));
    return [name, ...MARKDOWN.map(([, kind, cell]) => (find(kind) ? cell(find(kind)) : ''))];
  });
  const judged = judge(results).map(({ goal, least, value, isReached, work }) => [
    goal,
    String(least),
    value?.toFixed(2) ?? '',
    value === undefined ? 'open' : isReached ? 'reached' : 'missed',
    work ?? '',
  ]);
  return [
    markdownTable([['work', ...MARKDOWN.map(([title]) => title)], ...lines]),
    markdownTable([['goal', 'at least', 'got', '', 'where it is least'], ...judged]),
  ].join('\n\n');
}
