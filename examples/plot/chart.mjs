// A chart of lines over one pair of axes, linear or logarithmic, as SVG.

import { hex, LINES } from './colours.mjs';
import { legend, polyline, round, rule, svgDocument, text } from './svg.mjs';

const WIDTH = 900;
const HEIGHT = 520;
const AREA = { left: 84, right: 640, top: 100, bottom: 460 };

/**
 * The picture as a string. `series` are `{ name, points: [[x, y], ...], of }`: lines of one group `of` share a colour and
 * an entry in the legend, and so do lines of one name without it. `levels` are horizontal lines `{ name, y }`. An axis
 * is `{ label, log, low, high }`, of which the last three may be left out. Points that are not finite, or not above 0
 * on a logarithmic axis, are left out.
 */
export function lineChart({ title, note = '', x, y, series, levels = [] }) {
  const shown = series.map(({ name, points, of = name }) => ({
    of,
    points: points.filter(([px, py]) => fits(x, px) && fits(y, py)),
  }));
  const all = shown.flatMap(({ points }) => points);
  const across = scale(x, [...all.map(([px]) => px)], AREA.left, AREA.right);
  const up = scale(y, [...all.map(([, py]) => py), ...levels.map((level) => level.y)], AREA.bottom, AREA.top);
  const groups = [...new Set(shown.map(({ of }) => of))];
  const colourOf = (of) => LINES[groups.indexOf(of) % LINES.length];
  const inside = { x: `${AREA.left}`, width: AREA.right - AREA.left };

  const parts = [
    text(AREA.left, 40, title, 'title'),
    text(AREA.left, 64, note, 'quiet'),
    text(AREA.left, AREA.top - 12, y.label, 'quiet'),
    text(AREA.right, AREA.bottom + 42, x.label, 'quiet', 'end'),
    ...up.ticks.flatMap(({ at, label }) => [
      rule('grid', AREA.left, at, AREA.right, at),
      text(AREA.left - 8, at + 4, label, 'quiet', 'end'),
    ]),
    rule('axis', AREA.left, AREA.bottom, AREA.right, AREA.bottom),
    ...across.ticks.flatMap(({ at, label }) => [
      rule('axis', at, AREA.bottom, at, AREA.bottom + 5),
      text(at, AREA.bottom + 20, label, 'quiet', 'middle'),
    ]),
    ...levels.flatMap((level) => [
      polyline(
        [
          [AREA.left, up.place(level.y)],
          [AREA.right, up.place(level.y)],
        ],
        GREY,
        1.4,
        '5 4',
      ),
      text(AREA.right + 8, up.place(level.y) + 4, level.name, 'quiet'),
    ]),
    `<clipPath id="area"><rect x="${inside.x}" y="${AREA.top - 4}" width="${inside.width}" height="${AREA.bottom - AREA.top + 8}"/></clipPath>`,
    '<g clip-path="url(#area)">',
    ...shown.map(({ of, points }) =>
      polyline(
        points.map(([px, py]) => [across.place(px), up.place(py)]),
        colourOf(of),
        1.8,
      ),
    ),
    '</g>',
    ...legend(
      AREA.right + 24,
      AREA.top + 6 + (levels.some(({ y: level }) => up.place(level) < AREA.top + 160) ? 40 : 0),
      groups.map((of) => [of, colourOf(of)]),
    ),
  ];
  return svgDocument({ width: WIDTH, height: HEIGHT, title, parts });
}

/** Bars of `{ name, value, label }`, longest value to the right edge, as SVG. `levels` as in {@link lineChart}. */
export function barChart({ title, note = '', bars, label, low = 0 }) {
  const step = 30;
  const top = 100;
  const left = 250;
  const high = Math.max(...bars.map(({ value }) => value).filter(Number.isFinite));
  const width = (value) => round((Math.max(0, value - low) / (high - low)) * (AREA.right + 80 - left));
  const parts = [
    text(24, 40, title, 'title'),
    text(24, 64, note, 'quiet'),
    text(left, top - 8, label, 'quiet'),
    ...bars.flatMap(({ name, value, label: shown }, i) => {
      const y = top + i * step;
      return [
        text(left - 12, y + 16, name, '', 'end'),
        `<rect x="${left}" y="${y + 3}" width="${width(value)}" height="18" fill="${hex(LINES[0])}"/>`,
        text(left + width(value) + 8, y + 17, shown ?? String(value)),
      ];
    }),
  ];
  return svgDocument({ width: WIDTH, height: top + bars.length * step + 20, title, parts });
}

const GREY = [107, 107, 118];

function fits({ log }, value) {
  return Number.isFinite(value) && (!log || value > 0);
}

function scale({ log = false, low, high }, values, from, to) {
  const known = values.filter((value) => fits({ log }, value));
  const ends = [low ?? Math.min(...known), high ?? Math.max(...known)];
  if (!(ends[1] > ends[0])) ends[1] = ends[0] + (Math.abs(ends[0]) || 1);
  const of = log ? Math.log10 : (value) => value;
  const [first, last] = ends.map(of);
  const place = (value) => from + ((of(value) - first) / (last - first)) * (to - from);
  const ticks = (log ? decades : evenSteps)(first, last).map(([value, label]) => ({
    at: place(value),
    label,
  }));
  return { place, ticks };
}

function decades(first, last) {
  const every = Math.max(1, Math.ceil((last - first) / 8));
  const list = [];
  for (let power = Math.ceil(first - 1e-9); power <= last + 1e-9; power += every) {
    list.push([10 ** power, Math.abs(power) > 3 ? `1e${power}` : String(10 ** power)]);
  }
  return list;
}

function evenSteps(first, last) {
  const rough = (last - first) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const list = [];
  for (let k = Math.ceil(first / step - 1e-9); k * step <= last + 1e-9 * step; k++) {
    list.push([k * step, short(k * step, digits)]);
  }
  return list;
}

function short(value, digits) {
  if (Math.abs(value) >= 1e6) return `${round(value / 1e6)}M`;
  if (Math.abs(value) >= 1e4) return `${round(value / 1e3)}k`;
  return value.toFixed(digits).replace('-', '−');
}
