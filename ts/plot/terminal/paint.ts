/** Colours and emphasis by ANSI codes, or none. */
import { ansi256, type Colour, type ColourMap, INK, LEVELS, LINES, mapColour, rgbOf } from '../colours.js';

const RESET = '\u001b[0m';
/** For values without colours, from low to high. */
const SHADES = { sequential: ' ░▒▓█', diverging: '=-·+#' } as const;
const NO_NUMBER = '?';

export class Paint {
  readonly isColoured: boolean;
  readonly #isFull: boolean;
  readonly #ground: 'light' | 'dark';
  readonly #codes = new Map<string, string>();

  /** The colours for dark ground are legible on light ground, too. */
  constructor(color: boolean | 'full', theme: 'auto' | 'light' | 'dark') {
    this.isColoured = color !== false;
    this.#isFull = color === 'full';
    this.#ground = theme === 'light' ? 'light' : 'dark';
  }

  bold(text: string): string {
    return this.#wrap('1', text);
  }

  quiet(text: string): string {
    return this.#wrap('2', text);
  }

  /** In the colour of a line; the ink is the terminal's own. */
  line(color: number | 'ink', text: string): string {
    return color === 'ink' ? text : this.#wrap(`38;${this.#code(LINES[color] as Colour)}`, text);
  }

  /** A character whose halves are two values of a map, places from 0 to 1 or NaN. */
  halves(map: ColourMap, upper: number, lower: number): string {
    const [above, below] = [upper, lower].map((place) => this.#level(map, place));
    return `\u001b[38;${above};48;${below}m▀`;
  }

  /** What ends a row of coloured characters. */
  get end(): string {
    return this.isColoured ? RESET : '';
  }

  /** A value without colours. */
  shade(map: ColourMap, place: number): string {
    const shades = SHADES[map];
    if (Number.isNaN(place)) return NO_NUMBER;
    return shades[Math.min(shades.length - 1, Math.floor(place * shades.length))] as string;
  }

  #level(map: ColourMap, place: number): string {
    if (Number.isNaN(place)) return this.#code(INK.missing);
    return this.#code(mapColour(map, Math.round(place * LEVELS) / LEVELS));
  }

  /** What stands behind `38;` or `48;`. */
  #code(colour: Colour): string {
    const name = colour[this.#ground];
    const known =
      this.#codes.get(name) ?? (this.#isFull ? `2;${rgbOf(name).join(';')}` : `5;${ansi256(name)}`);
    this.#codes.set(name, known);
    return known;
  }

  #wrap(code: string, text: string): string {
    return this.isColoured && text !== '' ? `\u001b[${code}m${text}${RESET}` : text;
  }
}
