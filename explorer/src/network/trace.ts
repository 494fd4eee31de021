/** Every value of a layer over a sequence, in one form for all cells. */

import { type Tensor, tensor } from 'cellgate';
import { type Quantity, quantitiesOf, type Recurrent } from './quantities';

export interface Traced {
  readonly time: number;
  /** Units of the layer; a projected hidden state may have fewer, see {@link widthOf}. */
  readonly units: number;
  /** Per quantity the values `[time, width]`, row-major. */
  readonly values: ReadonlyMap<Quantity, Float32Array>;
}

/** Sequences `[time, inputSize]` as a batch of one. */
export function oneSequence(values: Float32Array, inputSize: number): Tensor<[number, number, number]> {
  return tensor(values, [1, values.length / inputSize, inputSize]);
}

/** The first layer of a stack, in its first direction. */
export function traceLayer(layer: Recurrent, x: Tensor<[number, number, number]>): Traced {
  const [first = {}] = layer.trace(x).layers;
  return {
    time: x.shape[1],
    units: layer.hiddenSize,
    values: new Map(
      quantitiesOf(layer).map((quantity) => [quantity, first[quantity]?.data ?? new Float32Array()]),
    ),
  };
}

/** Values per step of a quantity. */
export function widthOf({ time, values }: Traced, quantity: Quantity): number {
  return time === 0 ? 0 : (values.get(quantity)?.length ?? 0) / time;
}

/** One value; 0 before the sequence, as states begin. */
export function valueAt(traced: Traced, quantity: Quantity, t: number, unit: number): number {
  return traced.values.get(quantity)?.[t * widthOf(traced, quantity) + unit] ?? 0;
}

/** All units at a step; zeros before the sequence. */
export function vectorAt(traced: Traced, quantity: Quantity, t: number): Float32Array {
  const width = widthOf(traced, quantity);
  return traced.values.get(quantity)?.slice(Math.max(0, t) * width, (t + 1) * width) ?? new Float32Array();
}

/** Every unit's values over time. */
export function coursesOf(traced: Traced, quantity: Quantity): Float32Array[] {
  const width = widthOf(traced, quantity);
  const values = traced.values.get(quantity) ?? new Float32Array();
  return Array.from({ length: width }, (_, unit) =>
    Float32Array.from({ length: traced.time }, (_, t) => values[t * width + unit] ?? 0),
  );
}
