/** Attributes of RNN, LSTM and GRU nodes. */

import { describe } from '../../errors.js';
import type { Activation } from '../../options.js';
import type { CellKind } from '../gates.js';
import type { NodeReader } from '../node-reader.js';
import { type CellActivation, readActivation } from './cell-activations.js';

export interface CellOptions {
  readonly direction: 'forward' | 'reverse' | 'bidirectional';
  /** 0: time is the first axis; 1: the batch. */
  readonly layout: 0 | 1;
  /** As the weights say if left out. */
  readonly hidden: number | undefined;
  readonly clip: number | undefined;
  /** By direction: of gates, candidate and, for an LSTM, output; an RNN has one. */
  readonly activations: readonly (readonly CellActivation[])[];
  /** LSTM: f = 1 - i. */
  readonly isCoupled: boolean;
  /** GRU */
  readonly resetAfter: boolean;
}

const PRESETS: Readonly<Record<CellKind, readonly string[]>> = {
  RNN: ['Tanh'],
  LSTM: ['Sigmoid', 'Tanh', 'Tanh'],
  GRU: ['Sigmoid', 'Tanh'],
};

/** Activations of all directions; alphas and betas are used up by those that take them. */
function readActivations(kind: CellKind, node: NodeReader, directions: number): CellActivation[][] {
  const presets = PRESETS[kind];
  const each = Array.from({ length: directions });
  const names = node.strings('activations') ?? each.flatMap(() => presets);
  if (names.length !== directions * presets.length) {
    node.unsupported(`${names.length} activations instead of ${directions * presets.length}`);
  }
  const rest = { alpha: node.floats('activation_alpha') ?? [], beta: node.floats('activation_beta') ?? [] };
  const all = names.flatMap((name) => {
    const activation = readActivation(name, rest);
    if (activation === undefined) node.unsupported(`activation ${describe(name)}`);
    return activation ?? [];
  });
  return each.map((_, direction) => all.slice(direction * presets.length, (direction + 1) * presets.length));
}

/** Whether 1 - act(a) = act(-a), so that a coupled gate can be turned around. */
export function isSymmetric(gate: Activation | undefined): boolean {
  return gate === 'sigmoid' || gate === 'hardSigmoid' || (typeof gate === 'object' && gate.beta === 0.5);
}

/** The activations of a layer of the library; undefined if it has none such, or differs by direction. */
export function layerActivations({ activations, isCoupled }: CellOptions): Activation[] | undefined {
  const [first = [], ...others] = activations.map((all) => all.map(({ own }) => own));
  const isSame = others.every((other) => JSON.stringify(other) === JSON.stringify(first));
  const known = first.flatMap((activation) => activation ?? []);
  if (!isSame || known.length < first.length || (isCoupled && !isSymmetric(known[0]))) return undefined;
  return known;
}

export function readCellOptions(kind: CellKind, node: NodeReader): CellOptions {
  const direction = node.word('direction', ['forward', 'reverse', 'bidirectional']);
  const hidden = node.has('hidden_size') ? node.int('hidden_size', 0) : undefined;
  const clip = node.has('clip') ? node.float('clip', 0) : undefined;
  if (clip !== undefined && !(clip > 0 && Number.isFinite(clip))) node.unsupported(`clip = ${clip}`);
  return {
    direction,
    layout: node.flag('layout', false) ? 1 : 0,
    hidden,
    clip,
    activations: readActivations(kind, node, direction === 'bidirectional' ? 2 : 1),
    isCoupled: kind === 'LSTM' && node.flag('input_forget', false),
    resetAfter: kind === 'GRU' && node.flag('linear_before_reset', false),
  };
}
