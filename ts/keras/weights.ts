/** Keras' weights as PyTorch's: matrices turned, gates in another order. */

import { fail, sizes } from '../errors.js';
import { Tensor } from '../tensor.js';
import type { StoredWeight } from './model.js';

/** For each block of rows here, the block of columns in Keras that it is. */
export const GATES = {
  rnn: [0],
  /** i, f, c, o, which is PyTorch's order. */
  lstm: [0, 1, 2, 3],
  /** r, z, n here; z, r, h in Keras. */
  gru: [1, 0, 2],
} as const;

/**
 * The transpose `[gates * units, inputs]` of `[inputs, gates * units]`, with blocks of units in the order of the gates.
 * With `isBack` the other way round, from ours to Keras'.
 */
export function turn(
  values: Float32Array,
  inputs: number,
  units: number,
  gates: readonly number[],
  isBack = false,
): Float32Array<ArrayBuffer> {
  const columns = gates.length * units;
  const turned = new Float32Array(inputs * columns);
  for (const [own, theirs] of gates.entries()) {
    for (let unit = 0; unit < units; unit++) {
      for (let input = 0; input < inputs; input++) {
        const here = (own * units + unit) * inputs + input;
        const there = input * columns + theirs * units + unit;
        if (isBack) turned[there] = values[here] as number;
        else turned[here] = values[there] as number;
      }
    }
  }
  return turned;
}

/** A weight of this shape, read. */
export function readWeight(
  where: string,
  weight: StoredWeight,
  shape: readonly number[],
): Float32Array<ArrayBuffer> {
  const fits =
    shape.length === weight.shape.length && shape.every((size, axis) => size === weight.shape[axis]);
  if (!fits) fail('file', where, `${weight.name} must be ${sizes(shape)}`, sizes(weight.shape));
  return weight.read(where);
}

/** A kernel `[inputs, gates * units]` as `[gates * units, inputs]`. */
export function readKernel(
  where: string,
  weight: StoredWeight,
  inputs: number,
  units: number,
  gates: readonly number[],
): Tensor {
  if (inputs === 0) fail('file', where, `${weight.name} must have inputs`, sizes(weight.shape));
  const values = readWeight(where, weight, [inputs, gates.length * units]);
  return new Tensor(turn(values, inputs, units, gates), [gates.length * units, inputs]);
}

/** Biases of the input and of the recurrent side; of those that have one vector only, the second is zero. */
export function readBiases(
  where: string,
  weight: StoredWeight,
  units: number,
  gates: readonly number[],
  isDouble: boolean,
): [Tensor, Tensor] {
  const size = gates.length * units;
  const values = readWeight(where, weight, isDouble ? [2, size] : [size]);
  const part = (at: number) => new Tensor(turn(values.subarray(at, at + size), 1, units, gates), [size]);
  return [part(0), isDouble ? part(size) : new Tensor(new Float32Array(size), [size])];
}
