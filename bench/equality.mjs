/** Answers come before times: engines that compute something else are not worth comparing. */

/** Infinity for different lengths or anything that is not a number. */
export function largestDifference(left, right) {
  if (left.length !== right?.length) return Infinity;
  let largest = 0;
  for (let index = 0; index < left.length; index++) {
    const difference = Math.abs(left[index] - right[index]);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}

function difference(left, right) {
  return Math.max(...Object.keys(left).map((name) => largestDifference(left[name], right[name])));
}

/**
 * The answers of all candidates that compute the same, against the first one's.
 *
 * @param {{ calls: number, tolerance: number, sameBits?: boolean }} options the calls before the answer; an absolute bound;
 * whether one engine has to give the same bits on more threads
 * @returns the largest difference
 * @throws Error above the tolerance
 */
export async function checkEqual(work, candidates, { calls, tolerance, sameBits }) {
  const must = (holds, expectation, got) => {
    if (!holds) throw new Error(`${work.name}: ${expectation}, got a difference of ${got}`);
  };
  const same = candidates.filter(({ isOther }) => !isOther);
  const answers = [];
  for (const { process } of same) answers.push(await process.answer(calls));
  const differences = same.map(({ engine, isThreaded }, index) => {
    const got = difference(answers[0], answers[index]);
    must(got <= tolerance, `${engine} must equal ${same[0].engine} to ${tolerance}`, got);
    const one =
      sameBits && isThreaded ? same.findIndex((other) => engine.startsWith(`${other.engine},`)) : -1;
    if (one >= 0) {
      const bits = difference(answers[one], answers[index]);
      must(bits === 0, `${engine} must give the bits of ${same[one].engine}`, bits);
    }
    return got;
  });
  return Math.max(0, ...differences);
}
