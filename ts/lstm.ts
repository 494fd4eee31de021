/** The LSTM layer and its variants. The mathematics is in Rust; here are options, types and documentation. */

import type { Activation } from './options.js';
import { activation, flag, group, optional, plain, positive, readOptions, real, size } from './options.js';
import { directionOf, PLAIN_CELL, Recurrent, sharedReaders } from './recurrent.js';
import type {
  BackwardOptions,
  BatchOf,
  ForwardOptions,
  ForwardResult,
  Lead,
  OutputSize,
  RecurrentOptions,
  SequenceInput,
  StateInput,
  StateSize,
  TraceResult,
} from './recurrent-types.js';
import type { AnySize, Shape } from './shape-types.js';
import type { LSTMState } from './state.js';
import type { Stream, StreamOptions } from './stream.js';
import type { StreamPool, StreamPoolOptions } from './stream-pool.js';
import type { Tensor } from './tensor.js';
import type { RecurrentGradients } from './training/trainable.js';

/** Options of {@link LSTM}. Sizes are integers from 1 to 2^32 - 1 that fit into memory. */
export interface LSTMOptions<
  In extends number = number,
  Hidden extends number = number,
  Bidirectional extends boolean = boolean,
  Projection extends number | undefined = number | undefined,
  ReturnSequences extends boolean = boolean,
> extends RecurrentOptions<In, Hidden, Bidirectional, ReturnSequences> {
  /** Coupled gates (CIFG), i = 1 - f; not with `inputGate: false` or `forgetGate: false`. False if left out. */
  coupled?: boolean | undefined;
  /** Peepholes: f and i see c(t-1), o sees c(t), each by a diagonal weight. False if left out. */
  peephole?: boolean | undefined;
  /** False: no input gate, i = 1 (NIG). */
  inputGate?: boolean | undefined;
  /** False: no forget gate, f = 1 (NFG, the cell of 1997). */
  forgetGate?: boolean | undefined;
  /** False: no output gate, o = 1 (NOG). */
  outputGate?: boolean | undefined;
  /** Projects the hidden state to this size (LSTMP): h = W_hr (o * act(c)). None if left out. */
  projectionSize?: Projection | undefined;
  /** Layer normalisation of the gates' inputs and, on the way to h, of the cell state. False if left out. */
  layerNorm?: boolean | undefined;
  /** Clamps the new cell state to [-cellClip, cellClip]; above 0. None if left out. */
  cellClip?: number | undefined;
  /** As `zoneout`, of the cell state. 0 if left out. */
  zoneoutCell?: number | undefined;
  /** Initial bias of the forget gate, with `bias`; 1 if left out. */
  forgetBias?: number | undefined;
  /** Activations of the gates, of the candidate (`cell`) and of the cell state on its way to h (`output`). */
  activations?:
    | { gate?: Activation | undefined; cell?: Activation | undefined; output?: Activation | undefined }
    | undefined;
}

/** Every value of one layer and direction, `[batch, time, hiddenSize]` (time first if asked). Zeros past the end. */
export interface LSTMSteps<
  LeadAxes extends [number, number] = [number, number],
  Cells extends number = number,
  Hidden extends number = number,
> {
  /** i; 1 without input gate, 1 - f with coupled gates. */
  readonly input: Tensor<[...LeadAxes, Cells]>;
  /** f; 1 without forget gate. */
  readonly forget: Tensor<[...LeadAxes, Cells]>;
  /** g */
  readonly candidate: Tensor<[...LeadAxes, Cells]>;
  /** o; 1 without output gate. */
  readonly output: Tensor<[...LeadAxes, Cells]>;
  /** c */
  readonly cell: Tensor<[...LeadAxes, Cells]>;
  /** h, `[batch, time, projectionSize ?? hiddenSize]` */
  readonly hidden: Tensor<[...LeadAxes, Hidden]>;
}

const readers = {
  ...sharedReaders,
  coupled: flag(false),
  peephole: flag(false),
  inputGate: flag(true),
  forgetGate: flag(true),
  outputGate: flag(true),
  projectionSize: optional(size()),
  layerNorm: flag(false),
  cellClip: optional(positive()),
  zoneoutCell: real(0),
  forgetBias: real(1),
  activations: group({
    gate: activation('sigmoid'),
    cell: activation('tanh'),
    output: activation('tanh'),
  }),
};

const FIELDS = [
  'input',
  'forget',
  'candidate',
  'output',
  'cell',
  'hidden',
] as const satisfies readonly (keyof LSTMSteps)[];

type HiddenAxis<Projection> = Projection extends number ? 'projectionSize' : 'hiddenSize';

type StateOf<
  S extends Shape,
  TimeMajor extends boolean,
  Hidden extends number,
  Projection extends number | undefined,
> = LSTMState<BatchOf<S, TimeMajor>, StateSize<Hidden, Projection>, Hidden>;

type StateArgument<
  Where extends string,
  HS extends Shape,
  CS extends Shape,
  Batch extends number,
  Hidden extends number,
  Projection extends number | undefined,
> = {
  readonly h: StateInput<Where, 'h', HS, HiddenAxis<Projection>, Batch, StateSize<Hidden, Projection>>;
  readonly c: StateInput<Where, 'c', CS, 'hiddenSize', Batch, Hidden>;
};

/** What an {@link LSTM} is made of. */
class LSTMLayer<
  In extends number,
  Hidden extends number,
  Bidirectional extends boolean,
  Projection extends number | undefined,
  ReturnSequences extends boolean,
> extends Recurrent {
  static override readonly name = 'LSTM';
  readonly kind = 'LSTM';
  /** Values per step of the input. */
  readonly inputSize: In;
  /** Cells per layer. */
  readonly hiddenSize: Hidden;
  /** Values per step of the output: `directions * (projectionSize ?? hiddenSize)`. */
  readonly outputSize: OutputSize<Hidden, Bidirectional, Projection>;

  constructor(options: LSTMOptions<In, Hidden, Bidirectional, Projection, ReturnSequences>) {
    const { bidirectional, reverse, activations, projectionSize, clip, cellClip, ...given } = readOptions(
      'lstm',
      options,
      readers,
    );
    const config = {
      ...PLAIN_CELL,
      ...given,
      cell: 'lstm',
      direction: directionOf('lstm', { bidirectional, reverse }),
      projectionSize: projectionSize ?? 0,
      clip: clip ?? 0,
      cellClip: cellClip ?? 0,
      gate: activations.gate,
      candidate: activations.cell,
      output: activations.output,
    } as const;
    super(config, FIELDS, plain(options, readers));
    this.inputSize = options.inputSize;
    this.hiddenSize = options.hiddenSize;
    const directions = bidirectional ? 2 : 1;
    this.outputSize = (directions * (projectionSize ?? config.hiddenSize)) as typeof this.outputSize;
  }

  /**
   * A batch of sequences through all layers.
   *
   * @param x `[batch, time, inputSize]`, time from 0 up (`[time, batch, inputSize]` with `timeMajor`)
   * @returns output `[batch, time, outputSize]` (time first likewise) and the state at each sequence's end: h
   * `[layers*directions, batch, projectionSize ?? hiddenSize]`, c `[layers*directions, batch, hiddenSize]`
   * @throws CellgateError `shape`, `dtype` for x; `value` for options and lengths; `state` for the state of another layer
   * or batch; `memory` if the output does not fit; `disposed` after `dispose()`
   *
   * @example
   * ```ts
   * import { LSTM, tensor } from 'cellgate';
   *
   * const lstm = new LSTM({ inputSize: 2, hiddenSize: 3 });
   * const x = tensor(new Float32Array(2 * 5 * 2).fill(0.5), [2, 5, 2]);
   * const first = lstm.forward(x, { lengths: [5, 3] });
   * const next = lstm.forward(x, { state: first.state });
   * console.log(first.output.toArray()[1]?.[4], next.output.shape); // [ 0, 0, 0 ] [ 2, 5, 3 ]
   * ```
   */
  forward<
    S extends Shape,
    TimeMajor extends boolean = false,
    HS extends Shape = Shape,
    CS extends Shape = Shape,
  >(
    x: SequenceInput<'lstm.forward', S, In, TimeMajor>,
    options?: ForwardOptions<
      StateArgument<'lstm.forward', HS, CS, BatchOf<S, TimeMajor>, Hidden, Projection>,
      TimeMajor
    >,
  ): ForwardResult<
    [...Lead<S>, OutputSize<Hidden, Bidirectional, Projection>],
    StateOf<S, TimeMajor, Hidden, Projection>
  >;
  forward(x: unknown, options?: unknown): unknown {
    return this.run(x, options);
  }

  /**
   * As {@link forward}, with every gate, candidate, cell and hidden value of every layer, direction and step.
   * Takes memory for all of them; `forward` does not pay for it.
   *
   * @returns what `forward` gives, and `layers[l]`, whose `reverse` holds the second direction in the order of x's time
   * @throws CellgateError as `forward`
   *
   * @example
   * ```ts
   * import { LSTM, tensor } from 'cellgate';
   *
   * const lstm = new LSTM({ inputSize: 1, hiddenSize: 2, coupled: true });
   * const { layers } = lstm.trace(tensor([[[1], [2], [3]]]));
   * const { input, forget } = layers[0]!;
   * console.log(input.data[0]! + forget.data[0]!); // 1
   * ```
   */
  trace<
    S extends Shape,
    TimeMajor extends boolean = false,
    HS extends Shape = Shape,
    CS extends Shape = Shape,
  >(
    x: SequenceInput<'lstm.trace', S, In, TimeMajor>,
    options?: ForwardOptions<
      StateArgument<'lstm.trace', HS, CS, BatchOf<S, TimeMajor>, Hidden, Projection>,
      TimeMajor
    >,
  ): TraceResult<
    [...Lead<S>, OutputSize<Hidden, Bidirectional, Projection>],
    StateOf<S, TimeMajor, Hidden, Projection>,
    LSTMSteps<Lead<S>, Hidden, StateSize<Hidden, Projection>>,
    Bidirectional
  >;
  trace(x: unknown, options?: unknown): unknown {
    return this.runTraced(x, options);
  }

  /**
   * Forward without dropout, and back through time.
   *
   * @param x as in {@link forward}
   * @param outputGradient derivative of a loss by the output, of its shape; what lies past an end does not count
   * @param options as in {@link forward}, and `stateGradient`, the derivative by the final state; zeros if left out
   * @returns the output, and the derivatives by x, by the initial state and by the parameters
   * @throws CellgateError as {@link forward}
   *
   * @example
   * ```ts
   * import { LSTM, tensor } from 'cellgate';
   *
   * const lstm = new LSTM({ inputSize: 2, hiddenSize: 3 });
   * const x = tensor(new Float32Array(5 * 2).fill(0.5), [1, 5, 2]);
   * const ones = tensor(new Float32Array(5 * 3).fill(1), [1, 5, 3]);
   * const gradients = lstm.backward(x, ones); // of the sum of all outputs
   * console.log(gradients.x.shape, gradients.state.h.shape); // [ 1, 5, 2 ] [ 1, 1, 3 ]
   * ```
   */
  backward<
    S extends Shape,
    TimeMajor extends boolean = false,
    HS extends Shape = Shape,
    CS extends Shape = Shape,
  >(
    x: SequenceInput<'lstm.backward', S, In, TimeMajor>,
    outputGradient: Tensor,
    options?: BackwardOptions<
      StateArgument<'lstm.backward', HS, CS, BatchOf<S, TimeMajor>, Hidden, Projection>,
      TimeMajor
    >,
  ): RecurrentGradients<
    [...Lead<S>, OutputSize<Hidden, Bidirectional, Projection>],
    [...Lead<S>, In],
    StateOf<S, TimeMajor, Hidden, Projection>
  >;
  backward(x: unknown, outputGradient: unknown, options?: unknown): unknown {
    return this.runBackward(x, outputGradient, options);
  }

  /**
   * Opens a stream: frame by frame, with the state kept in between.
   *
   * @throws CellgateError `unsupported` for a reverse or bidirectional layer, which needs the end of the
   * sequence first; `value` for the batch; `memory`; `disposed` after `dispose()`
   *
   * @example
   * ```ts
   * import { LSTM } from 'cellgate';
   *
   * const stream = new LSTM({ inputSize: 2, hiddenSize: 3 }).stream();
   * const y = stream.step(new Float32Array([0.5, -0.5]));
   * console.log(y.length, stream.state.c.shape); // 3 [ 1, 1, 3 ]
   * ```
   */
  stream(options?: StreamOptions): Stream<LSTMState<number, StateSize<Hidden, Projection>, Hidden>> {
    return this.open(options);
  }

  /**
   * Opens a pool of streams that are stepped together: many sequences that begin and end when they like.
   *
   * @throws CellgateError `unsupported` for a layer that is reverse or bidirectional; `value` for options; `disposed` after
   * `dispose()`
   *
   * @example
   * ```ts
   * import { LSTM } from 'cellgate';
   *
   * using pool = new LSTM({ inputSize: 2, hiddenSize: 3 }).streamPool();
   * const member = pool.join();
   * member.push(Float32Array.of(0.5, -0.5));
   * pool.step();
   * console.log(member.output.length, pool.size); // 3 1
   * ```
   */
  streamPool(
    options?: StreamPoolOptions,
  ): StreamPool<LSTMState<number, StateSize<Hidden, Projection>, Hidden>> {
    return this.openPool(options);
  }
}

/** An LSTM of these sizes, as `new LSTM` makes it; without type arguments, any LSTM. */
export interface LSTM<
  In extends number = AnySize,
  Hidden extends number = AnySize,
  Bidirectional extends boolean = AnySize,
  Projection extends number | undefined = AnySize,
  ReturnSequences extends boolean = AnySize,
> extends LSTMLayer<In, Hidden, Bidirectional, Projection, ReturnSequences> {}

/** Makes an {@link LSTM}. */
export interface LSTMConstructor {
  /**
   * @throws CellgateError `value` for unknown options and values out of range, `memory` if the weights do not fit,
   * `backend` or `uninitialized` if there is no backend
   */
  new <
    In extends number,
    Hidden extends number,
    Bidirectional extends boolean = false,
    Projection extends number | undefined = undefined,
    ReturnSequences extends boolean = false,
  >(
    options: LSTMOptions<In, Hidden, Bidirectional, Projection, ReturnSequences>,
  ): LSTM<In, Hidden, Bidirectional, Projection, ReturnSequences>;
  readonly prototype: LSTM;
}

/**
 * Long short-term memory, one or more layers. It remembers nothing between calls: state goes in and comes out.
 *
 * With `[h, x]` as concatenation and `*` element by element:
 *
 * ```text
 * f(t) = σ(W_f [h(t-1), x(t)] + b_f)        i(t) = σ(W_i [h(t-1), x(t)] + b_i)
 * g(t) = tanh(W_g [h(t-1), x(t)] + b_g)     o(t) = σ(W_o [h(t-1), x(t)] + b_o)
 * c(t) = f(t) * c(t-1) + i(t) * g(t)        h(t) = o(t) * tanh(c(t))
 * ```
 *
 * Sources: Hochreiter and Schmidhuber 1997; forget gate, Gers et al. 2000; coupled gates, peepholes and the ablations
 * by options, Greff et al. 2015; projection, Sak et al. 2014; layer normalisation, Ba et al. 2016.
 *
 * Parameters have PyTorch's names and layouts: `weight_ih_l0` `[4 * hiddenSize, inputSize]` with rows i, f, g, o (a gate
 * that does not exist has none), `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, and so on with `_l1` and `_reverse`;
 * beside them `peephole_l0` (rows i, f, o), `norm_ih_weight_l0`, ... and `weight_hr_l0`. They begin as in PyTorch,
 * uniform within 1 / sqrt(hiddenSize), or as `initializer` says, but for `forgetBias`.
 *
 * @example
 * ```ts
 * import { LSTM, tensor } from 'cellgate';
 *
 * const lstm = new LSTM({ inputSize: 40, hiddenSize: 128, layers: 2, seed: 7 });
 * const x = tensor(new Float32Array(8 * 100 * 40), [8, 100, 40]);
 * const { output, state } = lstm.forward(x);
 * console.log(output.shape, state.h.shape, state.c.shape); // [ 8, 100, 128 ] [ 2, 8, 128 ] [ 2, 8, 128 ]
 * lstm.dispose();
 * ```
 *
 * @class
 */
export const LSTM: LSTMConstructor = LSTMLayer;
