// Colours: a palette for lines, ramps for values, and the nearest colours of a terminal.

/** For lines that need telling apart, [r, g, b]. */
export const LINES = [
  [217, 72, 15],
  [66, 133, 190],
  [128, 60, 190],
  [30, 150, 90],
  [120, 84, 60],
  [210, 60, 140],
  [90, 110, 20],
  [38, 38, 46],
];

const VIRIDIS = ['#440154', '#46327e', '#365c8d', '#277f8e', '#1fa187', '#4ac16d', '#a0da39', '#fde725'];
const BLUE_RED = ['#2166ac', '#67a9cf', '#d1e5f0', '#f7f7f7', '#fddbc7', '#ef8a62', '#b2182b'];

/** Colour of a gate's value, 0 to 1. */
export const gateColour = (value) => ramp(VIRIDIS, value);

/** Colour of a signed value, -1 to 1; 0 is white. */
export const signedColour = (value) => ramp(BLUE_RED, (value + 1) / 2);

/** [r, g, b] -> '#rrggbb'. */
export function hex(rgb) {
  return `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

/** [r, g, b] -> the nearest colour of the 6 x 6 x 6 cube or of the greys in the 256-colour palette. */
export function ansi256(rgb) {
  const levels = [0, 95, 135, 175, 215, 255];
  const nearest = rgb.map((part) => indexOfNearest(levels, part));
  const [r, g, b] = nearest;
  const greys = Array.from({ length: 24 }, (_, i) => 8 + 10 * i);
  const grey = indexOfNearest(greys, (rgb[0] + rgb[1] + rgb[2]) / 3);
  const distance = (other) => rgb.reduce((sum, part, i) => sum + (part - other[i]) ** 2, 0);
  const cubeWins = distance(nearest.map((level) => levels[level])) <= distance(Array(3).fill(greys[grey]));
  return cubeWins ? 16 + 36 * r + 6 * g + b : 232 + grey;
}

function indexOfNearest(values, wanted) {
  return values.reduce(
    (best, value, i) => (Math.abs(value - wanted) < Math.abs(values[best] - wanted) ? i : best),
    0,
  );
}

function ramp(stops, value) {
  const position = Math.min(1, Math.max(0, value)) * (stops.length - 1);
  const left = Math.min(stops.length - 2, Math.floor(position));
  const [from, to] = [parse(stops[left]), parse(stops[left + 1])];
  return from.map((part, i) => part + (position - left) * (to[i] - part));
}

function parse(colour) {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}
