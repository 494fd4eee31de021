/**
 * Weights and inputs of a work, the same for every engine, in PyTorch's names and gate order.
 *
 * Weights are drawn as PyTorch initialises them, from U(-1/sqrt(width), 1/sqrt(width)), and inputs as standardised
 * features are, with mean 0 and variance 1: gates then work mostly in their bent range, neither linear nor saturated.
 */

/** Distinct frames that a work of single steps cycles through. */
export const STEP_FRAMES = 8;

/** Gate rows of `weight_ih_l0` and its like. */
export const TORCH_GATES = { lstm: ['i', 'f', 'g', 'o'], gru: ['r', 'z', 'n'] };

/** Mulberry32: numbers in [0, 1), the same on every machine. */
export function randomSource(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Between -`bound` and `bound`. */
export function uniform(random, shape, bound) {
  const length = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float32Array.from({ length }, () => bound * (2 * random() - 1)) };
}

/** Box and Muller's transform. */
export function normal(random, length) {
  return Float32Array.from(
    { length },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}

/**
 * @returns `parameters`: name to `{ shape, data }`; `inputs`: one `[steps, batch, width]` array per distinct call, which
 * calls cycle through
 */
export function makeData({ cell, calls, steps, batch, width }) {
  const random = randomSource(1);
  const rows = TORCH_GATES[cell].length * width;
  const bound = 1 / Math.sqrt(width);
  const parameters = {
    weight_ih_l0: uniform(random, [rows, width], bound),
    weight_hh_l0: uniform(random, [rows, width], bound),
    bias_ih_l0: uniform(random, [rows], bound),
    bias_hh_l0: uniform(random, [rows], bound),
  };
  const inputs = Array.from({ length: calls === 'step' ? STEP_FRAMES : 1 }, () =>
    normal(random, steps * batch * width),
  );
  return { parameters, inputs };
}
