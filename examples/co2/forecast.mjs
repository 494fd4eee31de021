// Forecasts over the held-out months, and what they are measured against.
//
// Arrays of forecasts are as long as the series and NaN where nothing was forecast.

import { tensor } from 'cellgate';
import { HISTORY, INPUT_SIZE, nextPpm, trend, writeFrame } from './features.mjs';

/** Months ahead of the rolling long forecast. */
export const LONG_HORIZON = 12;

/**
 * Streams the whole record through the model, one month a step, and forecasts at the end of every month from
 * the last one before `heldOut` on:
 * - `oneMonth`: the next month;
 * - `twelveMonths`: the month a year on, a copy of the stream fed with its own forecasts;
 * - `free`: all held-out months from the first origin, with no measurement after it.
 * Also `steps`, the number of steps taken.
 */
export function forecastHeldOut(stream, series, context, heldOut) {
  const { ppm } = series;
  const oneMonth = new Float64Array(ppm.length).fill(Number.NaN);
  const twelveMonths = oneMonth.slice();
  const frame = new Float32Array(INPUT_SIZE);
  let free;
  let steps = 0;

  for (let origin = HISTORY; origin < ppm.length - 1; origin++) {
    const [output] = stream.step(writeFrame(frame, context, ppm, origin));
    steps++;
    if (origin + 1 < heldOut) continue;
    oneMonth[origin + 1] = nextPpm(output, context, ppm, origin);

    const months = origin + 1 === heldOut ? ppm.length - heldOut : LONG_HORIZON;
    const rolled = rollOut(stream, context, [...ppm.subarray(0, origin + 1), oneMonth[origin + 1]], months);
    steps += months - 1;
    free ??= Float64Array.from(ppm, (_, i) => (i < heldOut ? Number.NaN : rolled[i]));
    const target = origin + LONG_HORIZON;
    if (target < ppm.length) twelveMonths[target] = rolled[target];
  }
  return { oneMonth, twelveMonths, free, steps };
}

/** Goes on from `known`, whose last value is the first forecast, until `months` are forecast. */
function rollOut(stream, context, known, months) {
  const copy = stream.clone();
  const frame = new Float32Array(INPUT_SIZE);
  for (let month = 1; month < months; month++) {
    const last = known.length - 1;
    const [output] = copy.step(writeFrame(frame, context, known, last));
    known.push(nextPpm(output, context, known, last));
  }
  copy.dispose();
  return known;
}

/**
 * Seasonal-naive forecast of month `target` made at the end of month `origin`: the same month of the last
 * year that is known, plus `growth` ppm for each year between.
 */
export function seasonalNaive(ppm, origin, target, growth = 0) {
  const years = Math.ceil((target - origin) / 12);
  return ppm[target - 12 * years] + years * growth;
}

/**
 * The baselines at one horizon ('free' = from the last month before `heldOut`), as arrays like the forecasts:
 * `naive`, `drift` (growth of the last ten years) and `lastGrowth` (growth of the last year).
 */
export function baselines(ppm, heldOut, horizon) {
  const forecast = (growthAt) =>
    Float64Array.from(ppm, (_, target) => {
      const origin = horizon === 'free' ? heldOut - 1 : target - horizon;
      if (target < heldOut || origin < heldOut - 1) return Number.NaN;
      return seasonalNaive(ppm, origin, target, growthAt(origin));
    });
  return {
    naive: forecast(() => 0),
    drift: forecast((origin) => trend(ppm, origin)),
    lastGrowth: forecast((origin) => ppm[origin] - ppm[origin - 12]),
  };
}

/** `{ mae, rmse, count }` in ppm over the measured months of `from..to` that have a forecast. */
export function errors(forecast, { ppm, observed }, from = 0, to = ppm.length) {
  let count = 0;
  let absolute = 0;
  let squared = 0;
  for (let i = from; i < to; i++) {
    if (!observed[i] || Number.isNaN(forecast[i])) continue;
    const error = forecast[i] - ppm[i];
    count++;
    absolute += Math.abs(error);
    squared += error * error;
  }
  return { mae: absolute / count, rmse: Math.sqrt(squared / count), count };
}

/**
 * Gates and cell state while the held-out months are read: `{ forget, input, output, cell, cellRange }`. The
 * first four are arrays of rows (one per unit) of values (one per month); 95 % of the cell's values are
 * smaller in magnitude than `cellRange`. The state at their start comes from the months before.
 */
export function traceHeldOut(lstm, { ppm }, context, heldOut) {
  const { state } = lstm.forward(frames(context, ppm, HISTORY, heldOut));
  const { layers } = lstm.trace(frames(context, ppm, heldOut, ppm.length), { state });
  const [{ forget, input, output, cell }] = layers;
  const order = unitsByPeak(rows(cell), context.firstMonth + heldOut);
  const sorted = (gate) => order.map((unit) => rows(gate)[unit]);
  const magnitudes = cell.data.map(Math.abs).sort();
  const cellRange = magnitudes[Math.floor(0.95 * magnitudes.length)];
  return {
    forget: sorted(forget),
    input: sorted(input),
    output: sorted(output),
    cell: sorted(cell),
    cellRange,
  };
}

/** Frames of the months `from..to` as a tensor [1, months, INPUT_SIZE]. */
function frames(context, ppm, from, to) {
  const data = new Float32Array((to - from) * INPUT_SIZE);
  for (let i = from; i < to; i++) {
    const at = (i - from) * INPUT_SIZE;
    writeFrame(data.subarray(at, at + INPUT_SIZE), context, ppm, i);
  }
  return tensor(data, [1, to - from, INPUT_SIZE]);
}

/** Tensor [1, T, H] -> H rows of T values. */
function rows({ data, shape: [, time, hidden] }) {
  return Array.from({ length: hidden }, (_, unit) =>
    Array.from({ length: time }, (_, t) => data[t * hidden + unit]),
  );
}

/** Units in the order of the calendar month in which their cell state peaks, by its first annual harmonic. */
function unitsByPeak(cell, firstMonth) {
  const peak = cell.map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    let sine = 0;
    let cosine = 0;
    values.forEach((value, t) => {
      const angle = (2 * Math.PI * ((firstMonth + t) % 12)) / 12;
      sine += (value - mean) * Math.sin(angle);
      cosine += (value - mean) * Math.cos(angle);
    });
    return Math.atan2(sine, cosine);
  });
  return cell.map((_, unit) => unit).sort((a, b) => peak[a] - peak[b]);
}
