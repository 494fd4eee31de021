/** Charts of a record as SVG under charts/, drawn by ECharts without a DOM, with colours for a light and a dark page. */

import { mkdirSync, writeFileSync } from 'node:fs';
import * as echarts from 'echarts';
import { works } from './inference/works.mjs';

const FOLDER = new URL('charts/', import.meta.url);
const FONT = 'system-ui, -apple-system, Segoe UI, sans-serif';
const SIZE = { width: 760, height: 420 };

/** What is drawn, in the light colour; the dark one takes its place by a style sheet. */
const COLOURS = {
  surface: { light: '#fcfcfb', dark: '#1a1a19' },
  ink: { light: '#0b0b0b', dark: '#fffffe' },
  quiet: { light: '#52514e', dark: '#c3c2b7' },
  grid: { light: '#e1e0d9', dark: '#2c2c2a' },
};

/** Engines keep their colours in all charts; cellgate's lines are the thick ones. WebAssembly has one colour and two strokes. */
const ENGINES = [
  { name: 'cellgate native', is: /^cellgate native [^,]*$/, colour: { light: '#2a78d6', dark: '#3987e5' } },
  {
    name: 'cellgate wasm simd128',
    is: /simd128/,
    stroke: 'dashed',
    colour: { light: '#1baf7a', dark: '#199e70' },
  },
  { name: 'cellgate wasm relaxed', is: /relaxed/, colour: { light: '#1baf7a', dark: '#199e70' } },
  { name: 'onnxruntime-node', is: /^onnxruntime-node$/, colour: { light: '#eb6834', dark: '#d95926' } },
  { name: 'onnxruntime-web', is: /^onnxruntime-web$/, colour: { light: '#eda100', dark: '#c98500' } },
  { name: 'pytorch', is: /^pytorch$/, colour: { light: '#e34948', dark: '#e66767' } },
  { name: 'tensorflow.js wasm', is: /^tensorflow.js wasm$/, colour: { light: '#4a3aa7', dark: '#9085e9' } },
  { name: 'brain.js', is: /^brain.js$/, colour: { light: '#e87ba4', dark: '#d55181' } },
];

const isOwn = (name) => name.startsWith('cellgate');
const colourOf = (name) => ENGINES.find((engine) => engine.name === name)?.colour.light;

function darkStyle() {
  const pairs = [...Object.values(COLOURS), ...ENGINES.map(({ colour }) => colour)];
  const rules = pairs.map(
    ({ light, dark }) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`,
  );
  return `<style>@media (prefers-color-scheme: dark){${rules.join('')}}</style>`;
}

function svg(option, size = SIZE) {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  chart.setOption({
    animation: false,
    backgroundColor: COLOURS.surface.light,
    textStyle: { fontFamily: FONT, color: COLOURS.quiet.light },
    ...option,
  });
  const text = chart.renderToSVGString();
  chart.dispose();
  return `${text.replace(/(<svg[^>]*>)/, `$1\n${darkStyle()}`)}\n`;
}

const title = (text, subtext) => ({
  text,
  subtext,
  left: 16,
  top: 12,
  textStyle: { color: COLOURS.ink.light, fontSize: 16, fontWeight: 600 },
  subtextStyle: { color: COLOURS.quiet.light, fontSize: 12 },
});

const axis = (name, more) => ({
  name,
  nameLocation: 'middle',
  nameTextStyle: { color: COLOURS.quiet.light },
  axisLabel: { color: COLOURS.quiet.light },
  axisLine: { lineStyle: { color: COLOURS.grid.light } },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: COLOURS.grid.light } },
  ...more,
});

/** Both axes logarithmic: `points` are `[x, y]`, x being a category. */
function lines({ heading, about, xName, yName, categories, pointsOf }) {
  const drawn = ENGINES.map((engine) => ({ ...engine, points: pointsOf(engine) })).filter(
    ({ points }) => points.length > 1,
  );
  return svg({
    title: title(heading, about),
    grid: { left: 72, right: 168, top: 72, bottom: 52 },
    xAxis: axis(xName, { type: 'category', data: categories.map(String), nameGap: 30, boundaryGap: false }),
    yAxis: axis(yName, {
      type: 'log',
      nameGap: 50,
      axisLabel: { color: COLOURS.quiet.light, formatter: String },
    }),
    series: drawn.map(({ name, points, stroke = 'solid' }) => ({
      type: 'line',
      name,
      data: points.map(([x, y]) => [String(x), y]),
      symbol: 'circle',
      symbolSize: isOwn(name) ? 7 : 5,
      color: colourOf(name),
      lineStyle: { width: isOwn(name) ? 3 : 1.5, type: stroke },
      endLabel: {
        show: true,
        formatter: `{dot|●} ${name}`,
        rich: { dot: { color: colourOf(name), fontSize: 11 } },
        color: COLOURS.quiet.light,
        fontSize: 11,
      },
      labelLayout: { moveOverlap: 'shiftY' },
    })),
  });
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
    categories: [8, 16, 32, 64, 128, 256, 512, 1024],
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
    categories: [1, 2, 4, 8, 16, 32, 64],
    pointsOf: points,
  });
}

function shippedChart({ shipped }) {
  const sorted = [...shipped].sort((left, right) => right.gzip - left.gzip);
  return svg(
    {
      title: title('What a page loads', 'kB of JavaScript and WebAssembly, gzip. Lower is better.'),
      grid: { left: 160, right: 72, top: 72, bottom: 24 },
      xAxis: axis('', { type: 'value', axisLabel: { show: false } }),
      yAxis: axis('', {
        type: 'category',
        data: sorted.map(({ engine }) => engine),
        splitLine: { show: false },
      }),
      series: [
        {
          type: 'bar',
          barWidth: 18,
          itemStyle: { borderRadius: [0, 4, 4, 0] },
          data: sorted.map(({ engine, gzip }) => ({
            value: gzip / 1000,
            itemStyle: {
              color: isOwn(engine) ? colourOf('cellgate native') : colourOf('onnxruntime-node'),
            },
          })),
          label: {
            show: true,
            position: 'right',
            color: COLOURS.ink.light,
            formatter: ({ value }) => value.toFixed(0),
          },
        },
      ],
    },
    { width: 760, height: 300 },
  );
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
