import { expect, it } from 'vitest';
import { toStateDict, type WeightEntry } from '../../ts/torch/select.js';

const SIZE = 2 ** 21;

/** Tensors of halves that share one storage of a file. */
const tied = (count: number): WeightEntry[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `layer${index}.weight`,
    element: 'F16',
    shape: [SIZE],
    read: () => new Float32Array(SIZE),
  }));

it('reads halves that two tensors share, which are four times the file as float32, and not those of many', () => {
  const fileBytes = 2 * SIZE;
  expect(Object.keys(toStateDict('loadTorch', tied(2), '', fileBytes))).toEqual([
    'layer0.weight',
    'layer1.weight',
  ]);
  expect(() => toStateDict('loadTorch', tied(3), '', fileBytes)).toThrow(/at most 17825792 bytes as float32/);
});
