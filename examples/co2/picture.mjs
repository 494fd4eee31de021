// The pictures: whole record, held-out months, errors, and heat maps of gates and cell state; as SVG and for the terminal.

import { figure } from 'cellgate/plot';
import { monthLabel } from './data.mjs';
import { errors } from './forecast.mjs';

/** One of the six colours of lines for each forecast. */
const COLOURS = { naive: 0, oneMonth: 1, free: 3 };

/**
 * The whole picture as SVG. `series` as from readSeries, `forecasts` as from forecastHeldOut, `gates` as
 * from traceHeldOut, `reference` the baselines one month ahead, `heldOut` index of the first month held out.
 */
export function chartSvg({ series, forecasts, reference, gates, heldOut }) {
  const { firstMonth, ppm } = series;
  const from = monthLabel(firstMonth + heldOut);
  const mae = (values) => errors(values, series).mae.toFixed(2);
  const panels = [
    recordPanel(series, heldOut),
    forecastPanel(series, forecasts, reference, heldOut),
    errorPanel(series, forecasts, reference, heldOut),
    ...gatePanels(series, gates, heldOut),
  ];
  return figure(panels, {
    width: 1000,
    title: 'CO₂ at Mauna Loa, forecast month by month',
    note:
      `LSTM of ${gates.cell.length} units, trained before ${from}. Mean error one month ahead: ` +
      `${mae(forecasts.oneMonth)} ppm; seasonal naive ${mae(reference.naive)}, with ten years' growth ` +
      `${mae(reference.drift)}, with one year's ${mae(reference.lastGrowth)}.`,
    description: `Forecast of an LSTM over ${from} to ${monthLabel(firstMonth + ppm.length - 1)}`,
  });
}

/** Held-out months, gates and cell state as lines of text. */
export function chartText({ series, forecasts, reference, gates, heldOut }, { width, color }) {
  const known = { oneMonth: forecasts.oneMonth };
  const panels = [forecastPanel(series, known, reference, heldOut), ...gatePanels(series, gates, heldOut)];
  return figure(panels, { format: 'terminal', width, color });
}

/** Width and colours of a stream: NO_COLOR forbids colours, FORCE_COLOR asks for them where no terminal is. */
export function terminalOf(stream, env = process.env) {
  const forced = Boolean(env.FORCE_COLOR) && env.FORCE_COLOR !== '0';
  return { width: stream.columns ?? 100, color: !env.NO_COLOR && (forced || Boolean(stream.isTTY)) };
}

function recordPanel({ firstMonth, ppm }, heldOut) {
  const last = ppm.length - 1;
  return {
    kind: 'lines',
    title: `The record, ${monthLabel(firstMonth)} to ${monthLabel(firstMonth + last)}`,
    series: [{ name: 'measured', y: ppm, color: 'ink' }],
    x: { ticks: years(firstMonth, 0, ppm.length, 10) },
    y: { label: 'ppm' },
    spans: [{ name: 'held out', from: heldOut, to: last }],
  };
}

function forecastPanel({ firstMonth, ppm }, { oneMonth, free }, { naive }, heldOut) {
  const line = (name, values, look) => ({ name, ...monthsFrom(heldOut, values), ...look });
  const before = monthLabel(firstMonth + heldOut - 1);
  const freeLine = free && [
    line(`LSTM, all at once, nothing seen after ${before}`, free, { color: COLOURS.free, style: 'dashed' }),
  ];
  return {
    kind: 'lines',
    title: 'Held-out months',
    series: [
      line('seasonal naive (same month of the last year)', naive, { color: COLOURS.naive }),
      ...(freeLine ?? []),
      line('truth', ppm, { color: 'ink' }),
      line('LSTM, one month ahead', oneMonth, { color: COLOURS.oneMonth, style: 'points' }),
    ],
    x: { ticks: years(firstMonth, heldOut, ppm.length, 1) },
    y: { label: 'ppm' },
  };
}

function errorPanel({ firstMonth, ppm }, { oneMonth }, { lastGrowth }, heldOut) {
  const line = (name, values, color) => ({
    name,
    ...monthsFrom(
      heldOut,
      values.map((value, month) => value - ppm[month]),
    ),
    color,
  });
  return {
    kind: 'lines',
    title: 'Error one month ahead',
    note: 'forecast minus truth',
    series: [
      line("seasonal naive + the last year's growth", lastGrowth, COLOURS.naive),
      line('LSTM', oneMonth, COLOURS.oneMonth),
    ],
    x: { ticks: years(firstMonth, heldOut, ppm.length, 1) },
    y: { label: 'ppm' },
  };
}

function gatePanels({ firstMonth, ppm }, { forget, input, output, cell, cellRange }, heldOut) {
  const gate = { colors: 'sequential', range: [0, 1] };
  const maps = [
    { title: 'Forget gate', note: 'how much of the cell is kept', rows: forget, ...gate },
    { title: 'Input gate', note: 'how much of the candidate is written', rows: input, ...gate },
    { title: 'Output gate', note: 'how much of the cell is shown', rows: output, ...gate },
    {
      title: 'Cell state',
      note: 'units in the order of the month of their peak',
      rows: cell,
      colors: 'diverging',
      range: [-cellRange, cellRange],
    },
  ];
  const x = { min: heldOut, ticks: years(firstMonth, heldOut, ppm.length, 1) };
  return maps.map((map) => ({ kind: 'heat', rowLabel: 'unit', x, ...map }));
}

/** Values from a month on, with their places. */
function monthsFrom(first, values) {
  const y = values.subarray(first);
  return { x: y.map((_, i) => first + i), y };
}

/** Each January of every `every`-th year. */
function years(firstMonth, from, to, every) {
  const months = Array.from({ length: to - from }, (_, i) => from + i);
  return months
    .filter((month) => (firstMonth + month) % (12 * every) === 0)
    .map((month) => ({ at: month, label: String((firstMonth + month) / 12) }));
}
