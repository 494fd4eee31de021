/** Charts of a record as SVG under charts/, with colours for a light and a dark page. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { figure } from '../dist/node/plot.js';
import { works } from './inference/works.mjs';

const FOLDER = new URL('charts/', import.meta.url);

/** Engines keep their colours, of the six, in all charts. WebAssembly of cellgate has one colour and two strokes. */
const ENGINES = [
  { name: 'cellgate native', is: /^cellgate native [^,]*$/, color: 0 },
  { name: 'cellgate wasm simd128', is: /simd128/, color: 2, style: 'dashed' },
  { name: 'cellgate wasm relaxed', is: /relaxed/, color: 2 },
  { name: 'onnxruntime-node', is: /^onnxruntime-node$/, color: 1 },
  { name: 'onnxruntime-web', is: /^onnxruntime-web$/, color: 1, style: 'dashed' },
  { name: 'pytorch', is: /^pytorch$/, color: 3 },
  { name: 'tensorflow.js wasm', is: /^tensorflow.js wasm$/, color: 4 },
  { name: 'brain.js', is: /^brain.js$/, color: 5 },
];

const isOwn = (name) => name.startsWith('cellgate');

/** Both axes logarithmic; `sizes` are marked on the first. */
function lines({ heading, about, xName, yName, sizes, pointsOf }) {
  const series = ENGINES.map(({ is, ...look }) => ({ ...look, points: pointsOf({ is }) }))
    .filter(({ points }) => points.length > 1)
    .map(({ points, ...look }) => ({ ...look, x: points.map(([x]) => x), y: points.map(([, y]) => y) }));
  const ticks = sizes.map((size) => ({ at: size, label: String(size) }));
  const panel = {
    kind: 'lines',
    series,
    x: { label: xName, scale: 'log', min: sizes[0], max: sizes.at(-1), ticks },
    y: { label: yName, scale: 'log' },
  };
  return figure([panel], { title: heading, note: about, height: 300 });
}

const byName = new Map(works.map((work) => [work.name, work]));

/** Points of one engine over the works that are meant, by a size of the work. */
const pointsOf = (results, isMeant, size, value) => (engine) =>
  results
    .filter((result) => engine.is.test(result.engine) && isMeant(byName.get(result.work)))
    .map((result) => [byName.get(result.work)[size], value(result)])
    .sort(([left], [right]) => left - right);

const isLstm = (work) => work?.cell === 'lstm' && ['step', 'sequence', 'batch'].includes(work.group);

function widthChart(results, heading, { isMeant, yName, value }) {
  return lines({
    heading,
    about: 'LSTM, one sequence, one thread. Lower is better.',
    xName: 'inputs and units',
    yName,
    sizes: [8, 16, 32, 64, 128, 256, 512, 1024],
    pointsOf: pointsOf(
      results,
      (work) => isLstm(work) && work.batch === 1 && isMeant(work),
      'hiddenSize',
      value,
    ),
  });
}

const stepChart = (results) =>
  widthChart(results, 'One step of a stream', {
    isMeant: (work) => work.calls === 'step',
    yName: 'microseconds',
    value: ({ ms }) => 1000 * ms,
  });

const sequenceChart = (results) =>
  widthChart(results, 'A whole sequence of 100 steps', {
    isMeant: (work) => work.steps === 100,
    yName: 'microseconds per step',
    value: ({ stepUs }) => stepUs,
  });

function batchChart(results) {
  const isMeant = (work) => isLstm(work) && work.steps === 100 && work.hiddenSize === 128;
  const points = pointsOf(results, isMeant, 'batch', ({ work, stepUs }) => stepUs / byName.get(work).batch);
  return lines({
    heading: 'A batch of sequences of 100 steps',
    about: 'LSTM of 128 inputs and units, one thread. Lower is better.',
    xName: 'sequences',
    yName: 'microseconds per step and sequence',
    sizes: [1, 2, 4, 8, 16, 32, 64],
    pointsOf: points,
  });
}

function shippedChart({ shipped }) {
  const bars = shipped
    .toSorted((left, right) => left.gzip - right.gzip)
    .map(({ engine, gzip }) => ({
      name: engine,
      value: gzip / 1000,
      label: `${(gzip / 1000).toFixed(0)} kB`,
      color: isOwn(engine) ? 0 : 1,
    }));
  return figure([{ kind: 'bars', bars }], {
    title: 'What a page loads',
    note: 'JavaScript and WebAssembly, gzip. Lower is better.',
  });
}

/** @returns the names of the files that were written */
export function writeCharts({ results, footprint }) {
  const charts = {
    'step.svg': stepChart(results),
    'sequence.svg': sequenceChart(results),
    'batch.svg': batchChart(results),
    ...(footprint && { 'shipped.svg': shippedChart(footprint) }),
  };
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, text] of Object.entries(charts)) writeFileSync(new URL(name, FOLDER), text);
  return Object.keys(charts);
}
