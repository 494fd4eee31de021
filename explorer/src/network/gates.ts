/** The order of gates in PyTorch's parameters, and how a gate is forced: by its bias. */

import { type StateDict, tensor } from 'cellgate';
import type { Quantity } from './quantities';

export const GATE_ORDER = {
  lstm: ['input', 'forget', 'candidate', 'output'],
  gru: ['reset', 'update', 'candidate'],
} as const satisfies Record<string, readonly Quantity[]>;

/** Far beyond what weights and inputs of the page's networks add up to: the sigmoid of it is 0 or 1. */
const SATURATING = 100;

export interface Intervention {
  readonly force: 'shut' | 'free' | 'open';
  /** Added to the bias of a free gate. */
  readonly shift: number;
}

export const UNTOUCHED: Intervention = { force: 'free', shift: 0 };

function biasOf(learned: number, { force, shift }: Intervention): number {
  if (force === 'free') return learned + shift;
  return force === 'open' ? SATURATING : -SATURATING;
}

/** The parameters of a layer of one stack, with gates forced or shifted. */
export function intervened(
  learned: StateDict,
  order: readonly Quantity[],
  interventions: Partial<Record<Quantity, Intervention>>,
): StateDict {
  const bias = learned.bias_ih_l0;
  if (!bias) return learned;
  const units = bias.data.length / order.length;
  const values = bias.data.map((value, row) => {
    const gate = order[Math.floor(row / units)];
    return biasOf(value, (gate && interventions[gate]) ?? UNTOUCHED);
  });
  return { ...learned, bias_ih_l0: tensor(values, bias.shape as [number]) };
}
