/** h_t = act(W x_t + b + U h_{t-1} + d) */

import { activateAll } from './activations.js';
import { add, clamp, multiply, vector } from './arithmetic.js';
import { required } from './parameters.js';
import type { Parameters, RnnOptions, Step } from './types.js';

export function rnnStep(p: Parameters, options: RnnOptions, x: number[], h: number[]): Step {
  let a = add(multiply(required(p, 'weight_ih'), x), multiply(required(p, 'weight_hh'), h));
  if (options.bias ?? true) a = add(a, vector(required(p, 'bias_ih')), vector(required(p, 'bias_hh')));
  return { hidden: activateAll(options.nonlinearity ?? 'tanh', clamp(a, options.clip)) };
}
