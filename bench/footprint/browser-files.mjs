/**
 * Which files of cellgate a browser loads: the entry and what it imports, and one WebAssembly module of each kind.
 *
 * Inference loads what is imported when the page starts, and the module whose name says so; training also what is imported
 * later, and the whole module.
 */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPTS = new URL('../../dist/browser/', import.meta.url);
const STATIC = /(?:^|;)\s*(?:import|export)\b[^;'"]*?['"](\.[^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"](\.[^'"]+)['"]\s*\)/g;
const MODULE = /new URL\(\s*['"`]([^'"`]+\.wasm)['"`],\s*import\.meta\.url\s*\)/g;
const COMMENT = /\/\*[\s\S]*?\*\//g;

const found = (pattern, text, base) =>
  [...text.matchAll(pattern)].map(([, path]) => new URL(path, base).href);

const textOf = (file) => readFileSync(new URL(file), 'utf8').replace(COMMENT, '');

/** Files that are written for one instruction set each, of which a browser loads one. */
const withoutIsa = (file) => basename(file).replace(/simd128|relaxed/, '*');

function largestOfEachKind(files) {
  const kinds = new Map();
  for (const file of files.filter((path) => existsSync(new URL(path)))) {
    const known = kinds.get(withoutIsa(file));
    if (!known || statSync(new URL(file)).size > statSync(new URL(known)).size)
      kinds.set(withoutIsa(file), file);
  }
  return [...kinds.values()];
}

/** Scripts that a page loads which imports an entry, and with `lazy` those that it imports later. */
export function scriptsOf(entry, lazy = false) {
  const scripts = new Set([new URL(`${entry}.js`, SCRIPTS).href]);
  for (const file of scripts) {
    const text = textOf(file);
    const imports = [...found(STATIC, text, file), ...(lazy ? found(DYNAMIC, text, file) : [])];
    for (const path of imports) scripts.add(path);
  }
  return [...scripts];
}

/** @param {{ training: boolean }} options @returns {string[]} paths */
export function browserFiles({ training }) {
  const scripts = scriptsOf('index', training);
  const modules = new Set(scripts.flatMap((file) => found(MODULE, textOf(file), file)));
  const wanted = [...modules].filter((path) => /-inference\.wasm$/.test(path) !== training);
  return [...scripts, ...largestOfEachKind(wanted)].map((path) => fileURLToPath(path));
}
