/** Files that other frameworks made, beside the scripts that made them. */
import { readFileSync } from 'node:fs';
import { type AnyTensor, tensor } from '../contract/api.js';
import { toTensor } from '../contract/helpers.js';
import type { Values } from '../reference/index.js';

/** A case of `cases.json`: what the framework computed with a file's model. */
export interface FormatCase {
  readonly file: string;
  readonly x: Values & { readonly dtype?: 'float32' | 'int32' };
  readonly output: Values;
}

export function read(folder: string, file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`./${folder}/${file}`, import.meta.url)));
}

export function readCases<C extends FormatCase>(folder: string, file = 'cases.json'): C[] {
  return JSON.parse(new TextDecoder().decode(read(folder, file))).cases;
}

/** A case's input, values or ids. */
export function inputOf({ x }: FormatCase): AnyTensor {
  return x.dtype === 'int32' ? tensor(Int32Array.from(x.data), x.shape) : toTensor(x);
}

/** Matches a text as a whole. */
export function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
}

/** A list in a list, so many deep: JSON that nothing may walk down. */
export function nested(depth: number): unknown {
  let list: unknown = [];
  for (let level = 1; level < depth; level++) list = [list];
  return list;
}
