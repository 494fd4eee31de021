/** Attributes of RNN, LSTM and GRU nodes as options of the library's layers. */

import { describe } from '../../errors.js';
import type { Activation } from '../../options.js';
import type { CellKind } from '../gates.js';
import type { NodeReader } from '../node-reader.js';

export interface CellOptions {
  readonly direction: 'forward' | 'reverse' | 'bidirectional';
  /** 0: time is the first axis; 1: the batch. */
  readonly layout: 0 | 1;
  /** As the weights say if left out. */
  readonly hidden: number | undefined;
  readonly clip: number | undefined;
  /** Of gates, candidate and, for an LSTM, output; an RNN has one. */
  readonly activations: readonly Activation[];
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

interface Scaling {
  readonly alpha: number;
  readonly beta: number;
}

interface KnownActivation {
  /** What is taken from the lists of alphas and betas, if it is there. */
  readonly takes: readonly (keyof Scaling)[];
  readonly preset: Scaling;
  readonly make: (scaling: Scaling) => Activation | undefined;
}

const plain = (activation: Activation): KnownActivation => ({
  takes: [],
  preset: { alpha: 0, beta: 0 },
  make: () => activation,
});

/** By lower-case name: upper and lower case do not count. */
const ACTIVATIONS: Readonly<Record<string, KnownActivation>> = {
  relu: plain('relu'),
  tanh: plain('tanh'),
  sigmoid: plain('sigmoid'),
  softsign: plain('softsign'),
  hardsigmoid: {
    takes: ['alpha', 'beta'],
    preset: { alpha: 0.2, beta: 0.5 },
    make: (scaling) => ({ kind: 'hardSigmoid', ...scaling }),
  },
  affine: {
    takes: ['alpha', 'beta'],
    // The specification has no defaults, and ONNX Runtime's alpha of 0 makes no network.
    preset: { alpha: 0, beta: 0 },
    make: ({ alpha, beta }) => (alpha === 1 && beta === 0 ? 'identity' : undefined),
  },
};

/** Activations of all directions; alphas and betas are used up by those that take them. */
function readActivations(kind: CellKind, node: NodeReader, directions: number): Activation[] {
  const presets = PRESETS[kind];
  const names = node.strings('activations') ?? Array.from({ length: directions }, () => presets).flat();
  const rest = { alpha: node.floats('activation_alpha') ?? [], beta: node.floats('activation_beta') ?? [] };
  if (names.length !== directions * presets.length) {
    node.unsupported(`${names.length} activations instead of ${directions * presets.length}`);
  }
  const all = names.map((name) => {
    const known = ACTIVATIONS[name.toLowerCase()];
    const scaling = { alpha: 0, beta: 0, ...known?.preset };
    for (const key of known?.takes ?? []) scaling[key] = rest[key].shift() ?? scaling[key];
    const activation = known?.make(scaling);
    if (activation === undefined) node.unsupported(`activation ${describe(name)}`);
    return activation ?? 'identity';
  });
  const own = all.slice(0, presets.length);
  if (JSON.stringify(own.concat(own).slice(0, all.length)) !== JSON.stringify(all)) {
    node.unsupported('activations that differ by direction');
  }
  return own;
}

/** Whether 1 - act(a) = act(-a), so that a coupled gate can be turned around. */
export function isSymmetric(gate: Activation | undefined): boolean {
  return gate === 'sigmoid' || (typeof gate === 'object' && gate.beta === 0.5);
}

export function readCellOptions(kind: CellKind, node: NodeReader): CellOptions {
  const direction = node.word('direction', ['forward', 'reverse', 'bidirectional']);
  const activations = readActivations(kind, node, direction === 'bidirectional' ? 2 : 1);
  const isCoupled = kind === 'LSTM' && node.flag('input_forget', false);
  if (isCoupled && !isSymmetric(activations[0]))
    node.unsupported('input_forget with such an activation of gates');
  const hidden = node.has('hidden_size') ? node.int('hidden_size', 0) : undefined;
  const clip = node.has('clip') ? node.float('clip', 0) : undefined;
  if (clip !== undefined && !(clip > 0 && Number.isFinite(clip))) node.unsupported(`clip = ${clip}`);
  return {
    direction,
    layout: node.flag('layout', false) ? 1 : 0,
    hidden,
    clip,
    activations,
    isCoupled,
    resetAfter: kind === 'GRU' && node.flag('linear_before_reset', false),
  };
}
