/** Weights, inputs and targets of a work, the same for every engine, in PyTorch's names and gate order. */

import { normal, randomSource, TORCH_GATES, uniform } from '../data.mjs';

/**
 * @returns `parameters`, `x` `[batch, steps, inputSize]`, and `y` `[batch, hiddenSize]` within what a hidden state can be
 */
export function makeData({ cell, steps, batch, inputSize, hiddenSize }) {
  const random = randomSource(1);
  const rows = TORCH_GATES[cell].length * hiddenSize;
  const bound = 1 / Math.sqrt(hiddenSize);
  return {
    parameters: {
      weight_ih_l0: uniform(random, rows * inputSize, bound),
      weight_hh_l0: uniform(random, rows * hiddenSize, bound),
    },
    x: normal(random, batch * steps * inputSize),
    y: normal(random, batch * hiddenSize).map(Math.tanh),
  };
}
