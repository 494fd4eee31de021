// Temporal order, task 6a: which of two symbols came first? Hochreiter & Schmidhuber 1997, experiment 6.
//
// A sequence is E, distractors a to d, and B at its end after 100 to 110 steps. One X or Y is at a step from 10 to
// 20, another from 50 to 60. The class is the order: XX, XY, YX, YY.

import { tensor } from 'cellgate';
import { oneHot } from './one-hot.mjs';

export const SYMBOLS = 'abcdXYEB';
export const INPUT_SIZE = SYMBOLS.length;
export const OUTPUT_SIZE = 4;
const [X, E, B] = [...'XEB'].map((name) => SYMBOLS.indexOf(name));

/** The task of the paper; `scale` shortens every position. */
const PAPER = { first: [10, 20], second: [50, 60], length: [100, 110] };

/** `batch` sequences: `{ x, y, lengths }`, x [batch, time, 8] one-hot, y [batch] int32 classes. */
export function drawTemporalOrder(random, batch, scale = 1) {
  const between = ([low, high]) => Math.round(random.integer(low, high) * scale);
  const y = new Int32Array(batch);
  const rows = Array.from({ length: batch }, (_, b) => {
    const row = Array.from({ length: between(PAPER.length) }, () => random.integer(0, 3));
    const [first, second] = [random.integer(0, 1), random.integer(0, 1)];
    row[between(PAPER.first)] = X + first;
    row[between(PAPER.second)] = X + second;
    row[0] = E;
    row[row.length - 1] = B;
    y[b] = 2 * first + second;
    return row;
  });
  const lengths = rows.map((row) => row.length);
  return { x: oneHot(rows, Math.max(...lengths), INPUT_SIZE), y: tensor(y, [batch]), lengths };
}
