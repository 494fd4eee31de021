/** JSON of others' files: what is there is checked before it is used. */

import { describe, fail } from './errors.js';

/** An object of JSON. */
export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Values that a text may have: so many, and one more for so many characters. Each takes up to a hundred bytes. */
const FREE_VALUES = 2 ** 20;
const CHARACTERS_PER_VALUE = 16;
/** Values that a list or object counts as, empty or not. */
const VALUES_OF_LIST = 4;
const [COMMA, LIST, OBJECT] = [0x2c, 0x5b, 0x7b];

/** Refuses a text that would take far more memory than it has characters. */
function checkValues(where: string, name: string, text: string): void {
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA) values += 1;
    else if (code === LIST || code === OBJECT) values += VALUES_OF_LIST;
  }
  if (values > FREE_VALUES + text.length / CHARACTERS_PER_VALUE) {
    fail('file', where, `${name} must have fewer values for its ${text.length} characters`, 'too many');
  }
}

/** The value of a text, which may hold only as many as a file of its length is meant to have. */
export function parseJson(where: string, name: string, text: string): unknown {
  checkValues(where, name, text);
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
