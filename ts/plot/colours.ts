/**
 * Colours of all pictures, for light and dark ground.
 *
 * Lines: six that keep a distance of at least 29 (CIELAB) from each other for normal and for each kind of colour-blind
 * vision (Machado et al. 2009), and a contrast of at least 3 to the ground. Values: maps whose lightness changes evenly, at
 * seventeen places: viridis (Smith and van der Walt 2015), and of Crameri's scientific colour maps vik, with a light middle,
 * and berlin, with a dark one.
 */

/** A colour on light and on dark ground, `#rrggbb`. */
export interface Colour {
  readonly light: string;
  readonly dark: string;
}

export type Ground = keyof Colour;

export const INK = {
  ground: { light: '#fcfcfb', dark: '#1a1a19' },
  text: { light: '#0b0b0b', dark: '#ffffff' },
  quiet: { light: '#52514e', dark: '#c3c2b7' },
  axis: { light: '#8d8c86', dark: '#7c7b74' },
  grid: { light: '#e1e0d9', dark: '#2f2f2d' },
  shade: { light: '#f0eee6', dark: '#262624' },
  /** For what is no number. */
  missing: { light: '#9c9b96', dark: '#6d6c67' },
} as const satisfies Record<string, Colour>;

export const LINES: readonly Colour[] = [
  { light: '#0655e5', dark: '#2977e4' },
  { light: '#b13409', dark: '#dc481e' },
  { light: '#0ba376', dark: '#4fe196' },
  { light: '#a74d96', dark: '#bc568b' },
  { light: '#352208', dark: '#f3ca15' },
  { light: '#3b1c82', dark: '#c3b7fb' },
];

const stops = (list: string): string[] => list.split(' ').map((stop) => `#${stop}`);

const VIRIDIS = stops(
  '440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 5ec962 84d44b addc30 d8e219 fde725',
);
const VIK = stops(
  '001261 022b71 034481 0c5e92 307da6 619ebd 94bed2 c6dbe6 ece5e0 e9cab8 dbaa8d cf8c66 c27041 b2511d 912d06 731406 590008',
);
const BERLIN = stops(
  '9eb0ff 79abed 519fd3 3685ad 286886 1d4b61 14303e 111a20 190c09 2b0e01 411201 5b1d08 7d341e 9e513f be6f63 df8f89 ffadad',
);

const MAPS = {
  sequential: { light: VIRIDIS, dark: VIRIDIS },
  diverging: { light: VIK, dark: BERLIN },
} as const;

export type ColourMap = keyof typeof MAPS;

/** Steps of a colour map in a picture, so that values near each other share one path; even, so that the middle is one. */
export const LEVELS = 64;

type Rgb = readonly [number, number, number];

export function rgbOf(colour: string): Rgb {
  const part = (at: number): number => Number.parseInt(colour.slice(at, at + 2), 16);
  return [part(1), part(3), part(5)];
}

function hexOf(rgb: Rgb): string {
  return `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;
}

/** Colour of a place from 0 to 1 in a map. */
export function mapColour(map: ColourMap, place: number): Colour {
  const at = (list: readonly string[]): string => {
    const position = Math.min(1, Math.max(0, place)) * (list.length - 1);
    const left = Math.min(list.length - 2, Math.floor(position));
    const [from, to] = [rgbOf(list[left] as string), rgbOf(list[left + 1] as string)];
    const share = position - left;
    return hexOf([
      from[0] + share * (to[0] - from[0]),
      from[1] + share * (to[1] - from[1]),
      from[2] + share * (to[2] - from[2]),
    ]);
  };
  return { light: at(MAPS[map].light), dark: at(MAPS[map].dark) };
}

/** Levels of the cube in the 256-colour palette of terminals; behind it come 24 greys. */
const CUBE = [0, 95, 135, 175, 215, 255];
const GREYS = Array.from({ length: 24 }, (_, index) => 8 + 10 * index);

function indexOfNearest(values: readonly number[], wanted: number): number {
  const distances = values.map((value) => Math.abs(value - wanted));
  return distances.indexOf(Math.min(...distances));
}

function distanceOf(a: Rgb, b: Rgb): number {
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
}

/** `#rrggbb` -> number of the nearest colour of a terminal's 256. */
export function ansi256(colour: string): number {
  const rgb = rgbOf(colour);
  const [r, g, b] = [0, 1, 2].map((part) => indexOfNearest(CUBE, rgb[part] as number)) as [
    number,
    number,
    number,
  ];
  const grey = indexOfNearest(GREYS, (rgb[0] + rgb[1] + rgb[2]) / 3);
  const cubeColour: Rgb = [CUBE[r] as number, CUBE[g] as number, CUBE[b] as number];
  const level = GREYS[grey] as number;
  const isCube = distanceOf(rgb, cubeColour) <= distanceOf(rgb, [level, level, level]);
  return isCube ? 16 + 36 * r + 6 * g + b : 232 + grey;
}
