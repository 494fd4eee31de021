/**
 * Runs importers on files that are almost right. An importer may refuse a file with a CellgateError, or accept it and give
 * what its target finds sound. Anything else is a failure: another exception, more than a second, or more memory than the
 * file warrants.
 *
 * A target is the default export of a file `test/fuzz/KIND.mjs`:
 *
 *     { name, seeds(): Uint8Array[], load(bytes): result, check(result): string | undefined, mutate?(random, bytes, seeds): bytes }
 *
 * `load` may be asynchronous. `check` says what is wrong with what was accepted, and disposes it. `mutate` knows the format.
 */

import { getHeapStatistics } from 'node:v8';
import { CellgateError } from 'cellgate';
import { mutateBytes, Random } from './mutate.mjs';

const LIMIT_MS = 1000;
/** Arrays and objects of a call, garbage included: times the file, and bytes more. */
const MEMORY = { times: 16, bytes: 2 ** 27 };

/** Input `index` of a run: it follows from the seed, so that a failure can be made again. */
export function inputOf(target, seeds, seed, index) {
  const random = new Random(seed, index);
  const bytes = random.pick(seeds);
  const isStructured = target.mutate !== undefined && random.below(2) === 0;
  return isStructured ? target.mutate(random, bytes, seeds) : mutateBytes(random, bytes, seeds);
}

/** Bytes of objects and arrays. */
function memory() {
  const { used_heap_size: objects, external_memory: arrays } = getHeapStatistics();
  return objects + arrays;
}

/** What is wrong with what an importer does with a file; undefined if nothing. */
export async function faultOf(target, bytes) {
  const before = memory();
  const start = process.cpuUsage();
  let fault;
  let accepted = false;
  try {
    const result = await target.load(bytes);
    accepted = true;
    fault = await target.check(result);
  } catch (error) {
    const isRefusal = error instanceof CellgateError && error.code !== 'internal' && !accepted;
    if (!isRefusal) fault = `throws ${error?.stack ?? error}`;
  }
  // Of the processor, since others may use the machine.
  const { user, system } = process.cpuUsage(start);
  const took = (user + system) / 1000;
  if (took > LIMIT_MS) fault ??= `takes ${Math.round(took)} ms`;
  const grown = memory() - before;
  const most = MEMORY.times * bytes.length + MEMORY.bytes;
  if (grown > most) fault ??= `takes ${Math.round(grown / 2 ** 20)} MiB for ${bytes.length} bytes`;
  return { fault, accepted };
}

const nothing = () => {};

/**
 * Runs a target.
 * @param onInput is told of each input before it runs
 * @param onFailure is told of each failure
 * @returns how many were accepted, and the failures
 */
export async function fuzz(target, options) {
  const { inputs, seed = 1, from = 0, onInput = nothing, onFailure = nothing, maxFailures = 20 } = options;
  const seeds = target.seeds();
  const failures = [];
  let accepted = 0;
  for (let index = from; index < from + inputs && failures.length < maxFailures; index++) {
    onInput(index);
    const bytes = inputOf(target, seeds, seed, index);
    const outcome = await faultOf(target, bytes);
    accepted += Number(outcome.accepted);
    if (outcome.fault === undefined) continue;
    failures.push({ index, fault: outcome.fault });
    onFailure({ index, fault: outcome.fault, bytes });
  }
  return { accepted, failures };
}
