/**
 * The one interface between the TypeScript API and the bindings. `wasm.ts` and `native.ts` adapt the two bindings to
 * it; nothing outside `backend/` knows which one runs.
 *
 * Configurations, dimensions, lengths and sizes are checked behind this interface, in Rust. Callers have
 * checked what Rust cannot see: that arrays have the right type, an own attached buffer and the length of their
 * shape, and that numbers meant as integers are integers from 0 to 2^32 - 1. Errors are described in `../errors.ts`.
 * Arrays are lent for the length of the call, results are written into the caller's arrays.
 */

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
  seed: number;
  returnSequences: boolean;
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
  /**
   * `forward` of a layer, and the gradients of what went into it, given those of its output and final state
   * (null: zeros). `gradients` is laid out as the parameters; `xGradient` is empty for ids, and state and
   * `initialGradient` for a layer without.
   */
  backward(
    where: string,
    input: Float32Array | Int32Array,
    dims: number[],
    timeMajor: boolean,
    lengths: Uint32Array | null,
    state: Float32Array | null,
    outputGradient: Float32Array,
    stateGradient: Float32Array | null,
    output: Float32Array,
    stateOut: Float32Array,
    xGradient: Float32Array,
    initialGradient: Float32Array,
    gradients: Float32Array,
  ): void;
  stream(where: string, batch: number): RawStream;
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

/** One loaded binding on one instruction set. */
export interface RawBackend {
  readonly kind: 'native' | 'wasm';
  readonly isa: string;
  readonly threads: number;
  recurrent(config: RawRecurrentConfig): RawModule;
  linear(inputSize: number, outputSize: number, bias: boolean, seed: number): RawModule;
  /** `padding` -1: none. */
  embedding(vocabularySize: number, size: number, padding: number, seed: number): RawModule;
  dropout(p: number): RawModule;
  /** Modules of this backend only. Predicts by `forward` with state null and an empty `stateOut`. */
  sequential(modules: RawModule[]): RawModule;
}
