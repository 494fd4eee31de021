/** Colours: even steps, legible, and told apart by those who see fewer of them. */
import { describe, expect, it } from 'vitest';
import { ansi256, INK, LINES, mapColour } from '../../../ts/plot/colours.js';

type Vector = [number, number, number];
const GROUNDS = ['light', 'dark'] as const;

const linear = (colour: string): Vector =>
  [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as Vector;
const times = (matrix: readonly Vector[], [a, b, c]: Vector): Vector =>
  matrix.map(([x, y, z]) => x * a + y * b + z * c) as Vector;

/** sRGB to XYZ at D65, by IEC 61966-2-1. */
const XYZ: Vector[] = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];
/** Linear sRGB as it is seen, at full severity: table 1 of Machado, Oliveira and Fernandes 2009. */
const VISION: Record<string, Vector[]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** CIELAB of a colour as someone sees it. */
function lab(colour: string, vision = VISION.normal!): Vector {
  const seen = times(vision, linear(colour)).map((part) => Math.min(1, Math.max(0, part))) as Vector;
  const [x, y, z] = times(XYZ, seen).map((part, axis) => {
    const share = part / [0.95047, 1, 1.08883][axis]!;
    return share > 0.008856 ? Math.cbrt(share) : 7.787 * share + 16 / 116;
  }) as Vector;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
const distance = (a: Vector, b: Vector): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

function contrast(a: string, b: string): number {
  const [low, high] = [a, b].map((colour) => times(XYZ, linear(colour))[1]).sort((x, y) => x - y) as [
    number,
    number,
  ];
  return (high + 0.05) / (low + 0.05);
}

describe('colours', () => {
  it.each(GROUNDS)('of lines differ for everyone, on %s ground', (ground) => {
    for (const [name, vision] of Object.entries(VISION)) {
      const seen = LINES.map((line) => lab(line[ground], vision));
      for (const [i, a] of seen.entries()) {
        for (const b of seen.slice(i + 1)) expect(distance(a, b), name).toBeGreaterThan(29);
      }
    }
  });

  it.each(GROUNDS)('are legible on %s ground', (ground) => {
    const paper = INK.ground[ground];
    for (const line of LINES) expect(contrast(line[ground], paper)).toBeGreaterThan(3);
    expect(contrast(INK.text[ground], paper)).toBeGreaterThan(15);
    expect(contrast(INK.quiet[ground], paper)).toBeGreaterThan(4.5);
  });

  /** Colours of viridis by Smith and van der Walt, of Crameri's vik and berlin: entries of their tables of 256. */
  it.each([
    ['sequential', 'light', { 0: '#440154', 51: '#414487', 102: '#2a788e', 204: '#7ad151', 255: '#fde725' }],
    ['sequential', 'dark', { 85: '#31688e', 170: '#35b779' }],
    ['diverging', 'light', { 0: '#001261', 51: '#116496', 204: '#b75a26', 255: '#590008' }],
    ['diverging', 'dark', { 0: '#9eb0ff', 51: '#3280a6', 204: '#964a36', 255: '#ffadad' }],
  ] as const)('of values are those of the published map: %s, %s', (map, ground, known) => {
    for (const [index, colour] of Object.entries(known)) {
      const got = lab(mapColour(map, Number(index) / 255)[ground]);
      expect(distance(got, lab(colour)), `${index} ${colour}`).toBeLessThan(5);
    }
  });

  it.each(Object.keys(VISION))('of gates grow lighter all the way, seen with %s vision', (name) => {
    const lightness = Array.from(
      { length: 65 },
      (_, level) => lab(mapColour('sequential', level / 64).light, VISION[name])[0],
    );
    lightness.slice(1).forEach((value, index) => {
      expect(value).toBeGreaterThan(lightness[index]!);
    });
    expect(lightness[64]! - lightness[0]!).toBeGreaterThan(60);
  });

  it.each(GROUNDS)('of states have their middle at 0 and both sides apart, on %s ground', (ground) => {
    for (const [name, vision] of Object.entries(VISION)) {
      const at = (place: number): Vector => lab(mapColour('diverging', place)[ground], vision);
      const sign = ground === 'light' ? -1 : 1;
      for (const side of [-1, 1]) {
        const steps = Array.from({ length: 9 }, (_, index) => at(0.5 + (side * index) / 16)[0]);
        // Up to 90 % of the way: the ends of both maps level off.
        steps.slice(1).forEach((value, index) => {
          expect(sign * (value - steps[index]!), `${name} ${side} ${index}`).toBeGreaterThan(-0.5);
        });
      }
      expect(distance(at(0.25), at(0.75)), name).toBeGreaterThan(20);
    }
  });

  it('of a terminal are the nearest', () => {
    expect([ansi256('#000000'), ansi256('#ffffff'), ansi256('#ff0000'), ansi256('#808080')]).toEqual([
      16, 231, 196, 244,
    ]);
  });
});
