/** Readers of options objects: each checks one value and fills in its default. Ranges are checked in Rust. */

import type { RawActivation } from './backend/raw.js';
import { describe, fail } from './errors.js';

/** Checks an option's value; `value` errors name it. */
export type Reader<T> = (where: string, name: string, value: unknown) => T;

/** What readers give, by name. */
export type Values<R> = { [K in keyof R]: R[K] extends Reader<infer T> | undefined ? T : never };

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

function finite(words: string, isWithin: (value: number) => boolean, preset?: number): Reader<number> {
  return (where, name, value) => {
    const given = value === undefined ? preset : value;
    if (typeof given === 'number' && Number.isFinite(given) && isWithin(given)) return given;
    return fail('value', where, `${name} must be a finite number${words}`, describe(given));
  };
}

/** A finite number. */
export function real(preset?: number): Reader<number> {
  return finite('', () => true, preset);
}

/** A finite number above 0. */
export function positive(preset?: number): Reader<number> {
  return finite(' above 0', (value) => value > 0, preset);
}

/** A finite number from 0. */
export function amount(preset?: number): Reader<number> {
  return finite(' from 0', (value) => value >= 0, preset);
}

/** A learning rate: a finite number from 0, also in float32, in which updates are made. */
export function rate(preset?: number): Reader<number> {
  return finite(' from 0 in float32', (value) => value >= 0 && Number.isFinite(Math.fround(value)), preset);
}

/** A number from one to another. */
export function between(least: number, most: number, preset?: number): Reader<number> {
  return finite(` from ${least} to ${most}`, (value) => value >= least && value <= most, preset);
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

/** Whose choice initial weights are. */
export const initializer: Reader<'torch' | 'keras'> = oneOf(['torch', 'keras'], 'torch');

/** The same, or undefined. */
export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (where, name, value) => (value === undefined ? undefined : reader(where, name, value));
}

/**
 * Options read by these readers.
 * @throws CellgateError `value` for anything but an object, for unknown names and for values of wrong type
 */
export function readOptions<R extends { readonly [name: string]: Reader<unknown> | undefined }>(
  where: string,
  options: unknown,
  readers: R,
  path = '',
): Values<R> {
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
  return result as Values<R>;
}

/** Lengths of sequences as they cross; whether they fit the time axis is checked in Rust. */
export const readLengths: Reader<Uint32Array | null> = (where, name, value) => {
  if (value === undefined) return null;
  if (!Array.isArray(value)) fail('value', where, `${name} must be an array of integers`, describe(value));
  const lengths: readonly unknown[] = value;
  for (const [index, length] of lengths.entries()) {
    if (typeof length === 'number' && Number.isInteger(length) && length >= 0 && length <= MAX_SIZE) continue;
    fail('value', where, `${name}[${index}] must be an integer from 0 to time`, describe(length));
  }
  return Uint32Array.from(value);
};

/** Anything; to be checked elsewhere. */
export const anything: Reader<unknown> = (_where, _name, value) => value;

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

/** An {@link Activation}, or one of more names. */
export function activation(
  preset?: (typeof ACTIVATIONS)[number],
  more: readonly string[] = [],
): Reader<RawActivation> {
  return (where, name, value) => {
    if (typeof value === 'object' && value !== null)
      return readOptions(where, value, hardSigmoidReaders, name);
    const kind = oneOf([...ACTIVATIONS, ...more], preset)(where, name, value);
    return kind === 'hardSigmoid' ? { kind, ...HARD_SIGMOID } : { kind, alpha: 0, beta: 0 };
  };
}

/** One of the kinds: by name, or an object with its options beside `kind`. */
export function choice<Kinds extends Record<string, Record<string, Reader<unknown>>>>(
  kinds: Kinds,
  preset?: keyof Kinds & string,
): Reader<{ [K in keyof Kinds]: { kind: K } & Values<Kinds[K]> }[keyof Kinds]> {
  const kindOf = oneOf(Object.keys(kinds), preset);
  return (where, name, value) => {
    const options = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
    const given = options as { kind?: unknown } | undefined;
    const kind = given ? kindOf(where, `${name}.kind`, given.kind) : kindOf(where, name, value);
    const readers = { kind: oneOf([kind], kind), ...kinds[kind] };
    return readOptions(where, options, readers, name) as ReturnType<ReturnType<typeof choice<Kinds>>>;
  };
}

/** Options as data, such as a file can hold. */
export type PlainOptions = Readonly<Record<string, unknown>>;

/** A copy of the options that these readers have checked. */
export function plain(options: object, readers: Record<string, Reader<unknown>>): PlainOptions {
  const given = options as Record<string, unknown>;
  return JSON.parse(
    JSON.stringify(Object.fromEntries(Object.keys(readers).map((name) => [name, given[name]]))),
  );
}

/** An object of options inside the options. */
export function group<R extends Record<string, Reader<unknown>>>(readers: R): Reader<Values<R>> {
  return (where, name, value) => readOptions(where, value, readers, name);
}
