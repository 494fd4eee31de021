/**
 * Takes out what panics say and where they are: nobody hears it on WebAssembly, where a panic only traps. Rust's standard library
 * comes compiled with it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import binaryen from 'binaryen';
import { BuildError } from './process.mjs';

/** Functions of the standard library that do not return, by their names of Rust 1.95. */
const SPEAKERS =
  /^(core|alloc|std)\[\w+\]::.*(panic|_fail$|_failed|capacity_overflow|handle_error|handle_alloc_error)/;

/** Makes them trap at once. */
function silence(module) {
  let count = 0;
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const reference = module.getFunctionByIndex(index);
    const { name, module: importedFrom, results } = binaryen.getFunctionInfo(reference);
    if (importedFrom || results !== binaryen.none || !SPEAKERS.test(name)) continue;
    binaryen.Function(reference).body = module.unreachable();
    count += 1;
  }
  if (count === 0) throw new BuildError('no function of the module panics by the names known here');
}

const DATA_SECTION = 11;
const I32_CONST = 0x41;
/** Of an active segment in the first memory, before its offset: that is all that rustc makes. */
const ACTIVE = 0;
const LOCATION_BYTES = 16;
const SOURCE_FILE = /^[\w./-]+\.rs$/;

/** Segments of a module's data as views, each with its address. */
function dataSegments(bytes) {
  let at = 8;
  const integer = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  for (;;) {
    const id = bytes[at++];
    const length = integer();
    if (id === DATA_SECTION) break;
    at += length;
    if (at >= bytes.length) throw new BuildError('the module has no data');
  }
  return Array.from({ length: integer() }, () => {
    if (integer() !== ACTIVE || bytes[at++] !== I32_CONST) throw new BuildError('data of an unknown kind');
    const address = integer();
    at += 1;
    const size = integer();
    at += size;
    return { address, data: bytes.subarray(at - size, at) };
  });
}

/**
 * Zeroes places in sources, as functions that panic are called with: `[address and length of the file's name, line, column]`, and
 * these names. Nothing else points to the name of a source.
 */
function forgetPlaces(bytes) {
  for (const { address, data } of dataSegments(bytes)) {
    const names = new Map();
    for (let at = -address & 3; at + LOCATION_BYTES <= data.length; at += 4) {
      const [start, length] = [data.readUInt32LE(at) - address, data.readUInt32LE(at + 4)];
      if (start < 0 || start + length > data.length) continue;
      if (!SOURCE_FILE.test(data.toString('latin1', start, start + length))) continue;
      names.set(start, length);
      data.fill(0, at, at + LOCATION_BYTES);
    }
    for (const [start, length] of names) data.fill(0, start, start + length);
  }
}

/** Does both to a module's file, which names its functions. */
export function silencePanics(input, output) {
  const bytes = readFileSync(input);
  forgetPlaces(bytes);
  const module = binaryen.readBinary(bytes);
  silence(module);
  writeFileSync(output, module.emitBinary());
  module.dispose();
}
