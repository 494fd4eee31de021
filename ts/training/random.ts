/** Orders that follow from a seed. */

/** Rounds after which the state's bits are mixed. */
const WARM_UP = 15;

/** Generator sfc32 (Doty-Humphrey): integers from 0 to 2^32 - 1. */
function generator(a: number, b: number): () => number {
  let [first, second, third, counter] = [a | 0, b | 0, 0x9e3779b9 | 0, 1];
  const next = (): number => {
    const result = (first + second + counter) | 0;
    counter = (counter + 1) | 0;
    first = second ^ (second >>> 9);
    second = (third + (third << 3)) | 0;
    third = (((third << 21) | (third >>> 11)) + result) | 0;
    return result >>> 0;
  };
  for (let round = 0; round < WARM_UP; round++) next();
  return next;
}

/**
 * The numbers from 0 to count - 1 in an order that follows from seed and epoch (Fisher & Yates). Nothing but the two
 * has to be kept to go on with it later.
 */
export function shuffled(count: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  const next = generator(seed, epoch);
  for (let index = count - 1; index > 0; index--) {
    const other = Math.floor((next() / 2 ** 32) * (index + 1));
    const kept = order[index] as number;
    order[index] = order[other] as number;
    order[other] = kept;
  }
  return order;
}
