/** The GRU layer in both its forms. The mathematics is in Rust; here are options, types and documentation. */

import type { Activation } from './options.js';
import { activation, flag, group, oneOf, plain, readOptions } from './options.js';
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

/** Options of {@link GRU}. Sizes are integers from 1 to 2^32 - 1 that fit into memory. */
export interface GRUOptions<
  In extends number = number,
  Hidden extends number = number,
  Bidirectional extends boolean = boolean,
  ReturnSequences extends boolean = boolean,
> extends RecurrentOptions<In, Hidden, Bidirectional, ReturnSequences> {
  /** Whether the reset gate acts after the recurrent product (cuDNN, PyTorch) or before it (Cho 2014). True if left out. */
  resetAfter?: boolean | undefined;
  /** What z weighs: `'keep'` the old state (PyTorch, Keras, ONNX), `'write'` the new one. `'keep'` if left out. */
  updateGate?: 'keep' | 'write' | undefined;
  /** Activations of the gates and of the candidate (`cell`). */
  activations?: { gate?: Activation | undefined; cell?: Activation | undefined } | undefined;
}

/** Every value of one layer and direction, `[batch, time, hiddenSize]` (time first if asked). Zeros past the end. */
export interface GRUSteps<
  LeadAxes extends [number, number] = [number, number],
  Hidden extends number = number,
> {
  /** r */
  readonly reset: Tensor<[...LeadAxes, Hidden]>;
  /** z */
  readonly update: Tensor<[...LeadAxes, Hidden]>;
  /** n */
  readonly candidate: Tensor<[...LeadAxes, Hidden]>;
  /** h */
  readonly hidden: Tensor<[...LeadAxes, Hidden]>;
}

const readers = {
  ...sharedReaders,
  resetAfter: flag(true),
  updateGate: oneOf(['keep', 'write'], 'keep'),
  activations: group({ gate: activation('sigmoid'), cell: activation('tanh') }),
};

const FIELDS = ['reset', 'update', 'candidate', 'hidden'] as const satisfies readonly (keyof GRUSteps)[];

type StateArgument<Where extends string, HS extends Shape, Batch extends number, Hidden extends number> = {
  readonly h: StateInput<Where, 'h', HS, 'hiddenSize', Batch, Hidden>;
};

/** What a {@link GRU} is made of. */
class GRULayer<
  In extends number,
  Hidden extends number,
  Bidirectional extends boolean,
  ReturnSequences extends boolean,
> extends Recurrent {
  static override readonly name = 'GRU';
  readonly kind = 'GRU';
  /** Values per step of the input. */
  readonly inputSize: In;
  /** Units per layer. */
  readonly hiddenSize: Hidden;
  /** Values per step of the output: `directions * hiddenSize`. */
  readonly outputSize: OutputSize<Hidden, Bidirectional>;

  constructor(options: GRUOptions<In, Hidden, Bidirectional, ReturnSequences>) {
    const { bidirectional, reverse, activations, clip, ...given } = readOptions('gru', options, readers);
    const config = {
      ...PLAIN_CELL,
      ...given,
      cell: 'gru',
      direction: directionOf('gru', { bidirectional, reverse }),
      clip: clip ?? 0,
      gate: activations.gate,
      candidate: activations.cell,
      output: activations.cell,
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
   * import { GRU, tensor } from 'cellgate';
   *
   * const gru = new GRU({ inputSize: 2, hiddenSize: 3 });
   * const x = tensor(new Float32Array(2 * 5 * 2).fill(0.5), [2, 5, 2]);
   * const first = gru.forward(x, { lengths: [5, 3] });
   * console.log(gru.forward(x, { state: first.state }).output.shape); // [ 2, 5, 3 ]
   * ```
   */
  forward<S extends Shape, TimeMajor extends boolean = false, HS extends Shape = Shape>(
    x: SequenceInput<'gru.forward', S, In, TimeMajor>,
    options?: ForwardOptions<StateArgument<'gru.forward', HS, BatchOf<S, TimeMajor>, Hidden>, TimeMajor>,
  ): ForwardResult<
    [...Lead<S>, OutputSize<Hidden, Bidirectional>],
    HiddenState<BatchOf<S, TimeMajor>, Hidden>
  >;
  forward(x: unknown, options?: unknown): unknown {
    return this.run(x, options);
  }

  /**
   * As {@link forward}, with every gate, candidate and hidden value of every layer, direction and step. Takes memory
   * for all of them; `forward` does not pay for it.
   *
   * @returns what `forward` gives, and `layers[l]`, whose `reverse` holds the second direction in the order of x's time
   * @throws CellgateError as `forward`
   *
   * @example
   * ```ts
   * import { GRU, tensor } from 'cellgate';
   *
   * const { layers } = new GRU({ inputSize: 1, hiddenSize: 2 }).trace(tensor([[[1], [2], [3]]]));
   * // How much of the old state each step keeps.
   * console.log(layers[0]?.update.toArray());
   * ```
   */
  trace<S extends Shape, TimeMajor extends boolean = false, HS extends Shape = Shape>(
    x: SequenceInput<'gru.trace', S, In, TimeMajor>,
    options?: ForwardOptions<StateArgument<'gru.trace', HS, BatchOf<S, TimeMajor>, Hidden>, TimeMajor>,
  ): TraceResult<
    [...Lead<S>, OutputSize<Hidden, Bidirectional>],
    HiddenState<BatchOf<S, TimeMajor>, Hidden>,
    GRUSteps<Lead<S>, Hidden>,
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
   * import { GRU, tensor } from 'cellgate';
   *
   * const gru = new GRU({ inputSize: 2, hiddenSize: 3 });
   * const x = tensor(new Float32Array(5 * 2).fill(0.5), [1, 5, 2]);
   * const ones = tensor(new Float32Array(5 * 3).fill(1), [1, 5, 3]);
   * const gradients = gru.backward(x, ones); // of the sum of all outputs
   * console.log(gradients.x.shape, gradients.state.h.shape); // [ 1, 5, 2 ] [ 1, 1, 3 ]
   * ```
   */
  backward<S extends Shape, TimeMajor extends boolean = false, HS extends Shape = Shape>(
    x: SequenceInput<'gru.backward', S, In, TimeMajor>,
    outputGradient: Tensor,
    options?: BackwardOptions<StateArgument<'gru.backward', HS, BatchOf<S, TimeMajor>, Hidden>, TimeMajor>,
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
   * import { GRU } from 'cellgate';
   *
   * const stream = new GRU({ inputSize: 2, hiddenSize: 3 }).stream({ batch: 4 });
   * console.log(stream.step(new Float32Array(4 * 2)).length); // 12
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
   * import { GRU } from 'cellgate';
   *
   * using pool = new GRU({ inputSize: 2, hiddenSize: 3 }).streamPool();
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

/** A GRU of these sizes, as `new GRU` makes it; without type arguments, any GRU. */
export interface GRU<
  In extends number = AnySize,
  Hidden extends number = AnySize,
  Bidirectional extends boolean = AnySize,
  ReturnSequences extends boolean = AnySize,
> extends GRULayer<In, Hidden, Bidirectional, ReturnSequences> {}

/** Makes a {@link GRU}. */
export interface GRUConstructor {
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
    options: GRUOptions<In, Hidden, Bidirectional, ReturnSequences>,
  ): GRU<In, Hidden, Bidirectional, ReturnSequences>;
  readonly prototype: GRU;
}

/**
 * Gated recurrent unit, one or more layers. It remembers nothing between calls: state goes in and comes out.
 *
 * With `[h, x]` as concatenation and `*` element by element:
 *
 * ```text
 * r(t) = σ(W_r [h(t-1), x(t)] + b_r)        z(t) = σ(W_z [h(t-1), x(t)] + b_z)
 * resetAfter: true    n(t) = tanh(W_n x(t) + b_n + r(t) * (U_n h(t-1) + c_n))
 * resetAfter: false   n(t) = tanh(W_n x(t) + b_n + U_n (r(t) * h(t-1)) + c_n)
 * updateGate: 'keep'  h(t) = (1 - z(t)) * n(t) + z(t) * h(t-1)
 * updateGate: 'write' h(t) = (1 - z(t)) * h(t-1) + z(t) * n(t)
 * ```
 *
 * Sources: Cho et al. 2014; `'write'`, Chung et al. 2014; `resetAfter`, cuDNN and PyTorch.
 *
 * Parameters have PyTorch's names and layouts: `weight_ih_l0` `[3 * hiddenSize, inputSize]` with rows r, z, n,
 * `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, and so on with `_l1` and `_reverse`. They begin as in PyTorch, uniform
 * within 1 / sqrt(hiddenSize), or as `initializer` says.
 *
 * @example
 * ```ts
 * import { GRU, tensor } from 'cellgate';
 *
 * const gru = new GRU({ inputSize: 40, hiddenSize: 128, bidirectional: true });
 * const { output, state } = gru.forward(tensor(new Float32Array(8 * 10 * 40), [8, 10, 40]));
 * console.log(output.shape, state.h.shape); // [ 8, 10, 256 ] [ 2, 8, 128 ]
 * gru.dispose();
 * ```
 *
 * @class
 */
export const GRU: GRUConstructor = GRULayer;
