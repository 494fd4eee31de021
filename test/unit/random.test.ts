import { describe, expect, it } from 'vitest';
import { shuffled } from '../../ts/training/random.js';

const sorted = (order: Uint32Array): number[] => [...order].sort((a, b) => a - b);

describe('an order', () => {
  it('holds every number once', () => {
    for (const count of [0, 1, 2, 31, 1000]) {
      expect(sorted(shuffled(count, 7, 3))).toEqual(Array.from({ length: count }, (_, index) => index));
    }
  });

  it('follows from seed and epoch', () => {
    const [first, again] = [shuffled(100, 5, 2), shuffled(100, 5, 2)];
    expect(again).toEqual(first);
    for (const [seed, epoch] of [
      [5, 3],
      [6, 2],
      [2, 5],
      [2 ** 32 - 1, 2],
    ] as const) {
      expect(shuffled(100, seed, epoch)).not.toEqual(first);
    }
  });

  it('puts every number everywhere about equally often', () => {
    const [count, draws] = [6, 6000];
    const seen = Array.from({ length: count * count }, () => 0);
    for (let epoch = 0; epoch < draws; epoch++) {
      shuffled(count, 11, epoch).forEach((number, place) => {
        seen[number * count + place]!++;
      });
    }
    // 36 cells of mean 1000 and deviation 29: five of those.
    const far = seen.filter((times) => Math.abs(times - draws / count) > 145);
    expect(far).toEqual([]);
  });
});
