/** What every layer and model that can learn has. */

import { allocate } from '../buffers.js';
import { countAll, dictOf, internals, Module, type StateDict } from '../module.js';
import { networkOf } from '../network.js';
import { anything, readOptions } from '../options.js';
import type { Shape } from '../shape-types.js';
import type { Tensor } from '../tensor.js';
import { openTrainer } from './config.js';
import { NO_LOSS } from './loss.js';
import { type InputGradients, Passes, passReaders } from './passes.js';
import { Trainer, type TrainerOptions } from './trainer.js';

/** What `backward` gives: the output, and the gradients of the parameters. */
export interface Gradients<Output extends Shape = Shape> {
  /** What `forward` or `predict` gives. */
  readonly output: Tensor<Output>;
  /** By each parameter, under its name. */
  readonly parameters: StateDict;
}

/** The same with the gradient of an input that is no ids. */
export interface LayerGradients<Output extends Shape = Shape, Input extends Shape = Shape>
  extends Gradients<Output> {
  /** By x. */
  readonly x: Tensor<Input>;
}

/** The same of a recurrent layer. */
export interface RecurrentGradients<Output extends Shape, Input extends Shape, State>
  extends LayerGradients<Output, Input> {
  /** By the initial state. */
  readonly state: State;
}

/** Base of the layers and models that have parameters. */
export abstract class Trainable extends Module {
  /**
   * Opens a trainer: for loops and losses of one's own.
   *
   * @throws CellgateError `value` for options; `memory`; `disposed` after `dispose()`
   *
   * @example
   * ```ts
   * import { GRU, tensor } from 'cellgate';
   *
   * const gru = new GRU({ inputSize: 1, hiddenSize: 2 });
   * using trainer = gru.trainer({ loss: 'mae', optimizer: { kind: 'sgd', lr: 0.1, momentum: 0.9 } });
   * const { loss } = trainer.step(tensor([[[1], [2]]]), tensor([[[0, 0.1], [0.2, 0.3]]]));
   * console.log(loss > 0); // true
   * ```
   */
  trainer(options?: TrainerOptions): Trainer {
    return new Trainer(this, options);
  }

  /** @internal Forward without dropout, and back. */
  protected runBackward(x: unknown, outputGradient: unknown, options?: unknown): Gradients & InputGradients {
    const { info, handle } = internals(this);
    const where = `${info.name}.backward`;
    const parameters = handle.call(where, (raw) => raw.parameters());
    const network = networkOf(info);
    const own = network.layout ? { stateGradient: anything } : {};
    const given = readOptions(where, options, { ...passReaders(network), ...own });
    const trainer = openTrainer(where, this, NO_LOSS);
    try {
      const passes = new Passes(network, trainer);
      const output = passes.forward(where, x, { ...given, training: false });
      const gradients = passes.backward(where, outputGradient, given.stateGradient);
      const values = allocate(where, 'the gradients', countAll(parameters));
      trainer.call(where, (raw) => raw.getGradients(values));
      return { output, ...gradients, parameters: dictOf(parameters, values) };
    } finally {
      trainer.close();
    }
  }
}
