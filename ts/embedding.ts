/** The table of vectors by id. */

import { apply, internals } from './module.js';
import { initializer, natural, optional, plain, readOptions, size } from './options.js';
import type { AnySize, Shape } from './shape-types.js';
import { checkTensor, type Tensor } from './tensor.js';
import { type Gradients, Trainable } from './training/trainable.js';

/** Options of {@link Embedding}. Sizes are integers from 1 to 2^32 - 1 that fit into memory. */
export interface EmbeddingOptions<Vocabulary extends number = number, Size extends number = number> {
  /** How many ids there are. */
  vocabularySize: Vocabulary;
  /** Values per id. */
  size: Size;
  /** The id whose vector begins as zeros, from 0 to vocabularySize - 1; none if left out. */
  padding?: number | undefined;
  /** Seed of the initial vectors, an integer from 0; 0 if left out. */
  seed?: number | undefined;
  /**
   * Initial vectors: `'torch'` normally distributed with deviation 1; `'keras'` uniform within 0.05. `'torch'` if left
   * out.
   */
  initializer?: 'torch' | 'keras' | undefined;
}

const NO_PADDING = -1;

const readers = {
  vocabularySize: size(),
  size: size(),
  padding: optional(natural()),
  seed: natural(0),
  initializer,
};

/**
 * Table of vectors by id. Parameter `weight` `[vocabularySize, size]`, which begins as in PyTorch, normally distributed
 * with deviation 1 (or as `initializer` says), zeros in the row of `padding`.
 *
 * @example
 * ```ts
 * import { Embedding, tensor } from 'cellgate';
 *
 * const embedding = new Embedding({ vocabularySize: 100, size: 8, padding: 0 });
 * const ids = tensor([[5, 17, 0]], undefined, 'int32');
 * console.log(embedding.forward(ids).shape); // [ 1, 3, 8 ]
 * ```
 */
export class Embedding<Vocabulary extends number = AnySize, Size extends number = AnySize> extends Trainable {
  readonly kind = 'Embedding';
  /** How many ids there are. */
  readonly vocabularySize: Vocabulary;
  /** Values per id. */
  readonly outputSize: Size;

  /**
   * @throws CellgateError `value` for unknown options and values out of range, `memory` if the table does not fit,
   * `backend` or `uninitialized` if there is no backend
   */
  constructor(options: EmbeddingOptions<Vocabulary, Size>) {
    const given = readOptions('embedding', options, readers);
    const { vocabularySize, padding = NO_PADDING, seed } = given;
    const info = {
      kind: 'Embedding',
      name: 'embedding',
      dtype: 'int32',
      inputSize: 1,
      outputSize: given.size,
      vocabularySize,
      options: plain(options, readers),
    } as const;
    super(info, (backend) => backend.embedding(vocabularySize, given.size, padding, seed, given.initializer));
    this.vocabularySize = options.vocabularySize;
    this.outputSize = options.size;
  }

  /**
   * @param ids integers from 0 to vocabularySize - 1, of any shape
   * @returns their vectors, `[...ids.shape, size]`
   * @throws CellgateError `dtype` for other tensors; `value` for an id outside the vocabulary; `memory` if the
   * output does not fit; `disposed` after `dispose()`
   */
  forward<S extends Shape>(ids: Tensor<S, 'int32'>): Tensor<[...S, Size]> {
    const where = 'embedding.forward';
    const { handle } = internals(this);
    handle.open(where);
    checkTensor(where, 'ids', ids, 'int32');
    return apply(handle, where, ids, [...ids.shape, this.outputSize]);
  }

  /**
   * Forward and back. The vector of `padding` has no gradient.
   *
   * @param ids integers from 0 to vocabularySize - 1, of any shape
   * @param outputGradient derivative of a loss by the output, `[...ids.shape, size]`
   * @returns the output, and the derivatives by the parameters
   * @throws CellgateError `dtype`, `shape` for arguments; `value` for an id outside the vocabulary; `memory`; `disposed`
   */
  backward<S extends Shape>(ids: Tensor<S, 'int32'>, outputGradient: Tensor): Gradients<[...S, Size]>;
  backward(ids: unknown, outputGradient: unknown): unknown {
    return this.runBackward(ids, outputGradient);
  }
}
