// The adding problem: remember two marked numbers among many, give their sum at the end.
//
// Hochreiter & Schmidhuber 1997, experiment 4, in the form of Arjovsky et al. 2016.

import { tensor } from 'cellgate';

export const INPUT_SIZE = 2;
export const OUTPUT_SIZE = 1;

/**
 * Mean squared error of the best answer that ignores the markers: the sum of two numbers, each uniform in [0, 1),
 * has mean 1 and variance 2/12, so the answer is 1 and its error 1/6.
 */
export const BASELINE = 1 / 6;

/**
 * `batch` sequences of `time` steps: `{ x, y }`. x [batch, time, 2] holds a number uniform in [0, 1) and a marker,
 * 1 at one step of each half and 0 elsewhere; y [batch, 1] the sum of the two marked numbers.
 */
export function drawAdding(random, batch, time) {
  const x = new Float32Array(batch * time * 2);
  const y = new Float32Array(batch);
  const half = time >> 1;
  for (let b = 0; b < batch; b++) {
    for (let t = 0; t < time; t++) x[(b * time + t) * 2] = random.next();
    for (const t of [random.integer(0, half - 1), random.integer(half, time - 1)]) {
      const at = (b * time + t) * 2;
      x[at + 1] = 1;
      y[b] += x[at];
    }
  }
  return { x: tensor(x, [batch, time, 2]), y: tensor(y, [batch, 1]) };
}
