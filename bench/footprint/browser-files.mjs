/**
 * Which files of cellgate a browser loads: the entry and what it imports, and one WebAssembly module of each kind.
 *
 * Inference loads what is imported when the page starts, and the module whose name says so; training also what is imported
 * later, and the whole module.
 */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const ENTRY = new URL('../../dist/browser/index.js', import.meta.url);
const STATIC = /^\s*(?:import|export)\b[^;'"]*?['"](\.[^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"](\.[^'"]+)['"]\s*\)/g;
const MODULE = /new URL\(\s*['"`]([^'"`]+\.wasm)['"`],\s*import\.meta\.url\s*\)/g;
const COMMENT = /\/\*[\s\S]*?\*\//g;

const found = (pattern, text, base) =>
  [...text.matchAll(pattern)].map(([, path]) => new URL(path, base).href);

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

/** @param {{ training: boolean }} options @returns {string[]} paths */
export function browserFiles({ training }) {
  const scripts = new Set([ENTRY.href]);
  const modules = new Set();
  for (const file of scripts) {
    const text = readFileSync(new URL(file), 'utf8').replace(COMMENT, '');
    const imports = [...found(STATIC, text, file), ...(training ? found(DYNAMIC, text, file) : [])];
    for (const path of imports) scripts.add(path);
    for (const path of found(MODULE, text, file)) modules.add(path);
  }
  const wanted = [...modules].filter((path) => /-inference\.wasm$/.test(path) !== training);
  return [...scripts, ...largestOfEachKind(wanted)].map((path) => fileURLToPath(path));
}
