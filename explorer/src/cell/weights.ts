/** The weights of one unit's gate, from the parameters of its layer. */

import type { Quantity } from '../network/quantities';
import { type CellNetwork, INPUTS, PEEPHOLES, UNITS, WEIGHTED } from './kinds';

export interface UnitWeights {
  /** Of the inputs. */
  readonly w: readonly number[];
  /** Of the hidden values of the step before. */
  readonly u: readonly number[];
  /** Both biases together. */
  readonly b: number;
  /** Of the unit's own cell state; undefined without peepholes. */
  readonly p: number | undefined;
}

export type WeightsOf = (quantity: Quantity, unit: number) => UnitWeights;

export function readWeights({ kind, layer }: CellNetwork): WeightsOf {
  const parameters = layer.parameters();
  const part = (name: string, from: number, count: number) =>
    Array.from(parameters[`${name}_l0`]?.data.subarray(from, from + count) ?? []);
  return (quantity, unit) => {
    const row = WEIGHTED[kind].indexOf(quantity) * UNITS + unit;
    const [ih = 0] = part('bias_ih', row, 1);
    const [hh = 0] = part('bias_hh', row, 1);
    return {
      w: part('weight_ih', row * INPUTS, INPUTS),
      u: part('weight_hh', row * UNITS, UNITS),
      b: ih + hh,
      p: part('peephole', PEEPHOLES.indexOf(quantity) * UNITS + unit, 1)[0],
    };
  };
}
