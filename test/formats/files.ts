/** Files that other frameworks made, beside the scripts that made them. */
import { readFileSync } from 'node:fs';
import type { Values } from '../reference/index.js';

/** A case of `cases.json`: what the framework computed with a file's model. */
export interface FormatCase {
  readonly file: string;
  readonly x: Values;
  readonly output: Values;
}

export function read(folder: string, file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`./${folder}/${file}`, import.meta.url)));
}

export function readCases<C extends FormatCase>(folder: string): C[] {
  return JSON.parse(new TextDecoder().decode(read(folder, 'cases.json'))).cases;
}

/** Matches a text as a whole. */
export function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
}
