/**
 * The style sheet of a figure. Every rule is below the class of the figure's theme, and one class means one colour in all
 * figures, so that several may stand in one page. No custom properties: converters to PNG and PDF do not know them.
 */
import { type Colour, type ColourMap, type Ground, INK, LEVELS, LINES, mapColour } from '../colours.js';

export const TEXT_SIZE = 12;
export const PANEL_SIZE = 13;
export const TITLE_SIZE = 17;

const SHAPES = [
  ['text', `font:${TEXT_SIZE}px system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif`],
  ['.title', `font-size:${TITLE_SIZE}px;font-weight:600`],
  ['.panel', `font-size:${PANEL_SIZE}px;font-weight:600`],
  ['.halo', 'paint-order:stroke;stroke-width:3px;stroke-linejoin:round'],
  ['.rule', 'fill:none;stroke-width:1px'],
  ['.line', 'fill:none;stroke-width:1.8px;stroke-linejoin:round;stroke-linecap:round'],
  ['.dashed', 'stroke-dasharray:7 5'],
  ['.dotted', 'stroke-dasharray:.1 4.5'],
  ['.cells', 'shape-rendering:crispEdges'],
] as const;

const INKS = [
  ['.ground', 'fill', INK.ground],
  ['.halo', 'stroke', INK.ground],
  ['.text', 'fill', INK.text],
  ['.quiet', 'fill', INK.quiet],
  ['.axis', 'stroke', INK.axis],
  ['.grid', 'stroke', INK.grid],
  ['.shade', 'fill', INK.shade],
  ['.missing', 'fill', INK.missing],
  ['.ink-line', 'stroke', INK.text],
] as const satisfies readonly (readonly [string, string, Colour])[];

const PREFIX = { sequential: 'q', diverging: 'd' } as const;

/** The classes that a figure uses. */
export class Styles {
  readonly #used = new Map<string, readonly [property: string, colour: Colour]>();

  /** Class of a colour of a map, for a place from 0 to 1; of what is no number for NaN. */
  level(map: ColourMap, place: number): string {
    if (Number.isNaN(place)) return 'missing';
    const level = Math.round(place * LEVELS);
    const name = `${PREFIX[map]}${level}`;
    this.#used.set(`.${name}`, ['fill', mapColour(map, level / LEVELS)]);
    return name;
  }

  /** Class of a line. */
  stroke(color: number | 'ink'): string {
    if (color === 'ink') return 'ink-line';
    this.#used.set(`.s${color}`, ['stroke', LINES[color] as Colour]);
    return `s${color}`;
  }

  /** Class of an area in the colour of a line. */
  area(color: number): string {
    this.#used.set(`.f${color}`, ['fill', LINES[color] as Colour]);
    return `f${color}`;
  }

  /** The sheet, for what was asked for until now. */
  sheet(theme: 'auto' | Ground, root: string): string {
    const shapes = SHAPES.map(([name, rules]) => `.${root} ${name}{${rules}}`);
    const colours = (ground: Ground): string[] => [
      ...INKS.map(([name, property, colour]) => `.${root} ${name}{${property}:${colour[ground]}}`),
      ...Array.from(
        this.#used,
        ([name, [property, colour]]) => `.${root} ${name}{${property}:${colour[ground]}}`,
      ),
    ];
    const dark = `@media (prefers-color-scheme:dark){${colours('dark').join('')}}`;
    const rules = theme === 'auto' ? [...colours('light'), dark] : colours(theme);
    return [...shapes, ...rules].join('\n');
  }
}
