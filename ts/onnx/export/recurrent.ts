/** Recurrent layers as nodes: one per stacked layer, time first, as ONNX Runtime has no other layout. */

import type { StateDict } from '../../module.js';
import type { Activation } from '../../options.js';
import { type CellKind, GATES, PEEPHOLES, toOnnx } from '../gates.js';
import { isSymmetric } from '../operators/recurrent-options.js';
import { onnxActivation } from './activations.js';
import { float, floats, type GraphBuilder, int, text, texts } from './builder.js';

/** Options of a layer that matter here, as its constructor was given them. */
export interface RecurrentOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly layers?: number;
  readonly bidirectional?: boolean;
  readonly reverse?: boolean;
  readonly bias?: boolean;
  readonly clip?: number;
  readonly nonlinearity?: Activation;
  readonly activations?: {
    readonly gate?: Activation;
    readonly cell?: Activation;
    readonly output?: Activation;
  };
  readonly coupled?: boolean;
  readonly peephole?: boolean;
  readonly resetAfter?: boolean;
  readonly updateGate?: 'keep' | 'write';
}

/** What no attribute says, by option and the value that changes nothing. */
const INEXPRESSIBLE: Readonly<Record<string, unknown>> = {
  projectionSize: undefined,
  layerNorm: false,
  cellClip: undefined,
  inputGate: true,
  forgetGate: true,
  outputGate: true,
  zoneout: 0,
  zoneoutCell: 0,
};

/** Options of a layer that ONNX has no words for. */
export function inexpressible(options: Readonly<Record<string, unknown>>): string[] {
  const { activations, coupled, updateGate } = options as Partial<RecurrentOptions>;
  const given = Object.keys(INEXPRESSIBLE).filter(
    (name) => options[name] !== undefined && options[name] !== INEXPRESSIBLE[name],
  );
  // Gates that have to be turned around.
  if (!isSymmetric(activations?.gate ?? 'sigmoid')) {
    if (coupled) given.push('coupled');
    if (updateGate === 'write') given.push('updateGate');
  }
  return given.map((name) => `${name}: ${JSON.stringify(options[name])}`);
}

/** Values of a layer that are handed on, by their names in the graph. */
export interface RecurrentResult {
  /** [time, batch, directions * hiddenSize] */
  readonly steps: string;
  /** [layers * directions, batch, hiddenSize] of h and, for an LSTM, c. */
  readonly state: readonly string[];
  /** h of the last stacked layer, [directions, batch, hiddenSize]. */
  readonly last: string;
}

function activationsOf(kind: CellKind, options: RecurrentOptions): Activation[] {
  const { gate = 'sigmoid', cell = 'tanh', output = 'tanh' } = options.activations ?? {};
  if (kind === 'RNN') return [options.nonlinearity ?? 'tanh'];
  return kind === 'GRU' ? [gate, cell] : [gate, cell, output];
}

function attributesOf(kind: CellKind, options: RecurrentOptions, directions: number) {
  const own = activationsOf(kind, options).map(onnxActivation);
  const all = Array.from({ length: directions }, () => own).flat();
  const alphas = all.flatMap(({ alpha }) => alpha ?? []);
  const betas = all.flatMap(({ beta }) => beta ?? []);
  return {
    hidden_size: int(options.hiddenSize),
    direction: text(directionOf(options)),
    activations: texts(all.map(({ name }) => name)),
    ...(alphas.length > 0 && { activation_alpha: floats(alphas), activation_beta: floats(betas) }),
    ...(options.clip !== undefined && { clip: float(options.clip) }),
    ...(options.coupled && { input_forget: int(1) }),
    ...(kind === 'GRU' && { linear_before_reset: int(options.resetAfter === false ? 0 : 1) }),
  };
}

function directionOf({ bidirectional, reverse }: RecurrentOptions): string {
  if (bidirectional) return 'bidirectional';
  return reverse ? 'reverse' : 'forward';
}

/** With `updateGate: 'write'` z weighs the new state, in ONNX the old one: as 1 - σ(a) = σ(-a), z is turned around. */
function withTurnedGate(
  kind: CellKind,
  { updateGate }: RecurrentOptions,
  values: Float32Array,
): Float32Array {
  if (updateGate !== 'write') return values;
  const { own } = GATES[kind];
  const length = values.length / own.length;
  const at = own.indexOf('z') * length;
  return values.map((value, index) => (index >= at && index < at + length ? -value : value));
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Inputs W, R, B and P of a stacked layer. */
function weightsOf(
  builder: GraphBuilder,
  kind: CellKind,
  options: RecurrentOptions,
  prefix: string,
  dict: StateDict,
  layer: number,
): { w: string; r: string; b: string; p: string } {
  const { hiddenSize, bias = true, coupled = false, peephole = false, bidirectional } = options;
  const suffixes = bidirectional ? ['', '_reverse'] : [''];
  const directions = suffixes.length;
  const rows = GATES[kind].onnx.length * hiddenSize;
  const inputs = layer === 0 ? options.inputSize : directions * hiddenSize;
  const values = (name: string, suffix: string): Float32Array =>
    dict[`${prefix}${name}_l${layer}${suffix}`]?.data as Float32Array;
  const gates = (name: string, suffix: string): Float32Array =>
    toOnnx(GATES[kind], withTurnedGate(kind, options, values(name, suffix)), coupled);
  const put = (name: string, shape: number[], parts: Float32Array[]): string =>
    builder.weight(`${prefix}${name}_l${layer}`, [directions, ...shape], joined(parts));
  const each = (name: string): Float32Array[] => suffixes.map((suffix) => gates(name, suffix));
  return {
    w: put('W', [rows, inputs], each('weight_ih')),
    r: put('R', [rows, hiddenSize], each('weight_hh')),
    b: bias
      ? put(
          'B',
          [2 * rows],
          suffixes.flatMap((suffix) => [gates('bias_ih', suffix), gates('bias_hh', suffix)]),
        )
      : '',
    p: peephole
      ? put(
          'P',
          [3 * hiddenSize],
          suffixes.map((suffix) => toOnnx(PEEPHOLES, values('peephole', suffix), coupled)),
        )
      : '',
  };
}

/** The parts of an initial state, one per stacked layer. */
function split(builder: GraphBuilder, state: string, layers: number, directions: number): string[] {
  if (layers === 1) return [state];
  const sizes = builder.integers(Array.from({ length: layers }, () => directions));
  return builder.nodes('Split', [state, sizes], layers, { axis: int(0) });
}

/** Names of inputs, without those at the end that are left out. */
function trimmed(names: readonly string[]): string[] {
  return names.slice(0, names.findLastIndex((name) => name !== '') + 1);
}

/**
 * Adds a layer.
 *
 * @param x [time, batch, inputSize]
 * @param state names of the initial h and c; none for zeros
 */
export function addRecurrent(
  builder: GraphBuilder,
  kind: CellKind,
  options: RecurrentOptions,
  prefix: string,
  dict: StateDict,
  x: string,
  state: readonly string[],
): RecurrentResult {
  const { layers = 1, bidirectional } = options;
  const directions = bidirectional ? 2 : 1;
  const parts = kind === 'LSTM' ? 2 : 1;
  const [h = [], c = []] = state.map((part) => split(builder, part, layers, directions));
  const finals: string[][] = [];
  let steps = x;
  for (let layer = 0; layer < layers; layer++) {
    const { w, r, b, p } = weightsOf(builder, kind, options, prefix, dict, layer);
    const inputs = trimmed([steps, w, r, b, '', h[layer] ?? '', c[layer] ?? '', p]);
    const [y, ...final] = builder.nodes(kind, inputs, 1 + parts, attributesOf(kind, options, directions));
    finals.push(final);
    steps = builder.reshape(builder.transpose(y as string, [0, 2, 1, 3]), [0, 0, -1]);
  }
  const whole = Array.from({ length: parts }, (_, part) => {
    const all = finals.map((final) => final[part] as string);
    return layers === 1 ? (all[0] as string) : builder.node('Concat', all, { axis: int(0) });
  });
  return { steps, state: whole, last: finals.at(-1)?.[0] as string };
}
