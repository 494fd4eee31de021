// Forecasts the CO2 record of Mauna Loa over years the network has never seen.
//
//   node examples/co2/main.mjs        (CELLGATE_BACKEND=wasm chooses WebAssembly)
//
// Prints errors beside the seasonal-naive forecast, draws months and gates, writes out/co2-forecast.svg.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backend, init, Linear, LSTM, Sequential } from 'cellgate';
import { monthLabel, monthNumber, readSeries } from './data.mjs';
import { fitScale, INPUT_SIZE } from './features.mjs';
import { baselines, forecastHeldOut, traceHeldOut } from './forecast.mjs';
import { monthTable, totalTable, yearTable } from './report.mjs';
import { readSafetensors } from './safetensors.mjs';
import { chartSvg } from './svg.mjs';
import { heatMaps, lineChart, terminalOf } from './terminal.mjs';

const [initMs] = await timed(() => init());

const series = await readSeries();
const { tensors, metadata } = readSafetensors(
  await readFile(new URL('./weights.safetensors', import.meta.url)),
);
const heldOut = monthNumber(metadata.heldOutFrom) - series.firstMonth;
const context = { firstMonth: series.firstMonth, scale: fitScale(series, heldOut) };

const hiddenSize = tensors['1.weight'].shape[1];
const lstm = new LSTM({ inputSize: INPUT_SIZE, hiddenSize });
const model = new Sequential([lstm, new Linear({ inputSize: hiddenSize, outputSize: 1 })]);
model.loadStateDict(tensors);

const stream = model.stream();
const [streamMs, forecasts] = await timed(() => forecastHeldOut(stream, series, context, heldOut));
const [traceMs, gates] = await timed(() => traceHeldOut(lstm, series, context, heldOut));
const reference = baselines(series.ppm, heldOut, 1);

print(describeSeries(series, heldOut));
print(`One month ahead, the last year in ppm\n${monthTable(series, forecasts, 12)}`);
print(`One month ahead, yearly means in ppm, then mean errors\n${yearTable(series, forecasts, heldOut)}`);
print(totalTable(series, forecasts, heldOut));

const terminal = terminalOf(process.stdout);
const firstHeldOut = series.firstMonth + heldOut;
const shown = { truth: series.ppm, oneMonth: forecasts.oneMonth, naive: reference.naive };
for (const key of Object.keys(shown)) shown[key] = shown[key].subarray(heldOut);
print(lineChart(shown, firstHeldOut, terminal));
print(heatMaps(gates, firstHeldOut, terminal));

const file = join('out', 'co2-forecast.svg');
await mkdir('out', { recursive: true });
await writeFile(file, chartSvg({ series, forecasts, reference, gates, heldOut }));

const { kind, isa, threads } = backend();
const perStep = ((1000 * streamMs) / forecasts.steps).toFixed(1);
print(
  [
    `backend  ${kind}, ${isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    `init     ${initMs.toFixed(1)} ms`,
    `run      ${streamMs.toFixed(1)} ms for ${forecasts.steps} steps (${perStep} µs a step)`,
    `trace    ${traceMs.toFixed(1)} ms`,
    `written  ${file}`,
  ].join('\n'),
);

stream.dispose();
model.dispose();

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
