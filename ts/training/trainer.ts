/** Training by hand: for those who write their own loop or loss. */

import type { RawTrainer } from '../backend/raw.js';
import { allocate, type DType } from '../buffers.js';
import { fail } from '../errors.js';
import type { Handle } from '../handle.js';
import {
  countAll,
  dictOf,
  internals,
  type Module,
  type StateDict,
  type StateDictLike,
  valuesOf,
} from '../module.js';
import { type Network, networkOf } from '../network.js';
import { anything, flag, optional, rate, readOptions } from '../options.js';
import type { Shape } from '../shape-types.js';
import type { RecurrentState } from '../state.js';
import type { Tensor } from '../tensor.js';
import { checkCarry } from './batches.js';
import { openTrainer, type UpdateOptions, updateReaders } from './config.js';
import { checkRows, readData, type Samples } from './data.js';
import type { Evaluation } from './history.js';
import { hasAccuracy, type Loss, lossReader, NO_LOSS, type RawLoss } from './loss.js';
import { type InputGradients, Passes, passReaders } from './passes.js';
import { count, meanOf, type Tally } from './tally.js';

/** Options of `trainer()`. */
export interface TrainerOptions extends UpdateOptions {
  /** What `step` and `evaluate` make of outputs and targets; may be left out if they are not used. */
  loss?: Loss | undefined;
}

/** Options of {@link Trainer.step}. */
export interface StepOptions {
  /** Length of each sequence, integers from 0 to time; all full if left out. */
  lengths?: readonly number[] | undefined;
  /** Weight of each sequence, `[batch]`, or of each output row, `[batch, time]`; numbers from 0, 1 if left out. */
  weights?: Tensor | undefined;
  /** Begin from the state that the last call left behind, with a batch of the same size; false if left out. */
  carry?: boolean | undefined;
}

/** What {@link Trainer.step} gives. */
export interface StepReport extends Omit<Evaluation, 'metrics'> {
  /** Norm of the gradient over all parameters, before clipping. */
  norm: number;
}

/** Options of {@link Trainer.forward}. */
export interface PassOptions {
  /** As in `step`. */
  lengths?: readonly number[] | undefined;
  /** Of a recurrent layer by itself: where to begin; zeros if left out. */
  state?: RecurrentState | undefined;
  /** Of a recurrent layer by itself: whether x is `[time, batch, inputSize]`; false if left out. */
  timeMajor?: boolean | undefined;
  /** Whether dropout acts; true if left out. */
  training?: boolean | undefined;
}

const stepReaders = { lengths: anything, weights: anything, carry: flag(false) };

/**
 * A model or layer in training, step by step. It has a copy of the weights, with which it goes on; the model gets them
 * after every `step` and `update`. What is loaded into the model meanwhile is overwritten.
 *
 * A recurrent layer by itself is trained on all of its steps.
 *
 * @example
 * ```ts
 * import { Linear, LSTM, Sequential, tensor } from 'cellgate';
 *
 * const model = new Sequential([
 *   new LSTM({ inputSize: 1, hiddenSize: 8 }),
 *   new Linear({ inputSize: 8, outputSize: 1 }),
 * ]);
 * const x = tensor([[[0.1], [0.2]], [[0.3], [0.4]]]);
 * const trainer = model.trainer({ loss: 'mse', optimizer: { kind: 'adam', lr: 0.01 } });
 * for (let step = 0; step < 100; step++) trainer.step(x, tensor([[0.3], [0.7]]));
 *
 * // The same with a loss of one's own, mean |y - target|^3.
 * const y = trainer.forward(x);
 * const gradient = y.data.map((value, index) => {
 *   const error = value - [0.3, 0.7][index]!;
 *   return (3 * error * Math.abs(error)) / y.data.length;
 * });
 * trainer.backward(tensor(gradient, y.shape));
 * console.log(Object.keys(trainer.gradients()).length); // 6
 * trainer.update();
 * trainer.dispose();
 * ```
 */
export class Trainer {
  readonly #name: string;
  readonly #model: Module;
  readonly #network: Network;
  readonly #loss: RawLoss | undefined;
  readonly #handle: Handle<RawTrainer>;
  readonly #passes: Passes;
  readonly #values: Float32Array<ArrayBuffer>;
  #lr: number;

  /** @internal */
  constructor(model: Module, options: unknown) {
    const { info, handle } = internals(model);
    const where = `${info.name}.trainer`;
    const parameters = handle.call(where, (raw) => raw.parameters());
    const given = readOptions(where, options, { ...updateReaders, loss: optional(lossReader) });
    this.#name = where;
    this.#model = model;
    this.#network = networkOf(info);
    this.#loss = given.loss;
    this.#handle = openTrainer(where, model, given.loss ?? NO_LOSS, given);
    this.#lr = given.optimizer.lr;
    this.#passes = new Passes(this.#network, this.#handle);
    this.#values = allocate(where, 'parameters', countAll(parameters));
  }

  /**
   * The learning rate, which the next update takes; a finite number from 0.
   * @throws CellgateError `value` for any other
   */
  get lr(): number {
    return this.#lr;
  }

  set lr(lr: number) {
    this.#lr = rate()(`${this.#name}.lr`, 'lr', lr);
  }

  /**
   * One update: forward, loss, backward, clip, optimiser, in one crossing.
   *
   * @param x as `predict` or `forward` takes it
   * @param y as in `fit`
   * @returns the loss before the update, the norm of its gradient and, for losses of classes, the share of right rows
   * @throws CellgateError `shape`, `dtype`, `value` for arguments; `unsupported` for `carry` where a layer reads from the
   * end; `diverged` for a loss, gradient or updated weight that is not finite, with all weights and the carried state as they
   * were; `disposed`
   *
   * @example
   * ```ts
   * import { LSTM, tensor } from 'cellgate';
   *
   * // A stream without end, four steps at a time: the state goes on, the gradient does not.
   * using trainer = new LSTM({ inputSize: 1, hiddenSize: 1 }).trainer({ loss: 'mse' });
   * for (let part = 0; part < 3; part++) {
   *   const x = tensor([[[part], [part + 0.25], [part + 0.5], [part + 0.75]]]);
   *   const { loss } = trainer.step(x, tensor(x.data.map(Math.sin), [1, 4, 1]), { carry: true });
   *   console.log(loss < 2); // true
   * }
   * ```
   */
  step(x: Tensor<Shape, DType>, y: Tensor<Shape, DType>, options?: StepOptions): StepReport {
    const where = `${this.#name}.step`;
    internals(this.#model).handle.open(where);
    const { loss, call } = this.#batch(where, x, y, options);
    const report = this.#handle.call(where, (raw) => raw.step(...call, this.#lr));
    this.#publish(where);
    return { ...measured(loss, report), norm: report[3] as number };
  }

  /**
   * The loss without an update and without dropout.
   * @throws CellgateError as {@link step}
   */
  evaluate(x: Tensor<Shape, DType>, y: Tensor<Shape, DType>, options?: StepOptions): Evaluation {
    const where = `${this.#name}.evaluate`;
    const { loss, call } = this.#batch(where, x, y, options);
    const report = this.#handle.call(where, (raw) => raw.evaluate(...call));
    return measured(loss, report);
  }

  #batch(
    where: string,
    x: unknown,
    y: unknown,
    options: unknown,
  ): { loss: RawLoss; call: Parameters<RawTrainer['evaluate']> } {
    this.#handle.open(where);
    const loss = this.#loss ?? fail('value', where, 'loss must have been given to trainer()', 'undefined');
    const { carry, ...rest } = readOptions(where, options, stepReaders);
    const samples: Samples = readData(where, 'data', { x, y, ...rest }, this.#network, loss);
    checkRows(where, 'y', samples);
    if (carry) checkCarry(where, 'carry', this.#network);
    const { lengths, weights } = samples;
    const dims = samples.x.shape as number[];
    return { loss, call: [where, samples.x.data, dims, lengths, samples.y.data, weights, carry] };
  }

  /**
   * The output for a batch; keeps what {@link backward} needs.
   * @throws CellgateError as `predict` or `forward`
   */
  forward(x: Tensor<Shape, DType>, options?: PassOptions): Tensor {
    const where = `${this.#name}.forward`;
    const readers = { ...passReaders(this.#network), training: flag(true) };
    return this.#passes.forward(where, x, readOptions(where, options, readers));
  }

  /**
   * The way back of the last {@link forward}: replaces the gradients of all parameters.
   *
   * @param outputGradient derivative of the loss by the output, of its shape
   * @param options `stateGradient`: of a recurrent layer by itself, derivative by its final state; zeros if left out
   * @returns the derivatives by x (absent for ids) and, of a recurrent layer, by the initial state
   * @throws CellgateError `value` without a `forward` before; `shape`, `dtype`, `state` for arguments; `disposed`
   */
  backward(outputGradient: Tensor, options?: { stateGradient?: RecurrentState | undefined }): InputGradients {
    const where = `${this.#name}.backward`;
    const { stateGradient } = readOptions(where, options, { stateGradient: anything });
    return this.#passes.backward(where, outputGradient, stateGradient);
  }

  /**
   * Copies of the gradients of the last {@link step} or {@link backward}, by name of the parameter; after an update, as it
   * has clipped them.
   * @throws CellgateError `disposed`
   */
  gradients(): StateDict {
    const where = `${this.#name}.gradients`;
    const parameters = internals(this.#model).handle.call(where, (raw) => raw.parameters());
    this.#handle.call(where, (raw) => raw.getGradients(this.#values));
    return dictOf(parameters, this.#values);
  }

  /**
   * Clips the gradients and steps with them.
   *
   * @param gradients to take in place of those of the last {@link backward}: one for each parameter
   * @returns their norm over all parameters, before clipping
   * @throws CellgateError `parameters` for gradients that are missing or do not fit; `diverged` for gradients that are not
   * finite, with all weights as they were; `disposed`
   *
   * @example
   * ```ts
   * import { Linear, tensor } from 'cellgate';
   *
   * // The mean of the gradients of two batches, as if they were one.
   * const linear = new Linear({ inputSize: 1, outputSize: 1, bias: false });
   * using trainer = linear.trainer({ optimizer: 'sgd' });
   * let sum = 0;
   * for (const value of [1, 2]) {
   *   const y = trainer.forward(tensor([[value]]));
   *   trainer.backward(y);
   *   sum += trainer.gradients().weight!.data[0]!;
   * }
   * const { norm } = trainer.update({ weight: tensor([[sum / 2]]) });
   * console.log(Math.abs(norm - Math.abs(sum) / 2) < 1e-6); // true
   * ```
   */
  update(gradients?: StateDictLike): { norm: number } {
    const where = `${this.#name}.update`;
    const parameters = internals(this.#model).handle.call(where, (raw) => raw.parameters());
    const values = gradients === undefined ? undefined : valuesOf(where, parameters, gradients);
    const norm = this.#handle.call(where, (raw) => {
      if (values) raw.setGradients(where, values);
      return raw.update(where, this.#lr);
    });
    this.#publish(where);
    return { norm };
  }

  /**
   * Puts the state that `carry` goes on from to zeros.
   * @throws CellgateError `disposed`
   */
  reset(): void {
    this.#handle.call(`${this.#name}.reset`, (raw) => raw.forget());
  }

  #publish(where: string): void {
    internals(this.#model).handle.open(where);
    this.#handle.call(where, (raw) => raw.publish(where));
  }

  /** Whether `dispose()` was called. */
  get disposed(): boolean {
    return !this.#handle.isOpen;
  }

  /** Frees the trainer, not its model. Every later call but this one throws a CellgateError `disposed`. */
  dispose(): void {
    this.#handle.close();
  }

  /** The same as `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function measured(loss: RawLoss, report: ArrayLike<number>): Evaluation {
  const tally: Tally = [0, 0, 0];
  count(tally, report);
  return meanOf(tally, hasAccuracy(loss));
}
