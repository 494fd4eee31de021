/** Readers of options objects: each checks one value and fills in its default. Ranges are checked in Rust. */

import type { RawActivation } from './backend/raw.js';
import { describe, fail } from './errors.js';

/** Checks an option's value; `value` errors name it. */
export type Reader<T> = (where: string, name: string, value: unknown) => T;

const MAX_SIZE = 2 ** 32 - 1;

function integer(least: number, preset?: number): Reader<number> {
  return (where, name, value) => {
    const given = value === undefined ? preset : value;
    if (typeof given === 'number' && Number.isInteger(given) && given >= least && given <= MAX_SIZE)
      return given;
    return fail('value', where, `${name} must be an integer from ${least} to ${MAX_SIZE}`, describe(given));
  };
}

/** A size: an integer from 1. */
export function size(preset?: number): Reader<number> {
  return integer(1, preset);
}

/** An index or seed: an integer from 0. */
export function natural(preset?: number): Reader<number> {
  return integer(0, preset);
}

/** A finite number. */
export function real(preset?: number): Reader<number> {
  return (where, name, value) => {
    const given = value === undefined ? preset : value;
    if (typeof given === 'number' && Number.isFinite(given)) return given;
    return fail('value', where, `${name} must be a finite number`, describe(given));
  };
}

/** A finite number above 0. */
export function positive(): Reader<number> {
  return (where, name, value) => {
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    return fail('value', where, `${name} must be a finite number above 0`, describe(value));
  };
}

/** True or false. */
export function flag(preset: boolean): Reader<boolean> {
  return (where, name, value) => {
    if (value === undefined) return preset;
    return typeof value === 'boolean'
      ? value
      : fail('value', where, `${name} must be a boolean`, describe(value));
  };
}

/** One of these words; the first is the default only if `preset` says so. */
export function oneOf<const W extends string>(words: readonly W[], preset?: NoInfer<W>): Reader<W> {
  return (where, name, value) => {
    const given = value === undefined ? preset : value;
    const word = words.find((candidate) => candidate === given);
    if (word !== undefined) return word;
    const list = words.map((candidate) => `'${candidate}'`).join(', ');
    return fail('value', where, `${name} must be one of ${list}`, describe(given));
  };
}

/** The same, or undefined. */
export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (where, name, value) => (value === undefined ? undefined : reader(where, name, value));
}

/**
 * Options read by these readers.
 * @throws CellgateError `value` for anything but an object, for unknown names and for values of wrong type
 */
export function readOptions<R extends Record<string, Reader<unknown>>>(
  where: string,
  options: unknown,
  readers: R,
  path = '',
): { [K in keyof R]: ReturnType<R[K]> } {
  const given = options === undefined ? {} : options;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    fail('value', where, `${path === '' ? 'options' : path} must be an object`, describe(given));
  }
  const values = given as Record<string, unknown>;
  for (const name in values) {
    if (Object.hasOwn(readers, name)) continue;
    const known = Object.keys(readers).join(', ');
    fail('value', where, `${path === '' ? 'options' : path} may be ${known}`, `'${name}'`);
  }
  const result: Record<string, unknown> = {};
  for (const name in readers) {
    result[name] = readers[name]?.(where, path === '' ? name : `${path}.${name}`, values[name]);
  }
  return result as { [K in keyof R]: ReturnType<R[K]> };
}

const ACTIVATIONS = ['sigmoid', 'hardSigmoid', 'tanh', 'relu', 'softsign', 'identity'] as const;

/**
 * An activation function.
 *
 * - `'sigmoid'`: 1 / (1 + exp(-x)), `'tanh'`: both within 4 ULP, never outside their range
 * - `'hardSigmoid'`: clamp(x / 6 + 0.5, 0, 1), as PyTorch and Keras 3 have it
 * - `{ kind: 'hardSigmoid', alpha, beta }`: clamp(alpha x + beta, 0, 1); ONNX and Keras 2 have 0.2 and 0.5
 * - `'relu'`: max(0, x), `'softsign'`: x / (1 + |x|), `'identity'`: x
 */
export type Activation = (typeof ACTIVATIONS)[number] | { kind: 'hardSigmoid'; alpha: number; beta: number };

/** The slope of the hard sigmoid that goes by its name alone. */
const HARD_SIGMOID = { alpha: 1 / 6, beta: 0.5 };

const hardSigmoidReaders = { kind: oneOf(['hardSigmoid']), alpha: real(), beta: real() };

/** An {@link Activation}. */
export function activation(preset: (typeof ACTIVATIONS)[number]): Reader<RawActivation> {
  return (where, name, value) => {
    if (typeof value === 'object' && value !== null)
      return readOptions(where, value, hardSigmoidReaders, name);
    const kind = oneOf(ACTIVATIONS, preset)(where, name, value);
    return kind === 'hardSigmoid' ? { kind, ...HARD_SIGMOID } : { kind, alpha: 0, beta: 0 };
  };
}

/** An object of options inside the options. */
export function group<R extends Record<string, Reader<unknown>>>(
  readers: R,
): Reader<{ [K in keyof R]: ReturnType<R[K]> }> {
  return (where, name, value) => readOptions(where, value, readers, name);
}
