/** Random numbers of the works, the same for every engine and on every machine. */

/** Gate rows of `weight_ih_l0` and its like. */
export const TORCH_GATES = { lstm: ['i', 'f', 'g', 'o'], gru: ['r', 'z', 'n'], rnn: ['h'] };

/** Mulberry32: numbers in [0, 1). */
export function randomSource(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Between -`bound` and `bound`. */
export function uniform(random, length, bound) {
  return Float32Array.from({ length }, () => bound * (2 * random() - 1));
}

/** Mean 0 and variance 1, by Box and Muller's transform. */
export function normal(random, length) {
  return Float32Array.from(
    { length },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}

/** Blocks of rows of a matrix or vector, from one order of gates to another. */
export function reorderGates(data, from, to) {
  const block = data.length / from.length;
  const out = new Float32Array(data.length);
  to.forEach((gate, index) => {
    const start = from.indexOf(gate) * block;
    out.set(data.subarray(start, start + block), index * block);
  });
  return out;
}
