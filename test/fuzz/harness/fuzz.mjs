/**
 * Runs importers on files that are almost right. An importer may refuse a file with a CellgateError, or accept it and give
 * what its target finds sound. Anything else is a failure: another exception, more than a second, more memory than the file
 * warrants, or a file accepted that contradicts itself.
 *
 * A target is the default export of a file `test/fuzz/KIND.mjs`:
 *
 *     { name, seeds(): Uint8Array[], load(bytes): result, check(result): string | undefined,
 *       mutate(random, bytes, seeds): bytes, damage(random, bytes): bytes | undefined, swell(random, bytes): bytes }
 *
 * `load` may be asynchronous. `check` says what is wrong with what was accepted, and disposes it. `mutate` knows the format;
 * `damage` makes files that have to be refused; `swell` makes those that take far more than their size, or are far larger.
 */

import { CellgateError } from 'cellgate';
import { glance, measure } from './measure.mjs';
import { mutateBytes, Random } from './mutate.mjs';

const LIMIT_MS = 1000;
/** What a call may take: times the file, and bytes more. */
const MEMORY = { times: 4, bytes: 2 ** 27 };
/** One input in so many swells. */
const SWOLLEN = 1024;

/** The smaller of two seeds, mostly. */
function pickSeed(random, seeds) {
  const [one, other] = [random.pick(seeds), random.pick(seeds)];
  return random.below(8) === 0 || one.length < other.length ? one : other;
}

/** Input `index` of a run, and whether it has to be refused: it follows from the seed, so that a failure can be made again. */
export function inputOf(target, seeds, seed, index) {
  const random = new Random(seed, index);
  const bytes = pickSeed(random, seeds);
  if (random.below(SWOLLEN) === 0) return { bytes: target.swell(random, bytes), isDamaged: false };
  const way = random.below(8);
  const damaged = way === 0 ? target.damage(random, bytes) : undefined;
  if (damaged !== undefined) return { bytes: damaged, isDamaged: true };
  const changed = way < 4 ? target.mutate(random, bytes, seeds) : mutateBytes(random, bytes, seeds);
  return { bytes: changed, isDamaged: false };
}

/** Gives a file to an importer, and tells what is wrong with the outcome. */
async function attempt(target, bytes, isDamaged) {
  let accepted = false;
  try {
    const result = await target.load(bytes);
    accepted = true;
    const fault = await target.check(result);
    return { accepted, fault: fault ?? (isDamaged ? 'accepts what contradicts itself' : undefined) };
  } catch (error) {
    const isRefusal = error instanceof CellgateError && error.code !== 'internal' && !accepted;
    return { accepted, fault: isRefusal ? undefined : `throws ${error?.stack ?? error}` };
  }
}

/** What is wrong with what an importer does with a file; undefined if nothing. */
export async function faultOf(target, bytes, isDamaged = false) {
  const most = MEMORY.times * bytes.length + MEMORY.bytes;
  const call = () => attempt(target, bytes, isDamaged);
  const { stackTraceLimit } = Error;
  // Traces take more time than most importers.
  Error.stackTraceLimit = 0;
  const first = await glance(call);
  Error.stackTraceLimit = stackTraceLimit;
  const { accepted, fault } = first.result;
  if (fault === undefined && first.ms < LIMIT_MS / 2 && first.grown < most / 8) return { accepted, fault };
  const { result, ms, grown } = await measure(call);
  const wrong = result.fault ?? fault;
  if (wrong !== undefined) return { accepted, fault: wrong };
  if (ms > LIMIT_MS) return { accepted, fault: `takes ${Math.round(ms)} ms` };
  if (grown <= most) return { accepted, fault: undefined };
  return { accepted, fault: `takes ${Math.round(grown / 2 ** 20)} MiB for ${bytes.length} bytes` };
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
    const { bytes, isDamaged } = inputOf(target, seeds, seed, index);
    const outcome = await faultOf(target, bytes, isDamaged);
    accepted += Number(outcome.accepted);
    if (outcome.fault === undefined) continue;
    failures.push({ index, fault: outcome.fault });
    onFailure({ index, fault: outcome.fault, bytes });
  }
  return { accepted, failures };
}
