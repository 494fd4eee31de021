// Measuring delays between spikes, after Gers et al. 2002: each interval is `shortest` or one step longer, and at the
// spike that ends it the network says which. Nothing else is in the input.

import { tensor } from 'cellgate';

export const INPUT_SIZE = 1;
export const OUTPUT_SIZE = 2;

/**
 * `batch` sequences of `spikes` intervals: `{ x, y, weights }`, x [batch, time, 1], y [batch, time] int32 classes,
 * weights [batch, time] 1 at the spikes that end an interval, 0 elsewhere.
 */
export function drawTiming(random, batch, shortest, spikes) {
  const time = spikes * (shortest + 1) + 1;
  const x = new Float32Array(batch * time);
  const y = new Int32Array(batch * time);
  const weights = new Float32Array(batch * time);
  for (let b = 0; b < batch; b++) {
    let at = b * time;
    x[at] = 1;
    for (let spike = 0; spike < spikes; spike++) {
      const longer = random.integer(0, 1);
      at += shortest + longer;
      x[at] = 1;
      y[at] = longer;
      weights[at] = 1;
    }
  }
  return {
    x: tensor(x, [batch, time, 1]),
    y: tensor(y, [batch, time]),
    weights: tensor(weights, [batch, time]),
  };
}
