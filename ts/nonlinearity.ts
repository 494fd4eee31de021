/** An activation as a layer. */

import { apply, internals, Module } from './module.js';
import { type Activation, activation as activationReader, plain } from './options.js';
import type { Shape } from './shape-types.js';
import { checkTensor, type Tensor } from './tensor.js';

const readers = { activation: activationReader() };

/**
 * An activation of every value, between other layers of a model. No parameters.
 *
 * @example
 * ```ts
 * import { Nonlinearity, tensor } from 'cellgate';
 *
 * console.log(new Nonlinearity('relu').forward(tensor([-1, 2])).toArray()); // [ 0, 2 ]
 * ```
 */
export class Nonlinearity extends Module {
  readonly kind = 'Nonlinearity';
  /** Which one. */
  readonly activation: Activation;

  /**
   * @param activation `'sigmoid'`, `'tanh'`, `'relu'` or another {@link Activation}
   * @throws CellgateError `value` for any other, `backend` or `uninitialized` if there is no backend
   */
  constructor(activation: Activation) {
    const name = 'nonlinearity';
    const raw = readers.activation(name, 'activation', activation);
    const info = { kind: 'Nonlinearity', name, options: plain({ activation }, readers) };
    super(info, (backend) => backend.nonlinearity(raw));
    this.activation = activation;
  }

  /**
   * @param x any shape
   * @returns its values through the activation
   * @throws CellgateError `dtype` for other tensors, `disposed` after `dispose()`
   */
  forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    const where = 'nonlinearity.forward';
    const { handle } = internals(this);
    handle.open(where);
    checkTensor(where, 'x', x, 'float32');
    return apply(handle, where, x, [...x.shape] as Shape as S);
  }
}
