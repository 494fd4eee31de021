/** Answers come before times: engines that compute something else are not worth comparing. */

import { STEP_FRAMES } from './data.mjs';

/** Absolute, on outputs of [-1, 1]. */
const TOLERANCE = 1e-5;

async function answer(candidate, { calls }) {
  candidate.reset();
  await candidate.run(calls === 'step' ? STEP_FRAMES : 1);
  return Float32Array.from(candidate.output());
}

/** Infinity for different lengths or anything that is not a number. */
export function largestDifference(left, right) {
  if (left.length !== right.length) return Infinity;
  let largest = 0;
  for (let index = 0; index < left.length; index++) {
    const difference = Math.abs(left[index] - right[index]);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}

/**
 * The output of every candidate, for single steps after a cycle of all frames, against the first one's.
 * @returns the largest difference
 * @throws Error above the tolerance
 */
export async function checkEqual(work, candidates) {
  const [first, ...others] = candidates;
  const expected = await answer(first, work);
  let largest = 0;
  for (const candidate of others) {
    const difference = largestDifference(expected, await answer(candidate, work));
    if (difference > TOLERANCE) {
      throw new Error(
        `${work.name}: ${candidate.engine.name} ${candidate.call} must equal ${first.engine.name} to ${TOLERANCE}, ` +
          `got a difference of ${difference}`,
      );
    }
    largest = Math.max(largest, difference);
  }
  return largest;
}
