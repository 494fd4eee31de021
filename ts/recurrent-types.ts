/** Types that the recurrent layers share: sizes of sequences, states and results. Types only. */

import type { Checked, Double, Shape } from './shape-types.js';
import type { Tensor } from './tensor.js';

/** Size of the output per step: both directions side by side, each of the projection's size if there is one. */
export type OutputSize<
  Hidden extends number,
  Bidirectional extends boolean,
  Projection extends number | undefined = undefined,
> = boolean extends Bidirectional
  ? number
  : Bidirectional extends true
    ? Double<StateSize<Hidden, Projection>>
    : StateSize<Hidden, Projection>;

/** Size of the hidden state: the projection's if there is one. */
export type StateSize<Hidden extends number, Projection extends number | undefined> = [Projection] extends [
  number,
]
  ? Projection
  : [Projection] extends [undefined]
    ? Hidden
    : number;

/** First two axes of a sequence. */
export type Lead<S extends Shape> = S extends readonly [
  infer A extends number,
  infer B extends number,
  ...Shape,
]
  ? [A, B]
  : [number, number];

/** Which of the first two axes counts the sequences. */
export type BatchOf<S extends Shape, TimeMajor extends boolean> = boolean extends TimeMajor
  ? number
  : Lead<S>[TimeMajor extends true ? 1 : 0];

/** The argument `x`, or the message of the error. */
export type SequenceInput<
  Where extends string,
  S extends Shape,
  In extends number,
  TimeMajor extends boolean,
> = Checked<
  Tensor<S>,
  S,
  `${Where}: x`,
  TimeMajor extends true ? 'time, batch, inputSize' : 'batch, time, inputSize',
  [number, number, In]
>;

/** One tensor of the argument `state`, or the message of the error. */
export type StateInput<
  Where extends string,
  Part extends 'h' | 'c',
  S extends Shape,
  Axis extends string,
  Batch extends number,
  Size extends number,
> = Checked<
  Tensor<S>,
  S,
  `${Where}: state.${Part}`,
  `layers*directions, batch, ${Axis}`,
  [number, Batch, Size]
>;

/** Options that all recurrent layers share. Sizes are integers from 1 to 2^32 - 1 that fit into memory. */
export interface RecurrentOptions<
  In extends number = number,
  Hidden extends number = number,
  Bidirectional extends boolean = boolean,
  ReturnSequences extends boolean = boolean,
> {
  /** Values per step of the input. */
  inputSize: In;
  /** Cells or units per layer. */
  hiddenSize: Hidden;
  /** Stacked layers, each on the outputs of the one before; 1 if left out. */
  layers?: number | undefined;
  /** A second direction from the end to the beginning; doubles the output. False if left out. */
  bidirectional?: Bidirectional | undefined;
  /** The direction from the end to the beginning only; not with `bidirectional`. False if left out. */
  reverse?: boolean | undefined;
  /** Bias vectors `bias_ih` and `bias_hh`; true if left out. */
  bias?: boolean | undefined;
  /** Dropout between layers, from 0 to below 1; acts in training only. 0 if left out. */
  dropout?: number | undefined;
  /**
   * Share of the hidden state that the recurrent weights do not see, the same at every step of a sequence, from 0 to
   * below 1; acts in training only (Gal & Ghahramani 2016). 0 if left out.
   */
  recurrentDropout?: number | undefined;
  /**
   * Zoneout: share of the hidden state that stays as it was from step to step, from 0 to below 1; drawn in training,
   * its mean otherwise (Krueger et al. 2017). 0 if left out.
   */
  zoneout?: number | undefined;
  /** Seed of the initial weights, an integer from 0; 0 if left out. */
  seed?: number | undefined;
  /**
   * Initial weights: `'torch'` uniform within 1 / sqrt(hiddenSize); `'keras'` Glorot uniform, recurrent ones orthogonal,
   * biases zero, but for an LSTM's `forgetBias`. `'torch'` if left out.
   */
  initializer?: 'torch' | 'keras' | undefined;
  /** Clamps what goes into the activations of gates and candidate to [-clip, clip]; above 0. None if left out. */
  clip?: number | undefined;
  /** Inside a model: hand on every step instead of the last one. False if left out. */
  returnSequences?: ReturnSequences | undefined;
  /**
   * What the weight matrices are held and multiplied as. Parameters are float32 all the same, and so is training, with
   * `backward`, `fit` and `evaluate`; the layer takes the form again from what it learned. `'f32'` if left out.
   *
   * `'f16'`: the nearest half-precision number, within 2^-11 of a weight's size (2^-25 of weights below 2^-14); beyond 65504
   * it is 65504. On unit-scale data h stays within 0.003 of float32's, without `layerNorm`. Half the memory on AVX2 and
   * AVX-512; elsewhere the same numbers are held as float32.
   *
   * `'int8'`: whole multiples of a 127th of the largest weight of each row, and at each step of x and h likewise, so each is
   * off by at most 1/254 of the largest. On unit-scale data h stays within 0.07 of float32's, typically 0.005; not with
   * `layerNorm`, which enlarges errors, or where gates are left out and c grows. A quarter of the memory. Sums of products are exact,
   * whatever the backend. NaN if a weight of the row, x or h is not finite.
   */
  weights?: 'f32' | 'f16' | 'int8' | undefined;
}

/** Options of `forward` and `trace`. */
export interface ForwardOptions<State, TimeMajor extends boolean = boolean> {
  /** Where to begin, as a call before gave it; zeros if left out. */
  state?: State | undefined;
  /**
   * Length of each sequence, integers from 0 to time; all full if left out. Outputs past the end are 0, the state is
   * the one at the end, the reverse direction begins at the end.
   */
  lengths?: readonly number[] | undefined;
  /** Whether `x` and the output are `[time, batch, size]`; `[batch, time, size]` if left out. */
  timeMajor?: TimeMajor | undefined;
}

/** Options of `backward`. */
export interface BackwardOptions<State, TimeMajor extends boolean = boolean>
  extends ForwardOptions<State, TimeMajor> {
  /** Derivative of the loss by the final state; zeros if left out. */
  stateGradient?: State | undefined;
}

/** What `forward` gives. */
export interface ForwardResult<Output extends Shape, State> {
  /** Hidden values of the last layer; forward direction first, then reverse. */
  readonly output: Tensor<Output>;
  /** State after the last step of each sequence: where a next call may begin. */
  readonly state: State;
}

/** What `trace` gives. */
export interface TraceResult<Output extends Shape, State, Steps, Bidirectional extends boolean>
  extends ForwardResult<Output, State> {
  /** Per layer every gate, candidate, cell and hidden value of every step. */
  readonly layers: readonly TracedLayer<Steps, Bidirectional>[];
}

/** Steps of one layer, with those of the reverse direction in the order of `x`'s time. */
export type TracedLayer<Steps, Bidirectional extends boolean> = Steps &
  (Bidirectional extends true ? { readonly reverse: Steps } : { readonly reverse?: Steps });
