/**
 * Takes out what a panic says: nobody hears it on WebAssembly, where it only traps. Rust's standard library comes compiled with it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import binaryen from 'binaryen';
import { BuildError } from './process.mjs';

/** Functions of the standard library that do not return, by their names of Rust 1.95. */
const SPEAKERS =
  /^(core|alloc|std)\[\w+\]::.*(panic|_fail$|_failed|capacity_overflow|handle_error|handle_alloc_error)/;

/** Makes them trap at once in a module's file. Those that know their names have to be left in it. */
export function silencePanics(input, output) {
  const module = binaryen.readBinary(readFileSync(input));
  let count = 0;
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const reference = module.getFunctionByIndex(index);
    const { name, module: importedFrom, results } = binaryen.getFunctionInfo(reference);
    if (importedFrom || results !== binaryen.none || !SPEAKERS.test(name)) continue;
    binaryen.Function(reference).body = module.unreachable();
    count += 1;
  }
  if (count === 0) throw new BuildError(`${input} has no function that panics by the names known here`);
  writeFileSync(output, module.emitBinary());
  module.dispose();
}
