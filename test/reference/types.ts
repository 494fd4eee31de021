/** Shapes and options of the float64 reference. Options are the public constructor options of the library. */

export interface Values {
  shape: readonly number[];
  data: ArrayLike<number>;
}

/** Parameters by their name in `stateDict()`. */
export type Parameters = Record<string, Values>;

export type ActivationKind = 'sigmoid' | 'hardSigmoid' | 'tanh' | 'relu' | 'softsign' | 'identity';
export type Activation = ActivationKind | { kind: 'hardSigmoid'; alpha: number; beta: number };

export interface LayerOptions {
  inputSize: number;
  hiddenSize: number;
  layers?: number;
  bidirectional?: boolean;
  reverse?: boolean;
  bias?: boolean;
  dropout?: number;
  recurrentDropout?: number;
  zoneout?: number;
  seed?: number;
  clip?: number;
  returnSequences?: boolean;
  /** The library's; the reference computes in float64 whatever it says. */
  weights?: 'f32' | 'f16' | 'int8';
}

export interface RnnOptions extends LayerOptions {
  nonlinearity?: Activation;
}

export interface GruOptions extends LayerOptions {
  resetAfter?: boolean;
  updateGate?: 'keep' | 'write';
  activations?: { gate?: Activation; cell?: Activation };
}

export interface LstmOptions extends LayerOptions {
  coupled?: boolean;
  peephole?: boolean;
  inputGate?: boolean;
  forgetGate?: boolean;
  outputGate?: boolean;
  projectionSize?: number;
  layerNorm?: boolean;
  cellClip?: number;
  zoneoutCell?: number;
  forgetBias?: number;
  activations?: { gate?: Activation; cell?: Activation; output?: Activation };
}

export interface OptionsOf {
  RNN: RnnOptions;
  GRU: GruOptions;
  LSTM: LstmOptions;
}
export type Kind = keyof OptionsOf;

export interface State {
  h: Values;
  c?: Values;
}

export interface Call {
  state?: State;
  lengths?: readonly number[];
  timeMajor?: boolean;
}

/** What one step of one sequence computes, by the names of `trace()`. */
export interface Step {
  input?: number[];
  forget?: number[];
  reset?: number[];
  update?: number[];
  candidate?: number[];
  output?: number[];
  cell?: number[];
  hidden: number[];
}
export type Field = keyof Step;
export type Fields = Partial<Record<Field, Values>>;

export interface LayerTrace {
  fields: Fields;
  reverse?: Fields;
}

export interface Result {
  output: Values;
  state: State;
  layers: LayerTrace[];
}
