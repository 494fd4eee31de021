// The chart as SVG: whole record, held-out months, errors, and heat maps of gates and cell state.

import { gateColour, hex, signedColour } from '../plot/colours.mjs';
import {
  colourBar,
  heading,
  heatMap,
  legend,
  polyline,
  round,
  rule,
  svgDocument,
  text,
} from '../plot/svg.mjs';
import { SERIES } from './colours.mjs';
import { monthLabel } from './data.mjs';
import { errors } from './forecast.mjs';

const WIDTH = 1200;
const LEFT = 76;
const RIGHT = 1100;
const HEAT_ROW = 7;

/**
 * The whole picture as a string. `series` as from readSeries, `forecasts` as from forecastHeldOut, `gates` as
 * from traceHeldOut, `reference` the baselines one month ahead, `heldOut` index of the first month held out.
 */
export function chartSvg({ series, forecasts, reference, gates, heldOut }) {
  const { firstMonth, ppm } = series;
  const from = monthLabel(firstMonth + heldOut);
  const to = monthLabel(firstMonth + ppm.length - 1);
  const mae = (values) => errors(values, series).mae.toFixed(2);
  const units = gates.cell.length;
  const heatTop = 920;
  const heatStep = units * HEAT_ROW + 44;
  const height = heatTop + 4 * heatStep + 30;
  const last = ppm.length - 1;

  const parts = [
    text(LEFT, 44, 'CO₂ at Mauna Loa, forecast month by month', 'title'),
    text(
      LEFT,
      70,
      `LSTM of ${units} units, trained before ${from}. Mean error one month ahead: ` +
        `${mae(forecasts.oneMonth)} ppm; seasonal naive ${mae(reference.naive)}, with ten years' growth ` +
        `${mae(reference.drift)}, with one year's ${mae(reference.lastGrowth)}.`,
      'quiet',
    ),
    ...recordPanel(series, heldOut, box(0, last, 300, 420, 120, 230)),
    ...forecastPanel(series, forecasts, reference, heldOut),
    ...errorPanel(series, forecasts, reference, heldOut),
    ...heatPanels(gates, firstMonth + heldOut, heatTop, heatStep),
  ];
  const title = `CO₂ at Mauna Loa: forecast of an LSTM over ${from} to ${to}`;
  return svgDocument({ width: WIDTH, height, title, parts });
}

/** Plot area with its two scales: months to x (the middle of the month), values to y. */
function box(firstIndex, lastIndex, low, high, top, bottom) {
  return {
    firstIndex,
    lastIndex,
    low,
    high,
    top,
    bottom,
    x: (i) => LEFT + ((i - firstIndex + 0.5) / (lastIndex - firstIndex + 1)) * (RIGHT - LEFT),
    y: (value) => bottom - ((value - low) / (high - low)) * (bottom - top),
  };
}

function recordPanel({ firstMonth, ppm }, heldOut, area) {
  const start = area.x(heldOut - 0.5);
  return [
    text(
      LEFT,
      area.top - 14,
      `The record, ${monthLabel(firstMonth)} to ${monthLabel(firstMonth + ppm.length - 1)}`,
      'panel',
    ),
    `<path d="M${round(start)} ${area.top}H${RIGHT}V${area.bottom}H${round(start)}z" fill="#fdeee4"/>`,
    ...yAxis(area, 40, 'ppm'),
    ...yearAxis(area, firstMonth, 10),
    line(area, ppm, SERIES.truth, 1.3),
    text(start - 8, area.top + 16, 'held out', 'quiet', 'end'),
  ];
}

function forecastPanel({ firstMonth, ppm }, { oneMonth, free }, { naive }, heldOut) {
  const seen = [ppm, oneMonth, free, naive].flatMap((values) => [...values.subarray(heldOut)]);
  const low = Math.floor((Math.min(...seen) - 1) / 5) * 5;
  const high = Math.ceil((Math.max(...seen) + 1) / 5) * 5;
  const area = box(heldOut, ppm.length - 1, low, high, 310, 640);
  const dots = [...oneMonth.keys()]
    .filter((i) => i >= heldOut)
    .map((i) => `<circle cx="${round(area.x(i))}" cy="${round(area.y(oneMonth[i]))}" r="3.2"/>`);
  return [
    text(LEFT, area.top - 14, 'Held-out months', 'panel'),
    ...yAxis(area, 5, 'ppm'),
    ...yearAxis(area, firstMonth, 1),
    line(area, naive, SERIES.naive, 1.5),
    line(area, free, SERIES.free, 1.6, '6 4'),
    line(area, ppm, SERIES.truth, 1.6),
    `<g fill="none" stroke="${hex(SERIES.oneMonth)}" stroke-width="1.6">${dots.join('')}</g>`,
    ...legend(LEFT + 16, area.top + 18, [
      ['truth', SERIES.truth],
      ['LSTM, one month ahead', SERIES.oneMonth, 'dot'],
      [`LSTM, all at once, nothing seen after ${monthLabel(firstMonth + heldOut - 1)}`, SERIES.free, '6 4'],
      ['seasonal naive (same month of the last year)', SERIES.naive],
    ]),
  ];
}

function errorPanel({ firstMonth, ppm }, { oneMonth }, { lastGrowth }, heldOut) {
  const errorOf = (values) => values.map((value, i) => value - ppm[i]);
  const lstm = errorOf(oneMonth);
  const naive = errorOf(lastGrowth);
  const bound = Math.ceil(Math.max(...[...lstm, ...naive].filter(Number.isFinite).map(Math.abs)));
  const area = box(heldOut, ppm.length - 1, -bound, bound, 712, 842);
  return [
    text(LEFT, area.top - 14, 'Error one month ahead, forecast minus truth', 'panel'),
    ...yAxis(area, 1, 'ppm'),
    ...yearAxis(area, firstMonth, 1),
    rule('axis', LEFT, area.y(0), RIGHT, area.y(0)),
    line(area, naive, SERIES.naive, 1.5),
    line(area, lstm, SERIES.oneMonth, 1.8),
    ...legend(LEFT + 420, area.top - 18, [['LSTM', SERIES.oneMonth]]),
    ...legend(LEFT + 510, area.top - 18, [["seasonal naive + the last year's growth", SERIES.naive]]),
  ];
}

function heatPanels({ forget, input, output, cell, cellRange }, firstMonth, top, step) {
  const maps = [
    ['Forget gate', 'how much of the cell is kept', forget, gateColour, '0', '1'],
    ['Input gate', 'how much of the candidate is written', input, gateColour, '0', '1'],
    ['Output gate', 'how much of the cell is shown', output, gateColour, '0', '1'],
    [
      'Cell state',
      'units in the order of the month of their peak',
      cell,
      signedColour,
      `≤ −${cellRange.toFixed(1)}`,
      `≥ ${cellRange.toFixed(1)}`,
    ],
  ];
  const months = cell[0].length;
  const bottom = top + 3 * step + cell.length * HEAT_ROW;
  const area = box(0, months - 1, 0, 1, top, bottom);
  const panels = maps.flatMap(([name, note, rows, colourOf, low, high], i) => {
    const y = top + i * step;
    const values =
      colourOf === signedColour ? rows.map((row) => row.map((value) => value / cellRange)) : rows;
    const ends = colourOf === signedColour ? [-1, 1] : [0, 1];
    return [
      heading(LEFT, y - 9, name, note),
      text(LEFT - 8, y + 10, 'unit 1', 'quiet', 'end'),
      text(LEFT - 8, y + rows.length * HEAT_ROW - 1, rows.length, 'quiet', 'end'),
      heatMap(values, { left: LEFT, right: RIGHT, top: y, rowHeight: HEAT_ROW }, colourOf),
      ...colourBar(RIGHT + 16, y, rows.length * HEAT_ROW, colourOf, ends, [low, high]),
    ];
  });
  return [...panels, ...yearAxis(area, firstMonth, 1, false)];
}

function yAxis({ low, high, y, top }, step, unit) {
  const ticks = [];
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) {
    ticks.push(rule('grid', LEFT, y(value), RIGHT, y(value)));
    ticks.push(text(LEFT - 8, y(value) + 4, String(value).replace('-', '−'), 'quiet', 'end'));
  }
  return [...ticks, text(LEFT - 8, top - 14, unit, 'quiet', 'end')];
}

/** Ticks at each January of every `every`-th year. */
function yearAxis({ firstIndex, lastIndex, x, top, bottom }, firstMonth, every, grid = true) {
  const ticks = [rule('axis', LEFT, bottom, RIGHT, bottom)];
  for (let i = firstIndex; i <= lastIndex; i++) {
    if ((firstMonth + i) % (12 * every) !== 0) continue;
    if (grid) ticks.push(rule('grid', x(i), top, x(i), bottom));
    ticks.push(rule('axis', x(i), bottom, x(i), bottom + 5));
    ticks.push(text(x(i), bottom + 19, (firstMonth + i) / 12, 'quiet', 'middle'));
  }
  return ticks;
}

/** The values of an array as long as the series, where there are any. */
function line({ firstIndex, x, y }, values, colour, width, dashes) {
  const points = [];
  values.forEach((value, i) => {
    if (i >= firstIndex && Number.isFinite(value)) points.push([x(i), y(value)]);
  });
  return polyline(points, colour, width, dashes);
}
