/** Layer normalisation. */

import { apply, internals } from './module.js';
import { plain, positive, readOptions, size } from './options.js';
import type { AnySize, CheckedLast, Shape } from './shape-types.js';
import { checkTensor, type Tensor } from './tensor.js';
import { type LayerGradients, Trainable } from './training/trainable.js';

/** Options of {@link LayerNorm}. */
export interface LayerNormOptions<Size extends number = number> {
  /** Values of a row, an integer from 1 to 2^32 - 1. */
  size: Size;
  /** Added to the variance, above 0; 1e-5 if left out, as in PyTorch. Keras has 1e-3. */
  epsilon?: number | undefined;
}

const readers = { size: size(), epsilon: positive(1e-5) };

/**
 * Normalises every row to mean 0 and variance 1, then scales and shifts it:
 * `y = (x - mean) / sqrt(variance + epsilon) * weight + bias`. Source: Ba, Kiros & Hinton 2016.
 *
 * Parameters are PyTorch's `weight` and `bias` `[size]`, which begin as ones and zeros.
 *
 * @example
 * ```ts
 * import { LayerNorm, tensor } from 'cellgate';
 *
 * const { data } = new LayerNorm({ size: 2 }).forward(tensor([[1, 3]]));
 * console.log(...Array.from(data, (value) => value.toFixed(3))); // -1.000 1.000
 * ```
 */
export class LayerNorm<Size extends number = AnySize> extends Trainable {
  readonly kind = 'LayerNorm';
  /** Values of a row. */
  readonly size: Size;

  /**
   * @throws CellgateError `value` for unknown options and values out of range, `memory` if the weights do not fit,
   * `backend` or `uninitialized` if there is no backend
   */
  constructor(options: LayerNormOptions<Size>) {
    const name = 'layerNorm';
    const { size: width, epsilon } = readOptions(name, options, readers);
    const sizes = { dtype: 'float32', inputSize: width, outputSize: width } as const;
    super({ kind: 'LayerNorm', name, ...sizes, options: plain(options, readers) }, (backend) =>
      backend.layerNorm(width, epsilon),
    );
    this.size = options.size;
  }

  /**
   * @param x `[..., size]`
   * @returns the same shape
   * @throws CellgateError `shape`, `dtype` for x; `memory` if the output does not fit; `disposed` after `dispose()`
   */
  forward<S extends Shape>(x: CheckedLast<Tensor<S>, S, 'layerNorm.forward: x', Size>): Tensor<S>;
  forward(x: unknown): Tensor {
    const where = 'layerNorm.forward';
    const { handle } = internals(this);
    handle.open(where);
    checkTensor(where, 'x', x, 'float32');
    return apply(handle, where, x, [...x.shape]);
  }

  /**
   * Forward, and back.
   *
   * @param x `[..., size]`
   * @param outputGradient derivative of a loss by the output, of its shape
   * @returns the output, and the derivatives by x and by the parameters
   * @throws CellgateError as {@link forward}; `shape`, `dtype` for the gradient
   *
   * @example
   * ```ts
   * import { LayerNorm, tensor } from 'cellgate';
   *
   * const { parameters } = new LayerNorm({ size: 2 }).backward(tensor([[1, 3]]), tensor([[1, 1]]));
   * console.log(parameters['bias']!.toArray()); // [ 1, 1 ]
   * ```
   */
  backward<S extends Shape>(
    x: CheckedLast<Tensor<S>, S, 'layerNorm.backward: x', Size>,
    outputGradient: Tensor,
  ): LayerGradients<S, S>;
  backward(x: unknown, outputGradient: unknown): unknown {
    return this.runBackward(x, outputGradient);
  }
}
