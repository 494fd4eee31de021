/** Parameters of which some gates were given other weights. */

import { at } from '../reference/index.js';
import { type AnyTensor, type Dict, tensor } from './api.js';

/** A pre-activation at which the logistic function is 1 in float32, and 0 to 4e-44 when negated. */
export const SATURATED = 100;
export const LSTM_GATES = ['i', 'f', 'g', 'o'];
export const GRU_GATES = ['r', 'z', 'n'];

type Change = (value: number, gate: string, name: string) => number;

/** Every value of the gate-wise parameters rewritten; `gates` are the blocks of rows. */
export function rewrite(parameters: Dict, gates: readonly string[], change: Change): Dict {
  const entries = Object.entries(parameters).map(([name, { shape, data }]): [string, AnyTensor] => {
    const block = data.length / gates.length;
    const values = Array.from(data, (value, index) =>
      change(value, at(gates, Math.floor(index / block)), name),
    );
    return [name, tensor(Float32Array.from(values), shape)];
  });
  return Object.fromEntries(entries);
}

/** The gate always gives this: its weights and one bias are zero, the other bias is `input`. */
export function pin(parameters: Dict, gates: readonly string[], pinned: Record<string, number>): Dict {
  return rewrite(parameters, gates, (value, gate, name) => {
    const input = pinned[gate];
    if (input === undefined) return value;
    return name.startsWith('bias_ih') ? input : 0;
  });
}

/** Only the rows of some gates, in the order of `kept`. */
export function select(parameters: Dict, gates: readonly string[], kept: readonly string[]): Dict {
  const entries = Object.entries(parameters).map(([name, { shape, data }]): [string, AnyTensor] => {
    const block = data.length / gates.length;
    const parts = kept.map((gate) =>
      data.slice(gates.indexOf(gate) * block, (gates.indexOf(gate) + 1) * block),
    );
    const [rows = 0, ...rest] = shape;
    const values = Float32Array.from(parts.flatMap((part) => Array.from(part)));
    return [name, tensor(values, [(rows / gates.length) * kept.length, ...rest])];
  });
  return Object.fromEntries(entries);
}

/** All weights and biases zero. */
export const zeroed = (parameters: Dict): Dict =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }]) => [
      name,
      tensor(new Float32Array(data.length), shape),
    ]),
  );
