/** Files that are almost right: every way in which the fuzzers change one. All follow from a generator of random numbers. */

import { unzipSync, zipSync } from 'fflate';

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

const concat = (...parts) => {
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
  for (let rest = random.size(4); rest >= 0; rest--) {
    if (changed.length > 0) changed = random.pick(BYTES)(random, changed, others);
  }
  return changed;
}

/** Puts one of these pieces somewhere. */
export function insertPiece(random, bytes, pieces) {
  const at = random.below(bytes.length + 1);
  return concat(bytes.subarray(0, at), random.pick(pieces), bytes.subarray(at + random.below(3)));
}

const deep = (depth, value) => {
  let nested = value;
  for (let level = 0; level < depth; level++) nested = level % 2 === 0 ? [nested] : { config: nested };
  return nested;
};

const strangers = (random) =>
  random.pick([
    null,
    true,
    false,
    0,
    1,
    -1,
    0.5,
    1e300,
    2 ** 31,
    2 ** 53,
    'x',
    '',
    '__proto__',
    'constructor',
    [],
    {},
    [[]],
    [1, 2, 3],
    [2 ** 32, 2 ** 32],
    { __proto__: null, length: 1 },
    deep(random.size(300), 1),
  ]);

/** A copy of a JSON value with one place changed: another value, gone, twice, or in the place of a sibling. */
export function mutateJson(random, value) {
  const copy = structuredClone(value);
  const places = [];
  const visit = (node) => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      // Of long lists of numbers a few are enough.
      if (places.length < 4096) places.push([node, key]);
      if (typeof node[key] === 'object') visit(node[key]);
    }
  };
  visit(copy);
  if (places.length === 0) return strangers(random);
  const [node, key] = random.pick(places);
  const [other, otherKey] = random.pick(places);
  const put = (value) => {
    node[key] = value;
  };
  const isNumber = typeof node[key] === 'number';
  random.pick([
    () => put(strangers(random)),
    () => put(structuredClone(other[otherKey])),
    () => {
      if (Array.isArray(node)) node.splice(Number(key), 1);
      else delete node[key];
    },
    () => {
      if (Array.isArray(node)) node.push(structuredClone(node[key]));
      else node[`${key}2`] = node[key];
    },
    () => put(isNumber ? random.pick([-1, 0, 1, 3, 1.5, 1e9, node[key] + 1, node[key] * 2]) : !node[key]),
  ])();
  return copy;
}

/** The same on the bytes of JSON, which also may be given twice the same name. */
export function mutateJsonBytes(random, bytes) {
  const text = new TextDecoder().decode(bytes);
  try {
    return new TextEncoder().encode(JSON.stringify(mutateJson(random, JSON.parse(text))));
  } catch {
    return bytes;
  }
}

/**
 * An archive with another content, put together anew so that sizes and checksums are right: an entry changed by `change`,
 * renamed, gone, twice as long, or packed.
 */
export function mutateZip(random, bytes, change) {
  let entries;
  try {
    entries = Object.entries(unzipSync(bytes));
  } catch {
    return bytes;
  }
  const at = random.below(entries.length);
  const [name, data] = entries[at];
  const put = (entry) => {
    entries[at] = entry;
  };
  const actions = [
    () => entries.splice(at, 1),
    () => put([`${name}x`, data]),
    () => entries.push([random.pick(entries)[0].replace(/[^/]*$/, 'data.pkl'), data]),
    () => put([name, new Uint8Array(random.size(2 ** 22))]),
  ];
  if (random.below(8) === 0) random.pick(actions)();
  else put([name, change(random, name, data)]);
  return zipSync(Object.fromEntries(entries), { level: random.pick([0, 0, 6]) });
}
