/** Activations by the names of Keras and TensorFlow.js. */

import { isObject, textOf } from '../json.js';
import type { Activation } from '../options.js';

/** Whose hard sigmoid it is: 0.2 x + 0.5 of Keras 2 and TensorFlow.js, or x / 6 + 0.5 of Keras 3. */
export type Dialect = 'keras2' | 'keras3';

const HARD_SIGMOID = {
  keras2: { kind: 'hardSigmoid', alpha: 0.2, beta: 0.5 },
  keras3: 'hardSigmoid',
} as const satisfies Record<Dialect, Activation>;

const PLAIN = {
  linear: 'identity',
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  relu: 'relu',
  softsign: 'softsign',
} as const satisfies Record<string, Activation>;

/** Name of an activation as a description has it: a text, an object with the text in it, or nothing for none. */
export function nameOf(value: unknown): string {
  if (value === undefined || value === null) return 'linear';
  if (isObject(value)) return typeof value.config === 'string' ? value.config : textOf(value.class_name);
  return textOf(value);
}

/** The activation of a name; undefined for one that layers do not have. */
export function activationOf(name: string, dialect: Dialect): Activation | undefined {
  // TensorFlow.js writes hardSigmoid, and reads hard_sigmoid as well.
  if (name === 'hard_sigmoid' || name === 'hardSigmoid') return HARD_SIGMOID[dialect];
  return Object.hasOwn(PLAIN, name) ? PLAIN[name as keyof typeof PLAIN] : undefined;
}

/** Name of our activation in TensorFlow.js; undefined for one that it does not have. */
export function keras2NameOf(activation: Activation): string | undefined {
  if (typeof activation === 'string') {
    return Object.entries(PLAIN).find(([, own]) => own === activation)?.[0];
  }
  const { alpha, beta } = HARD_SIGMOID.keras2;
  return activation.alpha === alpha && activation.beta === beta ? 'hard_sigmoid' : undefined;
}
