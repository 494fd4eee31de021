// Trains a network on the CO2 record of Mauna Loa and forecasts years it has never seen.
//
//   node examples/co2/main.mjs [--held-out-from 2012-01] [--until 2020-05] [--seed 0]
//
// `--until` leaves out the record from that month on.
// CELLGATE_BACKEND=wasm chooses WebAssembly. Prints errors beside the seasonal-naive forecast, draws months and gates,
// writes out/co2-forecast.svg.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { backend, init } from 'cellgate';
import { monthLabel, monthNumber, readSeries, seriesBefore } from './data.mjs';
import { fitScale } from './features.mjs';
import { baselines, forecastHeldOut, LONG_HORIZON, traceHeldOut } from './forecast.mjs';
import { chartSvg, chartText, terminalOf } from './picture.mjs';
import { monthTable, totalTable, yearTable } from './report.mjs';
import { createModel, train } from './train.mjs';

const MONTHS_TO_TRAIN = 240;

const { values: options } = parseArgs({
  options: {
    'held-out-from': { type: 'string', default: '2012-01' },
    until: { type: 'string' },
    seed: { type: 'string', default: '0' },
  },
});

const [initMs] = await timed(() => init());

const record = await readSeries();
const series = options.until ? seriesBefore(record, monthNumber(options.until)) : record;
const heldOut = heldOutFrom(series, options['held-out-from']);
const context = { firstMonth: series.firstMonth, scale: fitScale(series, heldOut) };
print(describeSeries(series, heldOut));

const seed = Number(options.seed);
const { layer, model } = createModel(seed);
const [trainMs, { loss }] = await timed(() => train(model, series, context, heldOut, { seed }));

const stream = model.stream();
const [streamMs, forecasts] = await timed(() => forecastHeldOut(stream, series, context, heldOut));
const [traceMs, gates] = await timed(() => traceHeldOut(layer, series, context, heldOut));
const reference = baselines(series.ppm, heldOut, 1);

print(`One month ahead, the last year in ppm\n${monthTable(series, forecasts, 12)}`);
print(`One month ahead, yearly means in ppm, then mean errors\n${yearTable(series, forecasts, heldOut)}`);
print(
  `All held-out months, mean absolute and root mean square error\n${totalTable(series, forecasts, heldOut)}`,
);

const picture = { series, forecasts, reference, gates, heldOut };
print(chartText(picture, terminalOf(process.stdout)).trimEnd());

const file = join('out', 'co2-forecast.svg');
await mkdir('out', { recursive: true });
await writeFile(file, chartSvg(picture));

const { kind, isa, threads } = backend();
const perStep = ((1000 * streamMs) / forecasts.steps).toFixed(1);
print(
  [
    `backend  ${kind}, ${isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    `init     ${initMs.toFixed(1)} ms`,
    `train    ${(trainMs / 1000).toFixed(1)} s, mean squared error ${loss[0].toFixed(3)} to ${loss.at(-1).toFixed(3)}`,
    `run      ${streamMs.toFixed(1)} ms for ${forecasts.steps} steps (${perStep} µs a step)`,
    `trace    ${traceMs.toFixed(1)} ms`,
    `written  ${file}`,
  ].join('\n'),
);

stream.dispose();
model.dispose();

/** Index of a month like '2012-01': there must be enough to train on and enough to forecast. */
function heldOutFrom({ firstMonth, ppm }, label) {
  const [first, last] = [firstMonth + MONTHS_TO_TRAIN, firstMonth + ppm.length - LONG_HORIZON];
  const month = monthNumber(label);
  if (month >= first && month <= last) return month - firstMonth;
  throw new RangeError(
    `--held-out-from must be a month from ${monthLabel(first)} to ${monthLabel(last)}, got ${label}`,
  );
}

async function timed(work) {
  const start = performance.now();
  const result = await work();
  return [performance.now() - start, result];
}

function describeSeries({ firstMonth, ppm, filled }, heldOut) {
  const month = (i) => monthLabel(firstMonth + i);
  const gaps = filled.join(', ') || 'none';
  return [
    `CO2 at Mauna Loa, monthly, ${month(0)} to ${month(ppm.length - 1)}; not measured: ${gaps}`,
    `trained on months before ${month(heldOut)}, forecast from there: ${ppm.length - heldOut} months`,
  ].join('\n');
}

function print(text) {
  process.stdout.write(`${text}\n\n`);
}
