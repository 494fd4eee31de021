/**
 * What is timed: one training step of one recurrent layer, with Adam, on the mean squared error of its last hidden state.
 *
 * Layers have no biases: Keras' have one vector where PyTorch's have two, and Adam would move them differently.
 */

import { TORCH_GATES } from '../data.mjs';

const CELLS = ['lstm', 'gru'];

const SIZES = [
  { steps: 50, batch: 16, inputSize: 32, hiddenSize: 64 },
  { steps: 100, batch: 32, inputSize: 64, hiddenSize: 128 },
  { steps: 50, batch: 1, inputSize: 8, hiddenSize: 32 },
];

/** Of Adam, whose other options are PyTorch's defaults. */
export const LEARNING_RATE = 1e-3;

function work(cell, size) {
  const { steps, batch, inputSize, hiddenSize } = size;
  const ofInput = TORCH_GATES[cell].length * hiddenSize * inputSize;
  const ofHidden = TORCH_GATES[cell].length * hiddenSize * hiddenSize;
  return {
    ...size,
    cell,
    name: `${cell.toUpperCase()} T${steps} B${batch} I${inputSize} H${hiddenSize}`,
    // Forwards, gradients of the weights, and of h, but not of x; the multiply-adds of the matrices alone.
    flops: 2 * (2 * ofInput + 3 * ofHidden) * steps * batch,
  };
}

/** All works, in the order of the table. */
export const works = CELLS.flatMap((cell) => SIZES.map((size) => work(cell, size)));
