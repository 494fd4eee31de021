/** JSON of others' files: what is there is checked before it is used. */

import { describe, fail } from './errors.js';

/** An object of JSON. */
export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function parseJson(where: string, name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fail('file', where, `${name} must be JSON`, describe(text));
  }
}

/** An object that is given as such, as text or as bytes. */
export function readJson(where: string, name: string, given: unknown): Json {
  const text = given instanceof Uint8Array ? new TextDecoder().decode(given) : given;
  if (typeof text === 'string') return asObject(where, name, parseJson(where, name, text));
  if (isObject(text)) return text;
  return fail('value', where, `${name} must be an object, or its text or bytes`, describe(text));
}

/** A text of JSON as it is, or a short one for anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : describe(value);
}

/** An object of JSON, or an error that names it. */
export function asObject(where: string, name: string, value: unknown): Json {
  return isObject(value) ? value : fail('file', where, `${name} must be an object`, describe(value));
}

/** A list of JSON, or an error that names it. */
export function asList(where: string, name: string, value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : fail('file', where, `${name} must be a list`, describe(value));
}

/** A size, or an error that names it. */
export function asSize(where: string, name: string, value: unknown): number {
  if (Number.isInteger(value) && (value as number) > 0) return value as number;
  return fail('file', where, `${name} must be an integer from 1`, describe(value));
}
