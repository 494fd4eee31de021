// Line chart (braille) and heat maps (half blocks) as text, in ANSI 256 colours or none.

import { ansi256, gateColour, signedColour } from '../plot/colours.mjs';
import { SERIES } from './colours.mjs';

const AXIS = 8;
const CHART_ROWS = 14;
const BRAILLE = 0x2800;
// Bit of the dot in column 0..1 and row 0..3 of a braille character.
const DOT_BITS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
];
const SHADES = [' ', '░', '▒', '▓', '█'];
// On a dark or light screen alike; the truth takes the terminal's own colour.
const LINES = [
  { key: 'naive', mark: '·', name: 'seasonal naive' },
  { key: 'truth', mark: '+', name: 'truth' },
  { key: 'oneMonth', mark: 'o', name: 'LSTM, one month ahead' },
];
const ON_THE_TRUTH = '●';

/** Width and colour of a stream: NO_COLOR forbids colour, FORCE_COLOR asks for it where no terminal is. */
export function terminalOf(stream, env = process.env) {
  const forced = Boolean(env.FORCE_COLOR) && env.FORCE_COLOR !== '0';
  return { width: stream.columns ?? 100, colour: !env.NO_COLOR && (forced || Boolean(stream.isTTY)) };
}

/** The held-out months: `values` has `truth`, `oneMonth` and `naive`, ppm a month from `firstMonth`. */
export function lineChart(values, firstMonth, { width, colour }) {
  const months = values.truth.length;
  const columns = plotColumns(width, months);
  const all = LINES.flatMap(({ key }) => [...values[key]]);
  const low = Math.floor(Math.min(...all));
  const high = Math.ceil(Math.max(...all));

  const layers = LINES.map(({ key }) => drawLine(values[key], columns, low, high));
  const lines = [];
  for (let row = 0; row < CHART_ROWS; row++) {
    const ppm = high - ((row + 0.5) / CHART_ROWS) * (high - low);
    const label = row % 3 === 0 ? ppm.toFixed(0).padStart(AXIS - 2) : ' '.repeat(AXIS - 2);
    const cells = Array.from({ length: columns }, (_, column) =>
      chartCell(
        layers.map((layer) => layer[row * columns + column]),
        colour,
      ),
    );
    lines.push(`${label} ┤${cells.join('')}`);
  }
  const legend = LINES.map(({ key, mark, name }) => `${colour ? paint('━━', key) : mark} ${name}`);
  if (!colour) legend.push(`${ON_THE_TRUTH} both`);
  return [
    '   ppm',
    ...lines,
    yearAxis(firstMonth, months, columns),
    `${' '.repeat(AXIS)}${legend.join('    ')}`,
  ].join('\n');
}

/** Heat maps over the same months, one row per unit: the three gates from 0 to 1, the cell state about 0. */
export function heatMaps({ forget, input, output, cell, cellRange }, firstMonth, { width, colour }) {
  const months = cell[0].length;
  const columns = plotColumns(width, months);
  const gate = { toUnit: (value) => value, paint: gateColour, from: '0', to: '1' };
  const signed = {
    toUnit: (value) => (value / cellRange + 1) / 2,
    paint: (value) => signedColour(2 * value - 1),
    from: `≤ −${cellRange.toFixed(1)}`,
    to: `≥ ${cellRange.toFixed(1)}`,
  };
  const maps = [
    ['forget gate: how much of the cell is kept', forget, gate],
    ['input gate: how much of the candidate is written', input, gate],
    ['output gate: how much of the cell is shown', output, gate],
    ['cell state', cell, signed],
  ];
  const blocks = maps.map(([name, rows, scale]) => {
    const title = `${' '.repeat(AXIS)}${name}   ${legendBar(scale, colour)}`;
    return [title, ...heatRows(rows, columns, scale, colour)].join('\n');
  });
  return `${blocks.join('\n\n')}\n${yearAxis(firstMonth, months, columns)}`;
}

function plotColumns(width, months) {
  return Math.max(20, Math.min(width - AXIS, months));
}

/** Braille dots of one line: a byte per character cell. */
function drawLine(values, columns, low, high) {
  const cells = new Uint8Array(columns * CHART_ROWS);
  const dotRows = CHART_ROWS * 4;
  const dotColumns = columns * 2;
  const rowOf = (value) => Math.min(dotRows - 1, Math.floor(((high - value) / (high - low)) * dotRows));
  let last;
  for (let x = 0; x < dotColumns; x++) {
    const position = (x / (dotColumns - 1)) * (values.length - 1);
    const left = Math.min(values.length - 2, Math.floor(position));
    const y = rowOf(values[left] + (position - left) * (values[left + 1] - values[left]));
    // A steep line fills the rows between two dots.
    for (let dot = Math.min(y, last ?? y); dot <= Math.max(y, last ?? y); dot++) {
      if (dot === last && y !== last) continue;
      cells[(dot >> 2) * columns + (x >> 1)] |= DOT_BITS[x & 1][dot & 3];
    }
    last = y;
  }
  return cells;
}

/** One character: the dots of all lines in the colour of the topmost, or the topmost line's mark. */
function chartCell(dots, colour) {
  const top = dots.findLastIndex((bits) => bits !== 0);
  if (top < 0) return ' ';
  if (!colour) return top === 2 && dots[1] ? ON_THE_TRUTH : LINES[top].mark;
  return paint(String.fromCharCode(BRAILLE | dots.reduce((all, bits) => all | bits)), LINES[top].key);
}

function paint(text, key) {
  return key === 'truth' ? text : `\x1b[38;5;${ansi256(SERIES[key])}m${text}\x1b[0m`;
}

/** Two units a line: upper and lower half of each character, or their mean as a shade. */
function heatRows(rows, columns, { toUnit, paint: colourOf }, colour) {
  const pixels = rows.map((row) => resample(row, columns).map(toUnit));
  const lines = [];
  for (let unit = 0; unit < pixels.length; unit += 2) {
    const upper = pixels[unit];
    const lower = pixels[unit + 1] ?? upper;
    const cells = upper.map((value, column) =>
      colour ? halfBlock(colourOf(value), colourOf(lower[column])) : shade((value + lower[column]) / 2),
    );
    const label = unit === 0 ? 'unit 1' : unit + 2 >= pixels.length ? String(pixels.length) : '';
    lines.push(`${label.padStart(AXIS - 2)} │${cells.join('')}${colour ? '\x1b[0m' : ''}`);
  }
  return lines;
}

function halfBlock(upper, lower) {
  return `\x1b[38;5;${ansi256(upper)};48;5;${ansi256(lower)}m▀`;
}

function shade(value) {
  return SHADES[Math.min(SHADES.length - 1, Math.floor(Math.max(0, value) * SHADES.length))];
}

function legendBar({ from, to, paint: colourOf }, colour) {
  const steps = Array.from({ length: 10 }, (_, i) => (i + 0.5) / 10);
  const bar = steps
    .map((value) => (colour ? `\x1b[38;5;${ansi256(colourOf(value))}m█` : shade(value)))
    .join('');
  return `${from} ${bar}${colour ? '\x1b[0m' : ''} ${to}`;
}

/** Means over equal parts, where there are fewer columns than values. */
function resample(values, columns) {
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns);
    const to = Math.ceil(((column + 1) * values.length) / columns);
    return values.slice(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
  });
}

function yearAxis(firstMonth, months, columns) {
  const line = Array(columns).fill('─');
  const labels = Array(columns).fill(' ');
  for (let i = 0; i < months; i++) {
    if ((firstMonth + i) % 12 !== 0) continue;
    const column = Math.floor((i * columns) / months);
    line[column] = '┬';
    const year = String((firstMonth + i) / 12);
    if (column + year.length <= columns) labels.splice(column, year.length, ...year);
  }
  const margin = ' '.repeat(AXIS - 1);
  return `${margin}└${line.join('')}\n${margin} ${labels.join('').trimEnd()}`;
}
