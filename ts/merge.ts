/** What makes one of two directions. */

import { apply, internals, Module } from './module.js';
import { oneOf, plain, readOptions, size } from './options.js';
import type { AnySize } from './shape-types.js';
import { checkTensor, type Tensor } from './tensor.js';

/** Options of {@link Merge}. */
export interface MergeOptions<In extends number = number> {
  /** Values in, an even number: those of both directions side by side. */
  inputSize: In;
  /** What becomes of a value of each half. */
  mode: 'sum' | 'average' | 'product';
}

const readers = { inputSize: size(), mode: oneOf(['sum', 'average', 'product']) };

/**
 * Makes one of the two halves of every row, such as the directions of a bidirectional layer, of which there is half as much
 * behind it. No parameters.
 *
 * @example
 * ```ts
 * import { Merge, tensor } from 'cellgate';
 *
 * const merge = new Merge({ inputSize: 4, mode: 'sum' });
 * console.log(merge.forward(tensor([[1, 2, 10, 20]])).toArray()); // [ [ 11, 22 ] ]
 * ```
 */
export class Merge<In extends number = AnySize> extends Module {
  readonly kind = 'Merge';
  /** Values in. */
  readonly inputSize: In;
  /** Values out: half as many. */
  readonly outputSize: number;

  /**
   * @throws CellgateError `value` for unknown options, values out of range and odd sizes, `backend` or `uninitialized` if there
   * is no backend
   */
  constructor(options: MergeOptions<In>) {
    const name = 'merge';
    const { inputSize, mode } = readOptions(name, options, readers);
    const sizes = { dtype: 'float32', inputSize, outputSize: Math.floor(inputSize / 2) } as const;
    super({ kind: 'Merge', name, ...sizes, options: plain(options, readers) }, (backend) =>
      backend.merge(inputSize, mode),
    );
    this.inputSize = options.inputSize;
    this.outputSize = sizes.outputSize;
  }

  /**
   * @param x `[..., inputSize]`
   * @returns `[..., outputSize]`
   * @throws CellgateError `shape`, `dtype` for x; `memory` if the output does not fit; `disposed` after `dispose()`
   */
  forward(x: Tensor): Tensor {
    const where = 'merge.forward';
    const { handle } = internals(this);
    handle.open(where);
    checkTensor(where, 'x', x, 'float32');
    return apply(handle, where, x, [...x.shape.slice(0, -1), this.outputSize]);
  }
}
