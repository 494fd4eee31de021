// Seeded random numbers (mulberry32): the same everywhere for the same seed.

/** Uniform numbers and what is drawn from them. Streams of different names are independent. */
export class Random {
  #state = 0x811c9dc5;

  constructor(seed, name = '') {
    for (const character of `${name}/${seed}`) {
      this.#state = Math.imul(this.#state ^ character.charCodeAt(0), 0x01000193);
    }
  }

  /** In [0, 1). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  }

  /** An integer from `low` to `high`, both included. */
  integer(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** One of `values`. */
  pick(values) {
    return values[this.integer(0, values.length - 1)];
  }

  /** Mean 0, variance 1 (Box and Muller). */
  normal() {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }
}
