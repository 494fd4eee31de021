/** Activations of recurrent nodes by their names, of which upper and lower case do not count. */

import type { Activation } from '../../options.js';

interface Scaling {
  readonly alpha: number;
  readonly beta: number;
}

/** An activation: the library's, where it has it, and as a function. */
export interface CellActivation {
  readonly own: Activation | undefined;
  readonly apply: (x: number) => number;
}

interface KnownActivation {
  /** What it takes from the lists of alphas and betas, if that is there. */
  readonly takes: readonly (keyof Scaling)[];
  /** Where the lists have ended. The specification gives none for Affine and ScaledTanh. */
  readonly preset?: Partial<Scaling>;
  readonly own?: (scaling: Scaling) => Activation | undefined;
  readonly apply: (x: number, scaling: Scaling) => number;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const clamp = (x: number): number => Math.min(Math.max(x, 0), 1);

const ACTIVATIONS: Readonly<Record<string, KnownActivation>> = {
  relu: { takes: [], own: () => 'relu', apply: (x) => Math.max(x, 0) },
  tanh: { takes: [], own: () => 'tanh', apply: Math.tanh },
  sigmoid: { takes: [], own: () => 'sigmoid', apply: sigmoid },
  softsign: { takes: [], own: () => 'softsign', apply: (x) => x / (1 + Math.abs(x)) },
  softplus: { takes: [], apply: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) },
  hardsigmoid: {
    takes: ['alpha', 'beta'],
    preset: { alpha: 0.2, beta: 0.5 },
    own: (scaling) => ({ kind: 'hardSigmoid', ...scaling }),
    apply: (x, { alpha, beta }) => clamp(alpha * x + beta),
  },
  affine: {
    takes: ['alpha', 'beta'],
    preset: { beta: 0 },
    own: ({ alpha, beta }) => (alpha === 1 && beta === 0 ? 'identity' : undefined),
    apply: (x, { alpha, beta }) => alpha * x + beta,
  },
  scaledtanh: { takes: ['alpha', 'beta'], apply: (x, { alpha, beta }) => alpha * Math.tanh(beta * x) },
  leakyrelu: {
    takes: ['alpha'],
    preset: { alpha: 0.01 },
    apply: (x, { alpha }) => (x < 0 ? alpha * x : x),
  },
  thresholdedrelu: { takes: ['alpha'], preset: { alpha: 1 }, apply: (x, { alpha }) => (x > alpha ? x : 0) },
  elu: {
    takes: ['alpha'],
    preset: { alpha: 1 },
    apply: (x, { alpha }) => (x < 0 ? alpha * Math.expm1(x) : x),
  },
};

/**
 * The activation of a name, which takes what it needs from the beginning of the lists; undefined if there is none, or
 * nothing to scale it by.
 */
export function readActivation(
  name: string,
  rest: Readonly<Record<keyof Scaling, number[]>>,
): CellActivation | undefined {
  const known = Object.hasOwn(ACTIVATIONS, name.toLowerCase()) ? ACTIVATIONS[name.toLowerCase()] : undefined;
  if (known === undefined) return undefined;
  const scaling = { alpha: 0, beta: 0 };
  for (const key of known.takes) {
    const value = rest[key].shift() ?? known.preset?.[key];
    if (value === undefined) return undefined;
    scaling[key] = value;
  }
  return { own: known.own?.(scaling), apply: (x) => known.apply(x, scaling) };
}
