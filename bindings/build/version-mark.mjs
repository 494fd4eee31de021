/**
 * Which scripts and WebAssembly modules belong together: the package's version and a hash of the glue, in a custom section
 * of each module, with the module's feature level. `ts/backend/wasm.ts` compares them with the script's own version and
 * with what the user asked for before anything of the module runs.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { BuildError } from './process.mjs';

const SECTION = 'cellgate';

/** The bytes of an unsigned integer in LEB128. */
function leb128(value) {
  return value < 128 ? [value] : [128 | (value % 128), ...leb128(Math.floor(value / 128))];
}

const withLength = (bytes) => [...leb128(bytes.length), ...bytes];

export const packageVersion = () => JSON.parse(readFileSync(inRoot('package.json'), 'utf8')).version;

/** @param {Buffer} glue the generated script @returns {string} `0.1.0 5f0c2a91` */
export function markOf(glue) {
  return `${packageVersion()} ${createHash('sha256').update(glue).digest('hex').slice(0, 8)}`;
}

/** Writes it into a module's file, as a section (number 0) at its end: `0.1.0 5f0c2a91;simd128` */
export function markModule(file, mark, level) {
  const content = [...withLength(Buffer.from(SECTION)), ...Buffer.from(`${mark};${level}`)];
  writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from([0, ...withLength(content)])]));
}

/** Reads it from a module's file. */
export function readMark(file) {
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(readFileSync(file)), SECTION);
  if (!section) throw new BuildError(`${file} has no mark: run \`npm run build\``);
  const [mark] = Buffer.from(section).toString().split(';');
  return mark;
}
