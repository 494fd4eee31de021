/** The plain recurrent layer. The mathematics is in Rust; here are options, types and documentation. */

import type { Activation } from './options.js';
import { activation, plain, readOptions } from './options.js';
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
  TraceResult,
} from './recurrent-types.js';
import type { AnySize, Shape } from './shape-types.js';
import type { HiddenState } from './state.js';
import type { Stream, StreamOptions } from './stream.js';
import type { StreamPool, StreamPoolOptions } from './stream-pool.js';
import type { Tensor } from './tensor.js';
import type { RecurrentGradients } from './training/trainable.js';

/** Options of {@link RNN}. Sizes are integers from 1 to 2^32 - 1 that fit into memory. */
export interface RNNOptions<
  In extends number = number,
  Hidden extends number = number,
  Bidirectional extends boolean = boolean,
  ReturnSequences extends boolean = boolean,
> extends RecurrentOptions<In, Hidden, Bidirectional, ReturnSequences> {
  /** The activation; `'tanh'` if left out. */
  nonlinearity?: Activation | undefined;
}

/** Every value of one layer and direction, `[batch, time, hiddenSize]` (time first if asked). Zeros past the end. */
export interface RNNSteps<
  LeadAxes extends [number, number] = [number, number],
  Hidden extends number = number,
> {
  /** h */
  readonly hidden: Tensor<[...LeadAxes, Hidden]>;
}

const readers = {
  ...sharedReaders,
  nonlinearity: activation('tanh'),
};

const FIELDS = ['hidden'] as const satisfies readonly (keyof RNNSteps)[];

type StateArgument<Where extends string, HS extends Shape, Batch extends number, Hidden extends number> = {
  readonly h: StateInput<Where, 'h', HS, 'hiddenSize', Batch, Hidden>;
};

/** What an {@link RNN} is made of. */
class RNNLayer<
  In extends number,
  Hidden extends number,
  Bidirectional extends boolean,
  ReturnSequences extends boolean,
> extends Recurrent {
  static override readonly name = 'RNN';
  readonly kind = 'RNN';
  /** Values per step of the input. */
  readonly inputSize: In;
  /** Units per layer. */
  readonly hiddenSize: Hidden;
  /** Values per step of the output: `directions * hiddenSize`. */
  readonly outputSize: OutputSize<Hidden, Bidirectional>;

  constructor(options: RNNOptions<In, Hidden, Bidirectional, ReturnSequences>) {
    const { bidirectional, reverse, nonlinearity, clip, ...given } = readOptions('rnn', options, readers);
    const config = {
      ...PLAIN_CELL,
      ...given,
      cell: 'rnn',
      direction: directionOf('rnn', { bidirectional, reverse }),
      clip: clip ?? 0,
      gate: nonlinearity,
      candidate: nonlinearity,
      output: nonlinearity,
    } as const;
    super(config, FIELDS, plain(options, readers));
    this.inputSize = options.inputSize;
    this.hiddenSize = options.hiddenSize;
    this.outputSize = ((bidirectional ? 2 : 1) * config.hiddenSize) as typeof this.outputSize;
  }

  /**
   * A batch of sequences through all layers.
   *
   * @param x `[batch, time, inputSize]`, time from 0 up (`[time, batch, inputSize]` with `timeMajor`)
   * @returns output `[batch, time, outputSize]` (time first likewise) and the state at each sequence's end: h
   * `[layers*directions, batch, hiddenSize]`
   * @throws CellgateError `shape`, `dtype` for x; `value` for options and lengths; `state` for the state of another layer
   * or batch; `memory` if the output does not fit; `disposed` after `dispose()`
   *
   * @example
   * ```ts
   * import { RNN, tensor } from 'cellgate';
   *
   * const rnn = new RNN({ inputSize: 2, hiddenSize: 3 });
   * const x = tensor(new Float32Array(5 * 2 * 2).fill(0.5), [5, 2, 2]);
   * const { output, state } = rnn.forward(x, { timeMajor: true, lengths: [5, 3] });
   * console.log(output.shape, state.h.shape); // [ 5, 2, 3 ] [ 1, 2, 3 ]
   * ```
   */
  forward<S extends Shape, TimeMajor extends boolean = false, HS extends Shape = Shape>(
    x: SequenceInput<'rnn.forward', S, In, TimeMajor>,
    options?: ForwardOptions<StateArgument<'rnn.forward', HS, BatchOf<S, TimeMajor>, Hidden>, TimeMajor>,
  ): ForwardResult<
    [...Lead<S>, OutputSize<Hidden, Bidirectional>],
    HiddenState<BatchOf<S, TimeMajor>, Hidden>
  >;
  forward(x: unknown, options?: unknown): unknown {
    return this.run(x, options);
  }

  /**
   * As {@link forward}, with every hidden value of every layer, direction and step.
   *
   * @returns what `forward` gives, and `layers[l]`, whose `reverse` holds the second direction in the order of x's time
   * @throws CellgateError as `forward`
   *
   * @example
   * ```ts
   * import { RNN, tensor } from 'cellgate';
   *
   * const { layers } = new RNN({ inputSize: 1, hiddenSize: 2, layers: 2 }).trace(tensor([[[1], [2], [3]]]));
   * console.log(layers.map(({ hidden }) => hidden.shape)); // [ [ 1, 3, 2 ], [ 1, 3, 2 ] ]
   * ```
   */
  trace<S extends Shape, TimeMajor extends boolean = false, HS extends Shape = Shape>(
    x: SequenceInput<'rnn.trace', S, In, TimeMajor>,
    options?: ForwardOptions<StateArgument<'rnn.trace', HS, BatchOf<S, TimeMajor>, Hidden>, TimeMajor>,
  ): TraceResult<
    [...Lead<S>, OutputSize<Hidden, Bidirectional>],
    HiddenState<BatchOf<S, TimeMajor>, Hidden>,
    RNNSteps<Lead<S>, Hidden>,
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
   * import { RNN, tensor } from 'cellgate';
   *
   * const rnn = new RNN({ inputSize: 2, hiddenSize: 3 });
   * const x = tensor(new Float32Array(5 * 2).fill(0.5), [1, 5, 2]);
   * const ones = tensor(new Float32Array(5 * 3).fill(1), [1, 5, 3]);
   * const gradients = rnn.backward(x, ones); // of the sum of all outputs
   * console.log(gradients.x.shape, gradients.state.h.shape); // [ 1, 5, 2 ] [ 1, 1, 3 ]
   * ```
   */
  backward<S extends Shape, TimeMajor extends boolean = false, HS extends Shape = Shape>(
    x: SequenceInput<'rnn.backward', S, In, TimeMajor>,
    outputGradient: Tensor,
    options?: BackwardOptions<StateArgument<'rnn.backward', HS, BatchOf<S, TimeMajor>, Hidden>, TimeMajor>,
  ): RecurrentGradients<
    [...Lead<S>, OutputSize<Hidden, Bidirectional>],
    [...Lead<S>, In],
    HiddenState<BatchOf<S, TimeMajor>, Hidden>
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
   * import { RNN } from 'cellgate';
   *
   * const stream = new RNN({ inputSize: 2, hiddenSize: 3 }).stream();
   * console.log(stream.run(new Float32Array(7 * 2)).length); // 21
   * ```
   */
  stream(options?: StreamOptions): Stream<HiddenState<number, Hidden>> {
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
   * import { RNN } from 'cellgate';
   *
   * using pool = new RNN({ inputSize: 2, hiddenSize: 3 }).streamPool();
   * const member = pool.join();
   * member.push(Float32Array.of(0.5, -0.5));
   * pool.step();
   * console.log(member.output.length, pool.size); // 3 1
   * ```
   */
  streamPool(options?: StreamPoolOptions): StreamPool<HiddenState<number, Hidden>> {
    return this.openPool(options);
  }
}

/** An RNN of these sizes, as `new RNN` makes it; without type arguments, any RNN. */
export interface RNN<
  In extends number = AnySize,
  Hidden extends number = AnySize,
  Bidirectional extends boolean = AnySize,
  ReturnSequences extends boolean = AnySize,
> extends RNNLayer<In, Hidden, Bidirectional, ReturnSequences> {}

/** Makes an {@link RNN}. */
export interface RNNConstructor {
  /**
   * @throws CellgateError `value` for unknown options and values out of range, `memory` if the weights do not fit,
   * `backend` or `uninitialized` if there is no backend
   */
  new <
    In extends number,
    Hidden extends number,
    Bidirectional extends boolean = false,
    ReturnSequences extends boolean = false,
  >(
    options: RNNOptions<In, Hidden, Bidirectional, ReturnSequences>,
  ): RNN<In, Hidden, Bidirectional, ReturnSequences>;
  readonly prototype: RNN;
}

/**
 * Plain recurrent network, one or more layers. It remembers nothing between calls: state goes in and comes out.
 *
 * ```text
 * h(t) = tanh(W_ih x(t) + b_ih + W_hh h(t-1) + b_hh)
 * ```
 *
 * Source: Elman 1990, with PyTorch's two bias vectors.
 *
 * Parameters have PyTorch's names and layouts: `weight_ih_l0` `[hiddenSize, inputSize]`, `weight_hh_l0`, `bias_ih_l0`,
 * `bias_hh_l0`, and so on with `_l1` and `_reverse`. They begin as in PyTorch, uniform within 1 / sqrt(hiddenSize),
 * or as `initializer` says.
 *
 * @example
 * ```ts
 * import { RNN, tensor } from 'cellgate';
 *
 * const rnn = new RNN({ inputSize: 3, hiddenSize: 5, nonlinearity: 'relu' });
 * const { output, state } = rnn.forward(tensor(new Float32Array(2 * 4 * 3), [2, 4, 3]));
 * console.log(output.shape, state.h.shape); // [ 2, 4, 5 ] [ 1, 2, 5 ]
 * rnn.dispose();
 * ```
 *
 * @class
 */
export const RNN: RNNConstructor = RNNLayer;
