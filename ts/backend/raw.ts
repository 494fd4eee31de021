/**
 * The one interface between the TypeScript API and the bindings. `wasm.ts` and `native.ts` adapt the two bindings to
 * it; nothing outside `backend/` knows which one runs.
 *
 * Configurations, dimensions, lengths and sizes are checked behind this interface, in Rust. Callers have
 * checked what Rust cannot see: that arrays have the right type, an own attached buffer and the length of their
 * shape, and that numbers meant as integers are integers from 0 to 2^32 - 1. Errors are described in `../errors.ts`.
 * Arrays are lent for the length of the call, results are written into the caller's arrays.
 */

import type { CompiledWasm } from './source.js';

/** An activation by name; `alpha` and `beta` are read for `hardSigmoid` only: clamp(alpha x + beta, 0, 1). */
export interface RawActivation {
  kind: string;
  alpha: number;
  beta: number;
}

/** Every field is always there; 0 means none for `clip`, `cellClip` and `projectionSize`. */
export interface RawRecurrentConfig {
  cell: 'rnn' | 'lstm' | 'gru';
  inputSize: number;
  hiddenSize: number;
  layers: number;
  direction: 'forward' | 'reverse' | 'bidirectional';
  bias: boolean;
  dropout: number;
  recurrentDropout: number;
  zoneout: number;
  zoneoutCell: number;
  seed: number;
  initializer: 'torch' | 'keras';
  returnSequences: boolean;
  weights: 'f32' | 'f16' | 'int8';
  coupled: boolean;
  peephole: boolean;
  inputGate: boolean;
  forgetGate: boolean;
  outputGate: boolean;
  layerNorm: boolean;
  projectionSize: number;
  clip: number;
  cellClip: number;
  forgetBias: number;
  /** lstm, gru */
  gate: RawActivation;
  /** The candidate's; for rnn its nonlinearity. */
  candidate: RawActivation;
  /** lstm */
  output: RawActivation;
  resetAfter: boolean;
  updateGate: 'keep' | 'write';
}

export interface RawParameter {
  name: string;
  shape: number[];
}

/** A layer or a model: owns its weights (shared with the streams and models made from it). */
export interface RawModule {
  parameters(): RawParameter[];
  /** All parameters, concatenated in the order of `parameters()`. */
  getParameters(out: Float32Array): void;
  /** The same layout; all replaced at once. */
  setParameters(values: Float32Array): void;
  /**
   * `dims` is the shape of the input. `lengths` null: all full. `state` null: zeros; otherwise [h of all | c of
   * all]. `output` and `stateOut` have their exact sizes. `where` begins the message of errors.
   */
  forward(
    where: string,
    input: Float32Array | Int32Array,
    dims: number[],
    timeMajor: boolean,
    lengths: Uint32Array | null,
    state: Float32Array | null,
    output: Float32Array,
    stateOut: Float32Array,
  ): void;
  /**
   * As `forward`; `trace` receives for each layer and direction the fields in order (lstm: input, forget,
   * candidate, output, cell, hidden; gru: reset, update, candidate, hidden; rnn: hidden), each laid out as the input.
   */
  trace(
    where: string,
    input: Float32Array | Int32Array,
    dims: number[],
    timeMajor: boolean,
    lengths: Uint32Array | null,
    state: Float32Array | null,
    output: Float32Array,
    stateOut: Float32Array,
    trace: Float32Array,
  ): void;
  stream(where: string, batch: number): RawStream;
  /** With a copy of the weights of its own. */
  trainer(where: string, config: RawTrainerConfig): RawTrainer;
  free(): void;
}

/** An open stream: weights shared with its module, state and scratch of its own. */
export interface RawStream {
  step(input: Float32Array | Int32Array, output: Float32Array): void;
  run(input: Float32Array | Int32Array, frames: number, output: Float32Array): void;
  /** [h | c] of each recurrent layer, in order. */
  getState(out: Float32Array): void;
  setState(state: Float32Array): void;
  reset(): void;
  clone(): RawStream;
  free(): void;
}

/** Every field is always there; those that a loss or optimiser does not know are ignored. 0 means none for the clips. */
export interface RawTrainerConfig {
  loss: string;
  delta: number;
  ignoreIndex: number;
  optimizer: string;
  momentum: number;
  dampening: number;
  nesterov: boolean;
  alpha: number;
  beta1: number;
  beta2: number;
  eps: number;
  weightDecay: number;
  centered: boolean;
  amsgrad: boolean;
  clipNorm: number;
  clipValue: number;
  seed: number;
}

/** Weights in training. It shares nothing with the module it was made from. */
export interface RawTrainer {
  /**
   * Forward, loss, backward, clip and update. `y` is values like the output, or classes, one per output row. `weights`
   * has one value per output row; null: 1 for all. `carry`: begin from the state that the last call left behind. Rows
   * are those of the module's output: `[batch, width]` or `[batch, time, width]`.
   *
   * @returns [sum of weighted row losses, sum of weights, weighted count of right rows, norm of the gradient]
   */
  step(
    where: string,
    x: Float32Array | Int32Array,
    dims: number[],
    lengths: Uint32Array | null,
    y: Float32Array | Int32Array,
    weights: Float32Array | null,
    carry: boolean,
    lr: number,
  ): ArrayLike<number>;
  /** The same on another thread, where there is one: the arrays are copied at the call, and no other may come before its end. */
  stepAsync?(...call: Parameters<RawTrainer['step']>): Promise<ArrayLike<number>>;
  /** As `step`, without dropout and without an update; the norm is 0. */
  evaluate(
    where: string,
    x: Float32Array | Int32Array,
    dims: number[],
    lengths: Uint32Array | null,
    y: Float32Array | Int32Array,
    weights: Float32Array | null,
    carry: boolean,
  ): ArrayLike<number>;
  evaluateAsync?(...call: Parameters<RawTrainer['evaluate']>): Promise<ArrayLike<number>>;
  /** As the module's `forward`, and keeps what `backward` needs. With `training`, dropout acts. */
  forward(
    where: string,
    x: Float32Array | Int32Array,
    dims: number[],
    timeMajor: boolean,
    lengths: Uint32Array | null,
    state: Float32Array | null,
    training: boolean,
    output: Float32Array,
    stateOut: Float32Array,
  ): void;
  /** Of the last `forward`. Arrays of length 0 are not wanted. */
  backward(
    where: string,
    outputGradient: Float32Array,
    stateGradient: Float32Array | null,
    xGradient: Float32Array,
    initialGradient: Float32Array,
  ): void;
  /** Clips the gradients of `backward` and steps with them; gives their norm before. */
  update(where: string, lr: number): number;
  /** Puts the carried state to zeros. */
  forget(): void;
  /** Hands the weights to the module that made the trainer. */
  publish(where: string): void;
  /** The layout of the module's. */
  getParameters(out: Float32Array): void;
  setParameters(values: Float32Array): void;
  getGradients(out: Float32Array): void;
  /** Refuses what is not finite. */
  setGradients(where: string, values: Float32Array): void;
  /** What the optimiser remembers, but for the counters. */
  optimizerLength(): number;
  getOptimizer(out: Float32Array): void;
  setOptimizer(values: Float32Array): void;
  /** [updates, passes]; dropout follows from seed and passes. */
  counters(): ArrayLike<number>;
  setCounters(updates: number, passes: number): void;
  free(): void;
}

/** One loaded binding on one instruction set. */
export interface RawBackend {
  readonly kind: 'native' | 'wasm';
  readonly isa: string;
  /** The compiled artefact, from which a worker starts; absent natively. */
  readonly module?: CompiledWasm;
  /** How many threads a call takes at most. */
  readonly threads: number;
  /** Whether modules have trainers. */
  readonly trains: boolean;
  /** Bounds them; for all modules. */
  limitThreads(limit: number): void;
  recurrent(config: RawRecurrentConfig): RawModule;
  linear(inputSize: number, outputSize: number, bias: boolean, seed: number, initializer: string): RawModule;
  /** `sizes`: of inputs, outputs and kernel; stride, padding before and behind, dilation, groups. */
  conv1d(sizes: number[], bias: boolean, seed: number, initializer: string): RawModule;
  /** An activation, or the kind `softmax`. */
  nonlinearity(activation: RawActivation): RawModule;
  layerNorm(size: number, epsilon: number): RawModule;
  merge(inputSize: number, mode: string): RawModule;
  /** `padding` -1: none. */
  embedding(
    vocabularySize: number,
    size: number,
    padding: number,
    seed: number,
    initializer: string,
  ): RawModule;
  dropout(p: number): RawModule;
  /** Modules of this backend only. Predicts by `forward` with state null and an empty `stateOut`. */
  sequential(modules: RawModule[]): RawModule;
}
