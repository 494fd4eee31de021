/** Answers come before times: some steps of training, whose losses and parameters have to agree. */

import { largestDifference } from '../equality.mjs';
import { LEARNING_RATE } from './shapes.mjs';

const STEPS = 3;
/** Absolute, on losses of about 0.4 and on parameters: a hundredth of what Adam moves one by in those steps. */
const TOLERANCE = 0.01 * STEPS * LEARNING_RATE;

/** Larger of both for losses and for each of the parameters. */
function difference(left, right) {
  const names = Object.keys(left.parameters);
  return Math.max(
    largestDifference(left.losses, right.losses),
    ...names.map((name) => largestDifference(left.parameters[name], right.parameters[name] ?? [])),
  );
}

/**
 * Trains every candidate that computes the same, from the same weights, and compares it with the first; more threads of
 * one engine have to give the same bits.
 *
 * @returns the largest difference
 * @throws Error above the tolerance
 */
export async function checkEqual(work, candidates) {
  const same = candidates.filter(({ isOther }) => !isOther);
  const answers = [];
  for (const { process } of same) answers.push(await process.answer(STEPS));
  const [expected] = answers;
  const differences = same.map(({ engine, isThreaded }, index) => {
    const got = difference(expected, answers[index]);
    must(got <= TOLERANCE, `${engine} must equal ${same[0].engine} to ${TOLERANCE}`, got);
    if (isThreaded) {
      const one = same.findIndex((other) => engine.startsWith(`${other.engine},`));
      const bits = one < 0 ? 0 : difference(answers[one], answers[index]);
      must(bits === 0, `${engine} must give the bits of ${same[one]?.engine}`, bits);
    }
    return got;
  });
  return Math.max(...differences);

  function must(holds, expectation, got) {
    if (!holds) throw new Error(`${work.name}: ${expectation}, got a difference of ${got}`);
  }
}
