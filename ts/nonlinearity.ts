/** An activation as a layer. */

import { apply, internals, Module } from './module.js';
import { type Activation, activation as activationReader, plain } from './options.js';
import type { Shape } from './shape-types.js';
import { checkTensor, type Tensor } from './tensor.js';

/** An {@link Activation} of every value, or `'softmax'` of every row: `exp(x) / sum exp(x)` along the last axis. */
export type NonlinearityKind = Activation | 'softmax';

const readers = { activation: activationReader(undefined, ['softmax']) };

/**
 * An activation of every value, or the softmax of every row, behind other layers of a model. No parameters.
 *
 * The losses `crossEntropy` and `binaryCrossEntropy` take what comes before a softmax or sigmoid; with them, train without it.
 *
 * @example
 * ```ts
 * import { Nonlinearity, tensor } from 'cellgate';
 *
 * console.log(new Nonlinearity('relu').forward(tensor([-1, 2])).toArray()); // [ 0, 2 ]
 * console.log(new Nonlinearity('softmax').forward(tensor([[0, 0]])).toArray()); // [ [ 0.5, 0.5 ] ]
 * ```
 */
export class Nonlinearity extends Module {
  readonly kind = 'Nonlinearity';
  /** Which one. */
  readonly activation: NonlinearityKind;

  /**
   * @param activation `'sigmoid'`, `'tanh'`, `'relu'`, another {@link Activation} or `'softmax'`
   * @throws CellgateError `value` for any other, `backend` or `uninitialized` if there is no backend
   */
  constructor(activation: NonlinearityKind) {
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
