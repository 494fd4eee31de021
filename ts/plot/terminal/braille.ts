/** A raster of dots in braille characters, 2 x 4 of them in each. */

const FIRST = 0x2800;
/** Bit of the dot in column 0..1 and row 0..3. */
const BITS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

export class Dots {
  readonly columns: number;
  readonly rows: number;
  readonly #bits: Uint8Array;

  /** @param columns, rows in characters */
  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.#bits = new Uint8Array(columns * rows);
  }

  /** A dot, in characters from the upper left corner; nothing outside. */
  dot(x: number, y: number): void {
    const [column, row] = [Math.floor(x * 2), Math.floor(y * 4)];
    if (column < 0 || row < 0 || column >= this.columns * 2 || row >= this.rows * 4) return;
    const at = (row >> 2) * this.columns + (column >> 1);
    this.#bits[at] = (this.#bits[at] as number) | (BITS[(column & 1) as 0 | 1][row & 3] as number);
  }

  /** A straight line, in the same measure. Steep parts far outside are cut. */
  line(x1: number, y1: number, x2: number, y2: number): void {
    const steps = Math.ceil(Math.max(Math.abs(x2 - x1) * 2, Math.abs(y2 - y1) * 4, 1));
    const most = 8 * (this.columns * 2 + this.rows * 4);
    const count = Math.min(steps, most);
    for (let step = 0; step <= count; step++) {
      const share = step / count;
      this.dot(x1 + share * (x2 - x1), y1 + share * (y2 - y1));
    }
  }

  /** Whether anything is in a character. */
  has(column: number, row: number): boolean {
    return this.#bits[row * this.columns + column] !== 0;
  }

  /** The character. */
  at(column: number, row: number): number {
    return this.#bits[row * this.columns + column] as number;
  }

  static character(bits: number): string {
    return String.fromCharCode(FIRST | bits);
  }
}
