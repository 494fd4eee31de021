// The copy task: ten symbols of eight, a pause, a mark, and then the ten again, in the form of Arjovsky et al. 2016.

import { classes, oneHot } from './one-hot.mjs';

const LETTERS = 8;
const BLANK = 8;
const MARK = 9;
/** Symbols to remember. */
export const WORD = 10;
export const INPUT_SIZE = 10;
/** The letters and the blank. */
export const OUTPUT_SIZE = 9;

/** Cross-entropy a step, in nats, of blanks until the mark and then a letter at random. */
export const baseline = (pause) => (WORD * Math.log(LETTERS)) / (pause + 2 * WORD);

/** `batch` sequences of `pause + 20` steps: `{ x, y }`, x [batch, time, 10] one-hot, y [batch, time] classes. */
export function drawCopy(random, batch, pause) {
  const words = Array.from({ length: batch }, () =>
    Array.from({ length: WORD }, () => random.integer(0, LETTERS - 1)),
  );
  const time = pause + 2 * WORD;
  const inputs = words.map((word) => [
    ...word,
    ...Array(pause - 1).fill(BLANK),
    MARK,
    ...Array(WORD).fill(BLANK),
  ]);
  const targets = words.map((word) => [...Array(pause + WORD).fill(BLANK), ...word]);
  return { x: oneHot(inputs, time, INPUT_SIZE), y: classes(targets, time) };
}
