/**
 * Interleaved timing: each round takes one sample of every candidate, so that what disturbs the machine for a while
 * disturbs all of them. A sample is a batch of calls long enough for the clock and for the garbage that calls leave.
 */

/** A sample longer than this is taken in every other round, or more seldom, but three times at least. */
const SLOW_MS = 250;
const LEAST_SAMPLES = 3;

/** Runs until warm; gives the number of calls that fill a sample, and how long one takes. */
async function warmUp(candidate, { sampleMs, warmUpMs }) {
  const end = performance.now() + warmUpMs;
  let count = 1;
  let ms = 0;
  do {
    ms = await candidate.run(count);
    if (ms < sampleMs) count *= 2;
  } while (performance.now() < end || ms < sampleMs);
  const callMs = ms / count;
  return { count: Math.max(1, Math.round(sampleMs / callMs)), callMs };
}

function turnsBetween({ count, callMs }, rounds) {
  const wanted = Math.ceil((count * callMs) / SLOW_MS);
  const most = Math.floor((rounds - 1) / (LEAST_SAMPLES - 1));
  return Math.max(1, Math.min(wanted, most));
}

/**
 * @param {{ run: (count: number) => Promise<number> }[]} candidates `run` makes that many calls and gives milliseconds
 * @param {{ rounds: number, sampleMs: number, warmUpMs: number }} options `warmUpMs` is for V8 to compile hot code with its
 * best compiler, also inside WebAssembly modules
 * @returns {Promise<number[][]>} per candidate the milliseconds of one call, a list with an entry, or a hole, per round
 */
export async function timeInterleaved(candidates, options) {
  const { rounds } = options;
  const plans = [];
  for (const candidate of candidates) plans.push(await warmUp(candidate, options));
  const samples = candidates.map(() => new Array(rounds).fill(undefined));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < candidates.length; turn++) {
      // Nobody comes always after the same one.
      const index = (round + turn) % candidates.length;
      const { count } = plans[index];
      if (round % turnsBetween(plans[index], rounds) !== 0) continue;
      // A call that is not counted brings its own weights back into the caches.
      if (count > 1) await candidates[index].run(1);
      samples[index][round] = (await candidates[index].run(count)) / count;
    }
  }
  return samples;
}
