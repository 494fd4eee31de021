/** The dropout layer. */

import { apply, internals, Module } from './module.js';
import { real } from './options.js';
import type { Shape } from './shape-types.js';
import { checkTensor, type Tensor } from './tensor.js';

/**
 * Drops values at random in training; hands on a copy of its input otherwise. No parameters.
 * Source: Srivastava et al. 2014, scaled in training as PyTorch does.
 *
 * @example
 * ```ts
 * import { Dropout, tensor } from 'cellgate';
 *
 * console.log(new Dropout(0.2).forward(tensor([1, 2, 3])).toArray()); // [ 1, 2, 3 ]
 * ```
 */
export class Dropout extends Module {
  readonly kind = 'Dropout';
  /** Share of the values that training drops. */
  readonly p: number;

  /**
   * @param p share of the values that training drops, from 0 to below 1
   * @throws CellgateError `value` for p, `backend` or `uninitialized` if there is no backend
   */
  constructor(p: number) {
    const share = real()('dropout', 'p', p);
    super({ kind: 'Dropout', name: 'dropout', options: { p: share } }, (backend) => backend.dropout(share));
    this.p = share;
  }

  /**
   * @param x any shape
   * @returns a copy
   * @throws CellgateError `dtype` for other tensors, `disposed` after `dispose()`
   */
  forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    const where = 'dropout.forward';
    const { handle } = internals(this);
    handle.open(where);
    checkTensor(where, 'x', x, 'float32');
    return apply(handle, where, x, [...x.shape] as Shape as S);
  }
}
