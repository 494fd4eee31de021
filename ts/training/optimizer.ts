/** Optimisers by name. The mathematics is in Rust, which also checks the ranges. */

import type { RawTrainerConfig } from '../backend/raw.js';
import { describe, fail } from '../errors.js';
import { choice, flag, type Reader, rate, real } from '../options.js';

/**
 * How weights follow from gradients. Names, definitions and defaults are PyTorch's: `lr` is 0.01 for rmsprop and 0.001
 * for the others, `weightDecay` 0.01 for adamw and 0 for the others, `betas` are `[0.9, 0.999]`, `alpha` 0.99, `eps` 1e-8.
 */
export type Optimizer =
  | 'sgd'
  | 'rmsprop'
  | 'adam'
  | 'adamw'
  | {
      kind: 'sgd';
      lr?: number | undefined;
      momentum?: number | undefined;
      dampening?: number | undefined;
      weightDecay?: number | undefined;
      nesterov?: boolean | undefined;
    }
  | {
      kind: 'rmsprop';
      lr?: number | undefined;
      alpha?: number | undefined;
      eps?: number | undefined;
      weightDecay?: number | undefined;
      momentum?: number | undefined;
      centered?: boolean | undefined;
    }
  | {
      kind: 'adam' | 'adamw';
      lr?: number | undefined;
      betas?: readonly [number, number] | undefined;
      eps?: number | undefined;
      weightDecay?: number | undefined;
      amsgrad?: boolean | undefined;
    };

/** An optimiser as it crosses; the learning rate crosses with each update. */
export type RawOptimizer = Omit<
  RawTrainerConfig,
  'loss' | 'delta' | 'ignoreIndex' | 'clipNorm' | 'clipValue' | 'seed'
>;

const betas: Reader<readonly [number, number]> = (where, name, value = [0.9, 0.999]) => {
  const [first, second, ...more] = Array.isArray(value) ? value : [];
  if (typeof first === 'number' && typeof second === 'number' && more.length === 0) return [first, second];
  return fail('value', where, `${name} must be two numbers in [0, 1)`, describe(value));
};

const adam = (weightDecay: number) => ({
  lr: rate(1e-3),
  betas,
  eps: real(1e-8),
  weightDecay: real(weightDecay),
  amsgrad: flag(false),
});

const read = choice(
  {
    sgd: {
      lr: rate(1e-3),
      momentum: real(0),
      dampening: real(0),
      weightDecay: real(0),
      nesterov: flag(false),
    },
    rmsprop: {
      lr: rate(1e-2),
      alpha: real(0.99),
      eps: real(1e-8),
      weightDecay: real(0),
      momentum: real(0),
      centered: flag(false),
    },
    adam: adam(0),
    adamw: adam(1e-2),
  },
  'adam',
);

/** What an optimiser does not know and the crossing wants all the same. */
const UNKNOWN = {
  momentum: 0,
  dampening: 0,
  nesterov: false,
  alpha: 0,
  betas: [0, 0] as readonly [number, number],
  eps: 0,
  centered: false,
  amsgrad: false,
};

/** An {@link Optimizer}; Adam if left out. */
export const optimizerReader: Reader<{ lr: number; raw: RawOptimizer }> = (where, name, value) => {
  const { kind: optimizer, lr, ...given } = read(where, name, value);
  const {
    betas: [beta1, beta2],
    ...rest
  } = { ...UNKNOWN, ...given };
  return { lr, raw: { ...rest, optimizer, beta1, beta2 } };
};
