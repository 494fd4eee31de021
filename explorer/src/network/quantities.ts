/** What goes on inside the cells: names, letters and ranges of the quantities that a trace has. */

import { GRU, LSTM, type Module, RNN, type Tensor } from 'cellgate';

export const QUANTITIES = [
  'forget',
  'input',
  'candidate',
  'output',
  'reset',
  'update',
  'cell',
  'hidden',
] as const;
export type Quantity = (typeof QUANTITIES)[number];

export const LETTERS: Readonly<Record<Quantity, string>> = {
  forget: 'f',
  input: 'i',
  candidate: 'g',
  output: 'o',
  reset: 'r',
  update: 'z',
  cell: 'c',
  hidden: 'h',
};

/** The letter in formulas; the candidate of a GRU is called n. */
export function letterOf(quantity: Quantity, isGru: boolean): string {
  return isGru && quantity === 'candidate' ? 'n' : LETTERS[quantity];
}

/** Gates are from 0 to 1; the others have a sign. */
export function isGate(quantity: Quantity): boolean {
  return !['candidate', 'cell', 'hidden'].includes(quantity);
}

type Sequence = Tensor<[number, number, number]>;

/** The calls that all recurrent layers have, without the sizes that the compiler knows of each class. */
export interface Recurrent extends Module {
  readonly kind: 'RNN' | 'LSTM' | 'GRU';
  readonly inputSize: number;
  readonly hiddenSize: number;
  forward(x: Sequence): { readonly output: Sequence };
  trace(x: Sequence): { readonly layers: readonly Readonly<Record<string, Sequence>>[] };
  backward(x: Sequence, outputGradient: Sequence): { readonly x: Sequence };
}

/** The layer, if it is a recurrent one. */
export function asRecurrent(layer: Module | undefined): Recurrent | undefined {
  const isOne = layer instanceof LSTM || layer instanceof GRU || layer instanceof RNN;
  return isOne ? (layer as unknown as Recurrent) : undefined;
}

/** Quantities of a layer, in the order of the computation. */
export function quantitiesOf(layer: Recurrent): readonly Quantity[] {
  if (layer.kind === 'LSTM') return ['forget', 'input', 'candidate', 'cell', 'output', 'hidden'];
  if (layer.kind === 'GRU') return ['reset', 'update', 'candidate', 'hidden'];
  return ['hidden'];
}
