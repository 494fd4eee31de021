/** The fully connected layer. */

import { apply, internals } from './module.js';
import { flag, initializer, natural, plain, readOptions, size } from './options.js';
import type { AnySize, CheckedLast, Shape, WithLast } from './shape-types.js';
import { checkTensor, type Tensor } from './tensor.js';
import { type LayerGradients, Trainable } from './training/trainable.js';

/** Options of {@link Linear}. Sizes are integers from 1 to 2^32 - 1 that fit into memory. */
export interface LinearOptions<In extends number = number, Out extends number = number> {
  /** Values in. */
  inputSize: In;
  /** Values out. */
  outputSize: Out;
  /** A bias vector; true if left out. */
  bias?: boolean | undefined;
  /** Seed of the initial weights, an integer from 0; 0 if left out. */
  seed?: number | undefined;
  /**
   * Initial weights: `'torch'` uniform within 1 / sqrt(inputSize); `'keras'` Glorot uniform, bias zero. `'torch'` if left
   * out.
   */
  initializer?: 'torch' | 'keras' | undefined;
}

const readers = { inputSize: size(), outputSize: size(), bias: flag(true), seed: natural(0), initializer };

/**
 * Fully connected layer, `y = W x + b`. Parameters `weight` `[outputSize, inputSize]` and `bias` `[outputSize]`, which
 * begin as in PyTorch, uniform within 1 / sqrt(inputSize), or as `initializer` says.
 *
 * @example
 * ```ts
 * import { Linear, tensor } from 'cellgate';
 *
 * const linear = new Linear({ inputSize: 2, outputSize: 1 });
 * linear.loadStateDict({ weight: tensor([[2, 3]]), bias: tensor([1]) });
 * console.log(linear.forward(tensor([[1, 1], [0, 2]])).toArray()); // [ [ 6 ], [ 7 ] ]
 * ```
 */
export class Linear<In extends number = AnySize, Out extends number = AnySize> extends Trainable {
  readonly kind = 'Linear';
  /** Values in. */
  readonly inputSize: In;
  /** Values out. */
  readonly outputSize: Out;

  /**
   * @throws CellgateError `value` for unknown options and values out of range, `memory` if the weights do not fit,
   * `backend` or `uninitialized` if there is no backend
   */
  constructor(options: LinearOptions<In, Out>) {
    const given = readOptions('linear', options, readers);
    const { inputSize, outputSize, bias, seed } = given;
    const info = {
      kind: 'Linear',
      name: 'linear',
      dtype: 'float32',
      inputSize,
      outputSize,
      options: plain(options, readers),
    } as const;
    super(info, (backend) => backend.linear(inputSize, outputSize, bias, seed, given.initializer));
    this.inputSize = options.inputSize;
    this.outputSize = options.outputSize;
  }

  /**
   * @param x `[..., inputSize]`, one axis or more
   * @returns `[..., outputSize]`
   * @throws CellgateError `shape`, `dtype` for x; `memory` if the output does not fit; `disposed` after `dispose()`
   */
  forward<S extends Shape>(x: CheckedLast<Tensor<S>, S, 'linear.forward: x', In>): Tensor<WithLast<S, Out>>;
  forward(x: unknown): Tensor {
    const where = 'linear.forward';
    const { handle } = internals(this);
    handle.open(where);
    checkTensor(where, 'x', x, 'float32');
    return apply(handle, where, x, [...x.shape.slice(0, -1), this.outputSize]);
  }

  /**
   * Forward and back.
   *
   * @param x `[..., inputSize]`, one axis or more
   * @param outputGradient derivative of a loss by the output, `[..., outputSize]`
   * @returns the output, and the derivatives by x and by the parameters
   * @throws CellgateError `shape`, `dtype` for arguments; `memory`; `disposed` after `dispose()`
   *
   * @example
   * ```ts
   * import { Linear, tensor } from 'cellgate';
   *
   * const linear = new Linear({ inputSize: 2, outputSize: 1 });
   * const { parameters } = linear.backward(tensor([[1, 2], [3, 4]]), tensor([[1], [10]]));
   * console.log(parameters.weight?.toArray(), parameters.bias?.toArray()); // [ [ 31, 42 ] ] [ 11 ]
   * ```
   */
  backward<S extends Shape>(
    x: CheckedLast<Tensor<S>, S, 'linear.backward: x', In>,
    outputGradient: Tensor,
  ): LayerGradients<WithLast<S, Out>, S>;
  backward(x: unknown, outputGradient: unknown): unknown {
    return this.runBackward(x, outputGradient);
  }
}
