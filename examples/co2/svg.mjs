// The chart as SVG: whole record, held-out months, errors, and heat maps of gates and cell state.

import { gateColour, hex, SERIES, signedColour } from './colours.mjs';
import { monthLabel } from './data.mjs';
import { errors } from './forecast.mjs';

const WIDTH = 1200;
const LEFT = 76;
const RIGHT = 1100;
const HEAT_ROW = 7;
const HEAT_LEVELS = 40;
const STYLE = `
  text { font: 13px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #26262e }
  .title { font-size: 24px; font-weight: 600 }
  .panel { font-size: 15px; font-weight: 600 }
  .quiet { fill: #6b6b76 }
  .note { font-size: 13px; font-weight: 400 }
  .grid { stroke: #e4e4ea; stroke-width: 1 }
  .axis { stroke: #9a9aa6; stroke-width: 1 }
  .line { fill: none; stroke-linejoin: round; stroke-linecap: round }`;

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
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>CO₂ at Mauna Loa: forecast of an LSTM over ${from} to ${to}</title>`,
    `<style>${STYLE}</style>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
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
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
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
    `<line class="axis" x1="${LEFT}" x2="${RIGHT}" y1="${area.y(0)}" y2="${area.y(0)}"/>`,
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
    return [
      text(LEFT, y - 9, `${name}<tspan class="quiet note" dx="10">${note}</tspan>`, 'panel'),
      text(LEFT - 8, y + 10, 'unit 1', 'quiet', 'end'),
      text(LEFT - 8, y + rows.length * HEAT_ROW - 1, rows.length, 'quiet', 'end'),
      heatMap(values, y, colourOf),
      ...colourBar(y, rows.length * HEAT_ROW, colourOf, low, high),
    ];
  });
  return [...panels, ...yearAxis(area, firstMonth, 1, false)];
}

/** One path per colour instead of a rectangle per value: a tenth of the bytes. */
function heatMap(rows, top, colourOf) {
  const months = rows[0].length;
  const paths = new Map();
  rows.forEach((row, unit) => {
    row.forEach((value, month) => {
      const level = quantise(value, colourOf);
      paths.set(level, `${paths.get(level) ?? ''}M${month} ${unit}h1v1h-1z`);
    });
  });
  const fills = [...paths].map(([fill, path]) => `<path fill="${fill}" d="${path}"/>`);
  const place = `translate(${LEFT} ${top}) scale(${round((RIGHT - LEFT) / months)} ${HEAT_ROW})`;
  return `<g shape-rendering="crispEdges" transform="${place}">${fills.join('')}</g>`;
}

function quantise(value, colourOf) {
  return hex(colourOf(Math.round(value * HEAT_LEVELS) / HEAT_LEVELS));
}

function colourBar(top, height, colourOf, low, high) {
  const x = RIGHT + 16;
  const start = colourOf === signedColour ? -1 : 0;
  const steps = Array.from({ length: HEAT_LEVELS }, (_, i) => {
    const fill = hex(colourOf(1 - ((i + 0.5) / HEAT_LEVELS) * (1 - start)));
    const y = top + (i * height) / HEAT_LEVELS;
    return `<path fill="${fill}" d="M${x} ${round(y)}h12v${round(height / HEAT_LEVELS + 0.4)}h-12z"/>`;
  });
  return [...steps, text(x + 18, top + 10, high, 'quiet'), text(x + 18, top + height, low, 'quiet')];
}

function yAxis({ low, high, y, top }, step, unit) {
  const ticks = [];
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) {
    ticks.push(
      `<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${round(y(value))}" y2="${round(y(value))}"/>`,
    );
    ticks.push(text(LEFT - 8, y(value) + 4, String(value).replace('-', '−'), 'quiet', 'end'));
  }
  return [...ticks, text(LEFT - 8, top - 14, unit, 'quiet', 'end')];
}

/** Ticks at each January of every `every`-th year. */
function yearAxis({ firstIndex, lastIndex, x, top, bottom }, firstMonth, every, grid = true) {
  const ticks = [`<line class="axis" x1="${LEFT}" x2="${RIGHT}" y1="${bottom}" y2="${bottom}"/>`];
  for (let i = firstIndex; i <= lastIndex; i++) {
    if ((firstMonth + i) % (12 * every) !== 0) continue;
    const at = round(x(i));
    if (grid) ticks.push(`<line class="grid" x1="${at}" x2="${at}" y1="${top}" y2="${bottom}"/>`);
    ticks.push(`<line class="axis" x1="${at}" x2="${at}" y1="${bottom}" y2="${bottom + 5}"/>`);
    ticks.push(text(at, bottom + 19, (firstMonth + i) / 12, 'quiet', 'middle'));
  }
  return ticks;
}

function line({ firstIndex, x, y }, values, colour, width, dashes) {
  const points = [];
  values.forEach((value, i) => {
    if (i >= firstIndex && Number.isFinite(value)) points.push(`${round(x(i))},${round(y(value))}`);
  });
  const dash = dashes ? ` stroke-dasharray="${dashes}"` : '';
  const stroke = `stroke="${hex(colour)}" stroke-width="${width}"${dash}`;
  return `<polyline class="line" ${stroke} points="${points.join(' ')}"/>`;
}

/** Entries `[name, colour, dashes | 'dot']`, one under the other. */
function legend(left, top, entries) {
  return entries.flatMap(([name, colour, kind], i) => {
    const y = top + i * 20;
    const stroke = `stroke="${hex(colour)}" stroke-width="2"`;
    const dash = kind ? ` stroke-dasharray="${kind}"` : '';
    const mark =
      kind === 'dot'
        ? `<circle cx="${left + 14}" cy="${y}" r="3.6" fill="none" ${stroke}/>`
        : `<line x1="${left}" x2="${left + 28}" y1="${y}" y2="${y}" ${stroke}${dash}/>`;
    return [mark, text(left + 36, y + 4, name)];
  });
}

function text(x, y, content, className, anchor) {
  const attributes = `${className ? ` class="${className}"` : ''}${anchor ? ` text-anchor="${anchor}"` : ''}`;
  return `<text x="${round(x)}" y="${round(y)}"${attributes}>${content}</text>`;
}

function round(value) {
  return Math.round(value * 100) / 100;
}
