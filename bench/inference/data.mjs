/**
 * Weights and inputs of a work, in PyTorch's names and gate order.
 *
 * Weights are drawn as PyTorch initialises them, from U(-1/sqrt(width), 1/sqrt(width)), and inputs as standardised
 * features are, with mean 0 and variance 1: gates then work mostly in their bent range, neither linear nor saturated.
 */

import { normal, randomSource, TORCH_GATES, uniform } from '../data.mjs';

/** Distinct frames that a work of single steps cycles through. */
export const STEP_FRAMES = 8;

/** Layers and directions, from the first to the last: `{ suffix, layer, inputSize }`. */
export function partsOf({ layers, isBidirectional, inputSize, hiddenSize }) {
  const directions = isBidirectional ? ['', '_reverse'] : [''];
  return Array.from({ length: layers }, (_, layer) =>
    directions.map((direction) => ({
      suffix: `l${layer}${direction}`,
      layer,
      inputSize: layer === 0 ? inputSize : directions.length * hiddenSize,
    })),
  ).flat();
}

/**
 * @returns `parameters`: arrays by name; `inputs`: one `[steps, batch, inputSize]` array per distinct call, which calls cycle
 * through
 */
export function makeData(work) {
  const { cell, calls, steps, batch, inputSize, hiddenSize } = work;
  const random = randomSource(1);
  const rows = TORCH_GATES[cell].length * hiddenSize;
  const bound = 1 / Math.sqrt(hiddenSize);
  const parameters = {};
  for (const part of partsOf(work)) {
    parameters[`weight_ih_${part.suffix}`] = uniform(random, rows * part.inputSize, bound);
    parameters[`weight_hh_${part.suffix}`] = uniform(random, rows * hiddenSize, bound);
    parameters[`bias_ih_${part.suffix}`] = uniform(random, rows, bound);
    parameters[`bias_hh_${part.suffix}`] = uniform(random, rows, bound);
  }
  const inputs = Array.from({ length: calls === 'step' ? STEP_FRAMES : 1 }, () =>
    normal(random, steps * batch * inputSize),
  );
  return { parameters, inputs };
}
