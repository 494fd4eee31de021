// The embedded Reber grammar (Hochreiter & Schmidhuber 1997, experiment 1) and its endless form, strings one after
// the other without a mark (Gers et al. 2000).
//
// A string is B, T or P, a Reber string, the same T or P again, E. To know the last but one symbol is to remember
// the second one across a Reber string of any length.

import { classes, oneHot } from './one-hot.mjs';

export const SYMBOLS = 'BTSXPVE';
export const INPUT_SIZE = SYMBOLS.length;
export const OUTPUT_SIZE = SYMBOLS.length;

/** Edges [symbol, next node] of the Reber grammar; node 7 is its end. */
const EDGES = [
  [['B', 1]],
  [
    ['T', 2],
    ['P', 3],
  ],
  [
    ['S', 2],
    ['X', 4],
  ],
  [
    ['T', 3],
    ['V', 5],
  ],
  [
    ['X', 3],
    ['S', 6],
  ],
  [
    ['P', 4],
    ['V', 6],
  ],
  [['E', 7]],
];
const END = 7;

/** One string around `inner` Reber strings: yields `{ symbol, legal }`, where bit s of `legal` says that symbol s could have come. */
function* embeddedString(random, inner = 1) {
  const only = (symbol) => ({ symbol, legal: 1 << symbol });
  const [B, T, P, E] = [...'BTPE'].map((name) => SYMBOLS.indexOf(name));
  yield only(B);
  const kept = random.pick([T, P]);
  yield { symbol: kept, legal: (1 << T) | (1 << P) };
  for (let k = 0; k < inner; k++) yield* reberString(random);
  yield only(kept);
  yield only(E);
}

function* reberString(random) {
  for (let node = 0; node !== END; ) {
    const edges = EDGES[node];
    const legal = edges.reduce((bits, [name]) => bits | (1 << SYMBOLS.indexOf(name)), 0);
    const [name, next] = random.pick(edges);
    yield { symbol: SYMBOLS.indexOf(name), legal };
    node = next;
  }
}

/** A string as `{ symbols, legal }`: symbols but the last, and for each of them the bits of what may follow. */
function drawString(random) {
  const steps = [...embeddedString(random)];
  return { symbols: steps.map(({ symbol }) => symbol), legal: steps.slice(1).map(({ legal }) => legal) };
}

/**
 * `batch` strings as `{ x, y, lengths, legal }`: x [batch, time, 7], y [batch, time] the symbol that follows, `legal`
 * the bits of those that may follow, one array a string.
 */
export function drawReber(random, batch) {
  return batchOf(Array.from({ length: batch }, () => drawString(random)));
}

/** Two sets of `count` strings each, without a string in common: `[training, test]`, lists of strings. */
export function drawReberSets(random, count) {
  const training = Array.from({ length: count }, () => drawString(random));
  const known = new Set(training.map(({ symbols }) => symbols.join()));
  const test = [];
  while (test.length < count) {
    const string = drawString(random);
    if (!known.has(string.symbols.join())) test.push(string);
  }
  return [training, test];
}

/** Strings of {@link drawReberSets} as a batch like {@link drawReber}'s. */
export function batchOf(strings) {
  const lengths = strings.map(({ legal }) => legal.length);
  const time = Math.max(...lengths);
  const inputs = strings.map(({ symbols }) => symbols.slice(0, -1));
  const targets = strings.map(({ symbols }) => symbols.slice(1));
  return {
    x: oneHot(inputs, time, INPUT_SIZE),
    y: classes(targets, time),
    lengths,
    legal: strings.map(({ legal }) => legal),
  };
}

/** Endless streams side by side, each of strings around `inner` Reber strings, one after the other. */
export class ReberStreams {
  #streams;

  constructor(random, count, inner = 1) {
    this.#streams = Array.from({ length: count }, () => {
      const steps = endless(random, inner);
      return { steps, last: steps.next().value };
    });
  }

  /** The next `time` steps of every stream: `{ x, y, legal }` as from {@link drawReber}. */
  draw(time) {
    const taken = this.#streams.map((stream) => take(stream, time));
    return {
      x: oneHot(
        taken.map(({ inputs }) => inputs),
        time,
        INPUT_SIZE,
      ),
      y: classes(
        taken.map(({ targets }) => targets),
        time,
      ),
      legal: taken.map(({ legal }) => legal),
    };
  }
}

function* endless(random, inner) {
  for (;;) yield* embeddedString(random, inner);
}

function take(stream, time) {
  const inputs = [];
  const targets = [];
  const legal = [];
  for (let t = 0; t < time; t++) {
    inputs.push(stream.last.symbol);
    stream.last = stream.steps.next().value;
    targets.push(stream.last.symbol);
    legal.push(stream.last.legal);
  }
  return { inputs, targets, legal };
}

/** Whether every symbol that may follow is more active than every symbol that may not; `scores` begin at `at`. */
export function isRight(scores, at, legal) {
  let lowestLegal = Number.POSITIVE_INFINITY;
  let highestOther = Number.NEGATIVE_INFINITY;
  for (let symbol = 0; symbol < OUTPUT_SIZE; symbol++) {
    const score = scores[at + symbol];
    if (legal & (1 << symbol)) lowestLegal = Math.min(lowestLegal, score);
    else highestOther = Math.max(highestOther, score);
  }
  return lowestLegal > highestOther;
}
