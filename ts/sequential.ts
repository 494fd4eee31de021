/** Models: layers one after the other. */

import type { RawModule } from './backend/raw.js';
import { describe, fail } from './errors.js';
import { apply, countAll, internals, Module } from './module.js';
import { givesEveryStep, type Network, networkOf, outputShape, takesTime } from './network.js';
import { flag, readLengths, readOptions } from './options.js';
import { loadModel, saveModel } from './save.js';
import type { Chain, ModelDType, ModelInput, ModelOutput } from './sequential-types.js';
import type { AnySize, Shape } from './shape-types.js';
import type { RecurrentState } from './state.js';
import { openStream, type Stream, type StreamOptions } from './stream.js';
import { streamPlan } from './stream-plan.js';
import { openPool, type StreamPool, type StreamPoolOptions } from './stream-pool.js';
import { summaryTable } from './summary.js';
import { checkTensor, type Tensor } from './tensor.js';
import type { TrainingData } from './training/data.js';
import { evaluateModel } from './training/evaluate.js';
import { fitModel } from './training/fit.js';
import type { EvaluateOptions, FitOptions, ResumeOptions } from './training/fit-options.js';
import type { Evaluation, History } from './training/history.js';
import { type Gradients, type LayerGradients, Trainable } from './training/trainable.js';

/** Options of {@link Sequential.predict}. */
export interface PredictOptions {
  /** Length of each sequence, integers from 0 to time; all full if left out. Outputs past the end are 0. */
  lengths?: readonly number[] | undefined;
}

/** Options of {@link Sequential.save}. */
export interface SaveOptions {
  /** Whether to keep where training stands, of a model that was trained; true if left out. */
  training?: boolean | undefined;
}

const NAME = 'sequential';

function checkLayers(layers: unknown): readonly [Module, ...Module[]] {
  if (!Array.isArray(layers) || layers.length === 0) {
    fail('value', NAME, 'layers must be an array of layers, one or more', describe(layers));
  }
  const list: readonly unknown[] = layers;
  for (const [index, layer] of list.entries()) {
    if (!(layer instanceof Module) || layer instanceof Sequential) {
      fail('value', NAME, `layers[${index}] must be a layer`, describe(layer));
    }
    const { handle, backend } = internals(layer);
    handle.open(NAME);
    const first = internals(list[0] as Module).backend;
    if (backend !== first) {
      const expected = `layers[${index}] must be made by the backend of layers[0] = ${first.kind} ${first.isa}`;
      fail('backend', NAME, expected, `${backend.kind} ${backend.isa}`);
    }
  }
  return layers as unknown as readonly [Module, ...Module[]];
}

/**
 * Layers one after the other, of which each takes what the one before gives. It remembers nothing between calls.
 *
 * A recurrent layer hands on its last step (of each sequence's length; for a bidirectional one the last of both
 * directions), or every step if its option `returnSequences` is true or another recurrent layer or a convolution follows.
 * Behind a convolution there are as many steps as it has windows, for each sequence by its own length. The layers stay
 * usable by themselves and share their weights with the model.
 *
 * Parameters are named as in `torch.nn.Sequential`: `0.weight`, `1.weight_ih_l0`.
 *
 * @example
 * ```ts
 * import { Dropout, Embedding, Linear, LSTM, Sequential, tensor } from 'cellgate';
 *
 * const model = new Sequential([
 *   new Embedding({ vocabularySize: 50, size: 8 }),
 *   new LSTM({ inputSize: 8, hiddenSize: 16 }),
 *   new Dropout(0.2),
 *   new Linear({ inputSize: 16, outputSize: 3 }),
 * ]);
 * const ids = tensor([[1, 2, 3, 4], [5, 6, 0, 0]], undefined, 'int32');
 * console.log(model.predict(ids, { lengths: [4, 2] }).shape); // [ 2, 3 ]
 * console.log(model.summary());
 * model.dispose();
 * ```
 */
export class Sequential<const L extends readonly Module[] = AnySize> extends Trainable {
  readonly kind = 'Sequential';
  /** The layers, in order. */
  readonly layers: L;
  readonly #network: Network;

  /**
   * @param layers one or more layers, made by the same backend; literal sizes are checked by the compiler
   * @throws CellgateError `value` for anything but layers; `shape` for a layer that does not take what the one before
   * gives; `disposed` for a disposed layer; `backend` for layers of different backends
   */
  constructor(layers: Chain<L> extends true ? L : Chain<L>);
  constructor(layers: unknown) {
    const list = checkLayers(layers);
    const raws: RawModule[] = list.map((layer) => internals(layer).handle.open(NAME));
    super(
      { kind: 'Sequential', name: NAME, layers: list.map((layer) => internals(layer).info) },
      (backend) => backend.sequential(raws),
      internals(list[0]).backend,
    );
    this.layers = [...list] as readonly Module[] as L;
    this.#network = networkOf(internals(this).info);
  }

  /**
   * The model's output for a batch, as it is without training.
   *
   * @param x `[batch, time, inputSize]`; `[batch, time]` ids if the model begins with an Embedding; without a recurrent
   * layer or convolution any leading axes
   * @returns `[batch, outputSize]`, or `[batch, time, outputSize]` where every step is handed on
   * @throws CellgateError `shape`, `dtype` for x; `value` for lengths, options and ids; `memory` if the output does not
   * fit; `disposed` after `dispose()`
   */
  predict<S extends Shape>(x: ModelInput<L, S>, options?: PredictOptions): Tensor<ModelOutput<L, S>>;
  predict(x: unknown, options?: unknown): Tensor {
    const where = 'sequential.predict';
    const { handle } = internals(this);
    handle.open(where);
    checkTensor(where, 'x', x, this.#network.dtype);
    const { lengths } = readOptions(where, options, { lengths: readLengths });
    return apply(handle, where, x, outputShape(this.#network, x.shape), lengths);
  }

  /**
   * Opens a stream on the model: frame by frame, every frame's output, whatever `returnSequences` says.
   * Its `state` is a list with an entry per recurrent layer.
   *
   * @throws CellgateError `unsupported` if a layer is reverse or bidirectional, or a convolution of more than the step
   * at hand, or if no layer says how many values a frame has; `value` for the batch; `memory`; `disposed` after `dispose()`
   *
   * @example
   * ```ts
   * import { Linear, LSTM, Sequential } from 'cellgate';
   *
   * const model = new Sequential([
   *   new LSTM({ inputSize: 2, hiddenSize: 8 }),
   *   new Linear({ inputSize: 8, outputSize: 1 }),
   * ]);
   * const stream = model.stream();
   * console.log(stream.step(new Float32Array([0.5, 1])).length, stream.state.length); // 1 1
   * ```
   */
  stream(options?: StreamOptions): Stream<RecurrentState[], ModelDType<L>> {
    const { handle, info } = internals(this);
    return openStream(handle, streamPlan(info, 'stream'), options);
  }

  /**
   * Opens a pool of streams on the model that are stepped together, as {@link stream} gives them one by one.
   *
   * @throws CellgateError `unsupported` as {@link stream}; `value` for options; `disposed` after `dispose()`
   *
   * @example
   * ```ts
   * import { Embedding, GRU, Linear, Sequential } from 'cellgate';
   *
   * const model = new Sequential([
   *   new Embedding({ vocabularySize: 50, size: 8 }),
   *   new GRU({ inputSize: 8, hiddenSize: 16 }),
   *   new Linear({ inputSize: 16, outputSize: 3 }),
   * ]);
   * using pool = model.streamPool({ capacity: 100 });
   * const [a, b] = [pool.join(), pool.join()];
   * a.push(Int32Array.of(7));
   * b.push(Int32Array.of(42));
   * console.log(pool.step(), a.output.length); // 2 3
   * ```
   */
  streamPool(options?: StreamPoolOptions): StreamPool<RecurrentState[], ModelDType<L>> {
    const { handle, info } = internals(this);
    return openPool(handle, streamPlan(info, 'streamPool'), options);
  }

  /**
   * Trains the model. It may be used meanwhile, with the weights of the last epoch that has ended; natively other work goes
   * on beside, on WebAssembly it has its turn about every 10 ms. The data are read as long as it lasts, and not copied.
   *
   * The same model, data, options and seed give the same weights, bit by bit, on the same backend and instruction set.
   *
   * @param data x as `predict` takes it, with two or more axes of which the first counts the sequences; y, the output that
   * there should be, of its shape or, as classes, without its last axis; lengths and weights if there are any
   * @returns losses by epoch; with `stopped: 'aborted'` if the signal ended it, after the update at hand
   * @throws CellgateError (as a rejection) `value`, `shape`, `dtype` for data and options, all of which are checked before
   * anything changes; `unsupported` for `truncate` or `stateful` where a layer reads from the end or none is recurrent;
   * `diverged` for a loss or gradient that is not finite, with the weights of before that batch in the model; `busy` during
   * another `fit` of this model; `disposed` after `dispose()`, also if that comes during training; `memory`
   *
   * @example
   * ```ts
   * import { Linear, LSTM, Sequential, tensor } from 'cellgate';
   *
   * // The sum of a sequence of six numbers.
   * const model = new Sequential([
   *   new LSTM({ inputSize: 1, hiddenSize: 8 }),
   *   new Linear({ inputSize: 8, outputSize: 1 }),
   * ]);
   * const values = Float32Array.from({ length: 64 * 6 }, (_, index) => Math.sin(index * index));
   * const sums = Array.from({ length: 64 }, (_, row) => [
   *   values.slice(row * 6, row * 6 + 6).reduce((sum, value) => sum + value),
   * ]);
   * const { loss, epochs } = await model.fit(
   *   { x: tensor(values, [64, 6, 1]), y: tensor(sums) },
   *   { loss: 'mse', optimizer: { kind: 'adam', lr: 0.01 }, epochs: 20, batchSize: 16, validation: 0.1, clipNorm: 1 },
   * );
   * console.log(epochs, loss[19]! < loss[0]!); // 20 true
   * ```
   */
  fit<S extends Shape>(
    data: TrainingData<ModelInput<L, S, 'sequential.fit'>>,
    options: FitOptions | ResumeOptions,
  ): Promise<History>;
  fit(data: unknown, options: unknown): Promise<History> {
    return fitModel(this, this.#network, data, options);
  }

  /**
   * The loss on data, and the accuracy where the loss has one. Dropout does not act.
   *
   * @param data as in {@link fit}
   * @param options the loss, which is that of the last {@link fit} if left out
   * @throws CellgateError as {@link fit}
   *
   * @example
   * ```ts
   * import { GRU, Linear, Sequential, tensor } from 'cellgate';
   *
   * const model = new Sequential([
   *   new GRU({ inputSize: 1, hiddenSize: 4 }),
   *   new Linear({ inputSize: 4, outputSize: 3 }),
   * ]);
   * const data = { x: tensor([[[1], [2]], [[3], [4]]]), y: tensor([0, 2], undefined, 'int32') };
   * const { loss, accuracy } = model.evaluate(data, { loss: 'crossEntropy' });
   * console.log(loss > 0, accuracy! <= 1); // true true
   * ```
   */
  evaluate<S extends Shape>(
    data: TrainingData<ModelInput<L, S, 'sequential.evaluate'>>,
    options?: EvaluateOptions,
  ): Evaluation;
  evaluate(data: unknown, options?: unknown): Evaluation {
    return evaluateModel(this, this.#network, data, options);
  }

  /**
   * Forward without dropout, and back through time.
   *
   * @param x as in {@link predict}
   * @param outputGradient derivative of a loss by the output, of its shape
   * @returns the output, and the derivatives by x (absent for ids) and by the parameters
   * @throws CellgateError as {@link predict}; `shape`, `dtype` for the gradient
   *
   * @example
   * ```ts
   * import { Linear, RNN, Sequential, tensor } from 'cellgate';
   *
   * const layers = [new RNN({ inputSize: 2, hiddenSize: 3 }), new Linear({ inputSize: 3, outputSize: 1 })] as const;
   * const model = new Sequential(layers);
   * const { x, parameters } = model.backward(tensor([[[1, 2], [3, 4]]]), tensor([[1]]));
   * console.log(x.shape, parameters['1.bias']!.data[0]); // [ 1, 2, 2 ] 1
   * ```
   */
  backward<S extends Shape>(
    x: ModelInput<L, S, 'sequential.backward'>,
    outputGradient: Tensor,
    options?: PredictOptions,
  ): ModelDType<L> extends 'int32' ? Gradients<ModelOutput<L, S>> : LayerGradients<ModelOutput<L, S>, S>;
  backward(x: unknown, outputGradient: unknown, options?: unknown): unknown {
    return this.runBackward(x, outputGradient, options);
  }

  /**
   * The model as the bytes of a safetensors file: weights by name, the architecture as metadata, and where training stands
   * (optimiser, schedule, early stopping, random numbers, losses), so that `fit` with `resume` goes on bit by bit.
   *
   * After an abort it goes on with the next batch. Two things are not kept: the state that `stateful` carries from batch to
   * batch, and, with `truncate`, that from window to window; the batch that was aborted is begun anew.
   *
   * @param options `training`: whether to keep where training stands; true if left out
   * @throws CellgateError `value` for options, `disposed` after `dispose()`
   *
   * @example
   * ```ts
   * import { LSTM, Sequential } from 'cellgate';
   *
   * const model = new Sequential([new LSTM({ inputSize: 2, hiddenSize: 3, seed: 5 })]);
   * const again = Sequential.load(model.save());
   * console.log(again.summary() === model.summary()); // true
   * ```
   */
  save(options?: SaveOptions): Uint8Array<ArrayBuffer> {
    const where = 'sequential.save';
    internals(this).handle.open(where);
    const { training } = readOptions(where, options, { training: flag(true) });
    return saveModel(this, this.stateDict(), training);
  }

  /**
   * A model from the bytes that {@link save} gave, on the active backend.
   *
   * @throws CellgateError `dtype` for anything but a `Uint8Array`; `file` for one that is damaged or holds something else;
   * `memory`, `backend`, `uninitialized` as a new model
   */
  static load(bytes: Uint8Array): Sequential {
    return loadModel('sequential.load', bytes, (layers): Sequential => new Sequential(layers));
  }

  /**
   * A table of the layers with their output shapes (`*` is known only with the input) and numbers of parameters.
   * @throws CellgateError `disposed` after `dispose()`
   *
   * @example
   * ```ts
   * import { Linear, LSTM, Sequential } from 'cellgate';
   *
   * const layers = [new LSTM({ inputSize: 2, hiddenSize: 8 }), new Linear({ inputSize: 8, outputSize: 1 })] as const;
   * console.log(new Sequential(layers).summary());
   * ```
   */
  summary(): string {
    const parameters = internals(this).handle.call('sequential.summary', (raw) => raw.parameters());
    const { layers: infos = [] } = internals(this).info;
    const last = infos.findLastIndex(takesTime);
    let axes = last < 0 ? '...' : '*, *';
    let outputSize = infos[0]?.inputSize;
    const rows = infos.map((info, index) => {
      outputSize = info.outputSize ?? outputSize;
      if (index === last && !givesEveryStep(info)) axes = '*';
      const own = parameters.filter(({ name }) => name.startsWith(`${index}.`));
      const output = outputSize === undefined ? `[${axes}]` : `[${axes}, ${outputSize}]`;
      return { layer: `${index}  ${info.kind}`, output, parameters: countAll(own) };
    });
    return summaryTable(rows);
  }
}
