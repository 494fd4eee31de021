/** Bytes that are almost right, whatever they mean. All follows from a generator of random numbers. */

/** Numbers from 0 to below 1 that follow from two seeds (mulberry32). */
export class Random {
  #state;

  constructor(seed, index) {
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
  }

  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  }

  below(end) {
    return Math.floor(this.next() * end);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** Small numbers more often than large ones. */
  size(most) {
    return Math.min(most, Math.floor(2 ** (this.next() * Math.log2(most + 1))));
  }
}

/** A function of seeds that remembers what it made of each. */
export function cached(make) {
  const known = new WeakMap();
  return (bytes) => {
    if (!known.has(bytes)) known.set(bytes, make(bytes));
    return known.get(bytes);
  };
}

/** The bytes of a text whose characters are bytes. */
export const latin = (text) => new Uint8Array(Buffer.from(text, 'latin1'));

export const concat = (...parts) => {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
};

const EDGES = [
  0n,
  1n,
  2n,
  7n,
  8n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  1n << 53n,
  (1n << 63n) - 1n,
  (1n << 64n) - 1n,
];

/** Each takes bytes and gives new ones; `others` are the bytes of other files of the kind. */
const BYTES = [
  /** Cuts the end off. */
  (random, bytes) => bytes.slice(0, random.below(bytes.length + 1)),
  /** Flips bits. */
  (random, bytes) => {
    const flipped = bytes.slice();
    for (let rest = random.size(8); rest >= 0; rest--)
      flipped[random.below(bytes.length)] ^= 1 << random.below(8);
    return flipped;
  },
  /** Puts a number from an edge of some range in the place of another. */
  (random, bytes) => {
    const changed = bytes.slice();
    const width = random.pick([1, 2, 4, 8]);
    if (bytes.length < width) return changed;
    const edge = random.below(4) === 0 ? BigInt(bytes.length + random.below(9) - 4) : random.pick(EDGES);
    const at = random.below(bytes.length - width + 1);
    for (let byte = 0; byte < width; byte++) changed[at + byte] = Number((edge >> BigInt(8 * byte)) & 0xffn);
    return changed;
  },
  /** Takes a stretch out. */
  (random, bytes) => {
    const at = random.below(bytes.length + 1);
    return concat(bytes.subarray(0, at), bytes.subarray(at + random.size(256)));
  },
  /** Repeats a stretch. */
  (random, bytes) => {
    const at = random.below(bytes.length + 1);
    const end = Math.min(bytes.length, at + random.size(256));
    return concat(bytes.subarray(0, end), bytes.subarray(at));
  },
  /** Puts a stretch of another file in. */
  (random, bytes, others) => {
    const other = random.pick(others);
    const [at, from] = [random.below(bytes.length + 1), random.below(other.length + 1)];
    return concat(bytes.subarray(0, at), other.subarray(from, from + random.size(512)), bytes.subarray(at));
  },
  /** Overwrites with noise. */
  (random, bytes) => {
    const changed = bytes.slice();
    const at = random.below(bytes.length + 1);
    for (let rest = random.size(64); rest >= 0 && at + rest < bytes.length; rest--)
      changed[at + rest] = random.below(256);
    return changed;
  },
  /** Goes on behind the end. */
  (random, bytes) =>
    concat(
      bytes,
      Uint8Array.from({ length: random.size(64) }, () => random.below(256)),
    ),
];

/** Bytes with one to a few changes. */
export function mutateBytes(random, bytes, others) {
  let changed = bytes;
  for (let rest = random.below(2) === 0 ? 1 : random.size(5); rest > 0; rest--) {
    if (changed.length > 0) changed = random.pick(BYTES)(random, changed, others);
  }
  return changed;
}

/** Puts one of these pieces somewhere. */
export function insertPiece(random, bytes, pieces) {
  const at = random.below(bytes.length + 1);
  return concat(bytes.subarray(0, at), random.pick(pieces), bytes.subarray(at + random.below(3)));
}
