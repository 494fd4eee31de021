/** Colours of values: sequential for gates, two-sided around 0 for what has a sign. */

import { interpolateRgbBasis } from 'd3-interpolate';
import { interpolateCividis, interpolateRdBu } from 'd3-scale-chromatic';

export type Palette = 'gate' | 'signed';
export type Theme = 'light' | 'dark';

/** Blue below 0, the page's dark at 0, amber above: white in the middle would be the brightest thing on a dark page. */
const darkSigned = interpolateRgbBasis([
  '#8ecbff',
  '#3f83c4',
  '#23384f',
  '#20242c',
  '#54391a',
  '#c98628',
  '#ffd479',
]);

const interpolators: Record<Palette, Record<Theme, (share: number) => string>> = {
  gate: { light: interpolateCividis, dark: interpolateCividis },
  signed: { light: (share) => interpolateRdBu(1 - share), dark: darkSigned },
};

const clamped = (share: number) => Math.min(1, Math.max(0, share));

/** `value` is from 0 to 1 for gates and from -scale to scale for what has a sign. */
export function colourOf(value: number, palette: Palette, theme: Theme, scale = 1): string {
  const share = palette === 'gate' ? value : (value / scale + 1) / 2;
  return interpolators[palette][theme](clamped(share));
}

const TABLE_SIZE = 256;
const tables = new Map<string, Uint32Array>();

/** Colours from the first to the last as pixels of an image, which are red, green, blue, alpha from the lowest byte. */
export function colourTable(palette: Palette, theme: Theme): Uint32Array {
  const key = `${palette} ${theme}`;
  const known = tables.get(key);
  if (known) return known;
  const table = Uint32Array.from({ length: TABLE_SIZE }, (_, index) => {
    const [r, g, b] = parseColour(interpolators[palette][theme](index / (TABLE_SIZE - 1)));
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
  tables.set(key, table);
  return table;
}

type Rgb = readonly [number, number, number];

/** `rgb(1, 2, 3)`, as the interpolators give, or `#010203`. */
export function parseColour(colour: string): Rgb {
  const hex = /^#(..)(..)(..)$/.exec(colour);
  const parts = hex
    ? hex.slice(1).map((part) => Number.parseInt(part, 16))
    : (colour.match(/\d+/g) ?? []).map(Number);
  return [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
}

/** Relative luminance, as WCAG 2 defines it. */
export function luminance(colour: string): number {
  const [r, g, b] = parseColour(colour).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Black or white, whichever reads better on the colour. */
export function inkOn(colour: string): string {
  return luminance(colour) > 0.179 ? '#000' : '#fff';
}
