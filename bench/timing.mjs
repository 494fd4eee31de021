/**
 * Interleaved timing: each round takes one sample of every candidate, so that what disturbs the machine for a while
 * disturbs all of them. A sample is a batch of calls long enough for the clock and for the garbage that calls leave.
 */

/** Time for V8 to compile hot code with its best compiler, also inside WebAssembly modules. */
const WARM_UP_MS = 300;

async function elapsedMs(candidate, count) {
  const start = performance.now();
  const own = await candidate.run(count);
  return own ?? performance.now() - start;
}

/** Runs until warm; gives the number of calls that fill a sample. */
async function warmUp(candidate, sampleMs) {
  const end = performance.now() + WARM_UP_MS;
  let count = 1;
  let ms = 0;
  do {
    ms = await elapsedMs(candidate, count);
    if (ms < sampleMs) count *= 2;
  } while (performance.now() < end || ms < sampleMs);
  return Math.max(1, Math.round((count * sampleMs) / ms));
}

/**
 * @param candidates `run(count)` makes that many calls, at once or by a promise; it may give the milliseconds itself
 * @returns per candidate the milliseconds of one call, a list with an entry per round
 */
export async function timeInterleaved(candidates, { rounds, sampleMs }) {
  const counts = [];
  for (const candidate of candidates) counts.push(await warmUp(candidate, sampleMs));
  const samples = candidates.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < candidates.length; turn++) {
      // Nobody comes always after the same one.
      const index = (round + turn) % candidates.length;
      // A call that is not counted brings its own weights back into the caches.
      await candidates[index].run(1);
      samples[index].push((await elapsedMs(candidates[index], counts[index])) / counts[index]);
    }
  }
  return samples;
}

/** The value below which the share `at` of the values lies, interpolated; 0.5 is the median. */
export function quantile(values, at) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = at * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

export const median = (values) => quantile(values, 0.5);
