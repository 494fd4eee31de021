/** Models: layers one after the other. */

import type { RawModule } from './backend/raw.js';
import type { DType } from './buffers.js';
import { describe, fail } from './errors.js';
import { apply, countAll, internals, type LayerInfo, Module } from './module.js';
import { readOptions } from './options.js';
import { readLengths } from './recurrent.js';
import type { Chain, ModelDType, ModelInput, ModelOutput } from './sequential-types.js';
import type { AnySize, Shape } from './shape-types.js';
import type { RecurrentState } from './state.js';
import { openStream, type Stream, type StreamOptions } from './stream.js';
import { summaryTable } from './summary.js';
import { checkTensor, type Tensor } from './tensor.js';

/** Options of {@link Sequential.predict}. */
export interface PredictOptions {
  /** Length of each sequence, integers from 0 to time; all full if left out. */
  lengths?: readonly number[] | undefined;
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

/** Last value of a property that some layers have. */
function lastOf<K extends keyof LayerInfo>(infos: readonly LayerInfo[], key: K): LayerInfo[K] | undefined {
  return infos.findLast((info) => info[key] !== undefined)?.[key];
}

/**
 * Layers one after the other, of which each takes what the one before gives. It remembers nothing between calls.
 *
 * A recurrent layer hands on its last step (of each sequence's length; for a bidirectional one the last of both
 * directions), or every step if its option `returnSequences` is true or another recurrent layer follows. The layers stay
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
export class Sequential<const L extends readonly Module[] = AnySize> extends Module {
  readonly kind = 'Sequential';
  /** The layers, in order. */
  readonly layers: L;

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
      { kind: 'Sequential', name: NAME },
      (backend) => backend.sequential(raws),
      internals(list[0]).backend,
    );
    this.layers = [...list] as readonly Module[] as L;
  }

  get #infos(): LayerInfo[] {
    return this.layers.map((layer) => internals(layer).info);
  }

  get #dtype(): DType {
    return this.#infos.find((info) => info.dtype !== undefined)?.dtype ?? 'float32';
  }

  /**
   * The model's output for a batch, as it is without training.
   *
   * @param x `[batch, time, inputSize]`; `[batch, time]` ids if the model begins with an Embedding; without a recurrent
   * layer any leading axes
   * @returns `[batch, outputSize]`, or `[batch, time, outputSize]` where every step is handed on
   * @throws CellgateError `shape`, `dtype` for x; `value` for lengths, options and ids; `memory` if the output does not
   * fit; `disposed` after `dispose()`
   */
  predict<S extends Shape>(x: ModelInput<L, S>, options?: PredictOptions): Tensor<ModelOutput<L, S>>;
  predict(x: unknown, options?: unknown): Tensor {
    const where = 'sequential.predict';
    const { handle } = internals(this);
    handle.open(where);
    const dtype = this.#dtype;
    checkTensor(where, 'x', x, dtype);
    const { lengths } = readOptions(where, options, { lengths: readLengths });
    return apply(handle, where, x, this.#outputShape(x), lengths);
  }

  #outputShape({ shape, dtype }: Tensor<Shape, DType>): number[] {
    const infos = this.#infos;
    const outputSize = lastOf(infos, 'outputSize');
    if (outputSize === undefined) return [...shape];
    if (lastOf(infos, 'state') !== undefined) {
      const [batch = 0, time = 0] = shape;
      return lastOf(infos, 'returnSequences') ? [batch, time, outputSize] : [batch, outputSize];
    }
    return [...(dtype === 'int32' ? shape : shape.slice(0, -1)), outputSize];
  }

  /**
   * Opens a stream on the model: frame by frame, every frame's output, whatever `returnSequences` says.
   * Its `state` is a list with an entry per recurrent layer.
   *
   * @throws CellgateError `unsupported` if a layer is reverse or bidirectional; `value` for the batch; `memory`;
   * `disposed` after `dispose()`
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
    const infos = this.#infos;
    const plan = {
      where: 'sequential.stream',
      dtype: this.#dtype,
      inputSize: infos.find((info) => info.inputSize !== undefined)?.inputSize ?? 1,
      outputSize: lastOf(infos, 'outputSize') ?? 1,
      layouts: infos.flatMap(({ state }) => state ?? []),
      isList: true,
    };
    return openStream(internals(this).handle, plan, options);
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
    const infos = this.#infos;
    const lastRecurrent = infos.findLastIndex(({ state }) => state !== undefined);
    let axes = lastRecurrent < 0 ? '...' : '*, *';
    let outputSize = infos[0]?.inputSize;
    const rows = infos.map((info, index) => {
      outputSize = info.outputSize ?? outputSize;
      if (index === lastRecurrent && !info.returnSequences) axes = '*';
      const own = parameters.filter(({ name }) => name.startsWith(`${index}.`));
      const output = outputSize === undefined ? `[${axes}]` : `[${axes}, ${outputSize}]`;
      return { layer: `${index}  ${info.kind}`, output, parameters: countAll(own) };
    });
    return summaryTable(rows);
  }
}
