/** Pictures of all kinds, from ordinary data to none at all. */
import { cellLines, figure, gateHeatmap, gradientDistance, histogram, lossCurve } from 'cellgate/plot';

type Options = NonNullable<Parameters<typeof figure>[1]>;

/** A tensor of values by step and unit. */
export function steps(time: number, units: number, value: (step: number, unit: number) => number) {
  const data = Float32Array.from({ length: time * units }, (_, at) =>
    value(Math.floor(at / units), at % units),
  );
  return { shape: [1, time, units] as const, data };
}

const wave = steps(60, 9, (step, unit) => Math.sin(step / 7 + unit));
const gate = steps(60, 9, (step, unit) => 1 / (1 + Math.exp(-3 * Math.sin(step / 9 + unit))));
const broken = steps(
  20,
  4,
  (step, unit) => [Number.NaN, 1, Number.POSITIVE_INFINITY, step][(step + unit) % 4] ?? 0,
);
const none = steps(0, 4, () => 0);
const constant = steps(8, 3, () => 0.25);
const single = steps(1, 1, () => 3);
const hostile = '</text><script>alert(1)</script>&\u0000\u001b[31m\u202e"\ud800';

export const FIGURES: Record<string, (options: Options) => string> = {
  'all gates of a cell': (o) =>
    gateHeatmap({ forget: gate, input: gate, cell: wave, hidden: wave }, { title: 'LSTM', ...o }),
  'one gate': (o) => gateHeatmap(gate, { order: 'mean', ...o }),
  'a cell state': (o) => cellLines(wave, { title: 'Cell', ...o }),
  'a history': (o) =>
    lossCurve(
      { loss: [3, 2, 1], valLoss: [3.1, 2.2, 2.3], accuracy: [0.1, 0.5, 0.9] },
      { baselines: { naive: 2.5 }, ...o },
    ),
  'a history of one epoch': (o) => lossCurve({ loss: [3] }, { scale: 'log', ...o }),
  gradients: (o) => gradientDistance({ RNN: [1, 1e-3, 1e-9], LSTM: wave }, { ...o }),
  weights: (o) => histogram({ ih: wave.data, hh: gate }, { label: 'weight', ...o }),
  'broken values': (o) => gateHeatmap(broken, o),
  'lines of broken values': (o) => cellLines(broken, o),
  'counts of broken values': (o) => histogram(broken, o),
  'no steps': (o) => gateHeatmap(none, o),
  'lines without steps': (o) => cellLines(none, o),
  'no weights': (o) => histogram([], o),
  'no epochs': (o) => lossCurve({ loss: [] }, o),
  'no gradients': (o) => gradientDistance({}, o),
  'no panels': (o) => figure([], o),
  'a constant': (o) => gateHeatmap(constant, o),
  'lines of a constant': (o) => cellLines(constant, o),
  'counts of a constant': (o) => histogram(constant, o),
  'a single value': (o) => cellLines(single, o),
  'huge values': (o) =>
    cellLines(
      steps(5, 2, (step) => (step - 2) * 1.5e38),
      o,
    ),
  'values beyond all': (o) =>
    figure([{ kind: 'lines', series: [{ name: 'a', y: [1e308, -1e308, 5e-324, 0] }] }], o),
  'tiny values': (o) =>
    cellLines(
      steps(5, 2, (step) => step * 1e-40),
      o,
    ),
  'many lines': (o) =>
    figure(
      [
        {
          kind: 'lines',
          series: Array.from({ length: 20 }, (_, k) => ({ name: `line ${k}`, y: [k, 2 * k] })),
        },
      ],
      o,
    ),
  'hostile names': (o) =>
    figure(
      [
        {
          kind: 'lines',
          title: hostile,
          note: hostile,
          series: [{ name: hostile, y: [1, 2] }],
          x: { label: hostile },
        },
        { kind: 'bars', title: hostile, bars: [{ name: hostile, value: -1, label: hostile }] },
        {
          kind: 'heat',
          rows: [[1]],
          rowNames: [hostile],
          rowLabel: hostile,
          range: [0, 1],
          colors: 'diverging',
        },
      ],
      { title: hostile, note: hostile, description: hostile, ...o },
    ),
  'long names': (o) =>
    figure(
      [
        { kind: 'bars', title: 'Many words '.repeat(30), bars: [{ name: 'x'.repeat(200), value: 1 }] },
        {
          kind: 'lines',
          series: [
            { name: 'y'.repeat(300), y: [0, 1] },
            { name: '長い名前', y: [1, 0] },
          ],
        },
      ],
      { title: 'Unbreakable'.repeat(30), note: 'words '.repeat(60), ...o },
    ),
  'what has no place on its axis': (o) =>
    figure(
      [
        {
          kind: 'lines',
          series: [{ name: 'a', x: [0, 1, 10, 100], y: [1, -1, 0, 10] }],
          x: { scale: 'log' },
          y: { scale: 'log', max: 5 },
          levels: [
            { name: 'below', y: -1 },
            { name: 'above', y: 100 },
          ],
          spans: [
            { name: 'from 0', from: 0, to: 5 },
            { name: 'nowhere', from: -2, to: -1 },
          ],
        },
      ],
      o,
    ),
  'spans, levels and points': (o) =>
    figure(
      [
        {
          kind: 'lines',
          series: [
            { name: 'measured', y: [1, 3, 2, 4], style: 'points', color: 'ink' },
            { name: 'model', y: [1, 2, 3, 4], style: 'dashed' },
          ],
          x: { label: 'year', ticks: [0, 1, 2, 3].map((at) => ({ at, label: String(2000 + at) })) },
          y: { min: 0, max: 3.5 },
          spans: [{ name: 'held out', from: 2, to: 9 }],
          levels: [{ name: 'limit', y: 3 }],
        },
        { kind: 'histogram', edges: [0, 1, 3, 4], counts: [5, 0, 2], y: { scale: 'log' } },
      ],
      { sharedX: true, ...o },
    ),
};
