/** Models for TensorFlow.js. */

import { describe, fail } from '../errors.js';
import type { Json } from '../json.js';
import { keras2NameOf } from '../keras/activations.js';
import { MaskedSequential } from '../keras/masked.js';
import { GATES, turn } from '../keras/weights.js';
import { internals, type LayerInfo, type StateDict } from '../module.js';
import type { Activation } from '../options.js';
import { Sequential } from '../sequential.js';
import type { Tensor } from '../tensor.js';

/** A model of TensorFlow.js: what goes into `model.json`, and into the files that its manifest names. */
export interface TfjsModel {
  readonly modelJson: Json;
  readonly shards: Uint8Array<ArrayBuffer>[];
}

interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Ours that become their cells. */
const CELLS = {
  RNN: { className: 'SimpleRNN', gates: GATES.rnn },
  LSTM: { className: 'LSTM', gates: GATES.lstm },
  GRU: { className: 'GRU', gates: GATES.gru },
} as const;
const MERGES = { sum: 'sum', average: 'ave', product: 'mul' } as const;
/** What no layer of TensorFlow.js has, by option: those values that change nothing are fine. */
const FOREIGN: Readonly<Record<string, unknown>> = {
  coupled: false,
  peephole: false,
  inputGate: true,
  forgetGate: true,
  outputGate: true,
  layerNorm: false,
  projectionSize: undefined,
  clip: undefined,
  cellClip: undefined,
  zoneout: 0,
  zoneoutCell: 0,
  updateGate: 'keep',
  resetAfter: false,
};
/** Initial weights are overwritten; these take no time. */
const ZEROS = { class_name: 'Zeros', config: {} };
const INITIALIZERS = { kernel_initializer: ZEROS, recurrent_initializer: ZEROS, bias_initializer: ZEROS };

type LayerOptions = Readonly<Record<string, unknown>> & {
  readonly activations?: { gate?: Activation; cell?: Activation; output?: Activation };
};

class Writer {
  readonly layers: { class_name: string; config: Record<string, unknown> }[] = [];
  readonly weights: Weight[] = [];
  readonly faults: string[] = [];
  readonly #dict: StateDict;
  readonly #infos: readonly LayerInfo[];
  #place = '';
  /** Whether the steps stand in the opposite order there. */
  #isFlipped = false;

  constructor(infos: readonly LayerInfo[], dict: StateDict) {
    this.#infos = infos;
    this.#dict = dict;
  }

  #refuse(what: string): void {
    this.faults.push(`${this.#place} (${what})`);
  }

  #add(className: string, name: string, config: Json): void {
    this.layers.push({ class_name: className, config: { name, trainable: true, ...config } });
  }

  #weight(name: string, shape: readonly number[], data: Float32Array): void {
    this.weights.push({ name, shape, data });
  }

  #take(index: number, name: string): Tensor {
    return this.#dict[`${index}.${name}`] as Tensor;
  }

  #activation(activation: Activation | 'softmax'): string {
    const isOwn = activation === 'softmax';
    const name = isOwn ? activation : keras2NameOf(activation);
    if (name === undefined) this.#refuse(`activation ${JSON.stringify(activation)}`);
    return name ?? 'linear';
  }

  #linear(index: number, { inputSize = 0, outputSize = 0 }: LayerInfo, bias: boolean): void {
    const name = `dense_${index}`;
    const config = { units: outputSize, activation: 'linear', use_bias: bias, ...INITIALIZERS };
    this.#add('Dense', name, config);
    const kernel = turn(this.#take(index, 'weight').data, inputSize, outputSize, [0], true);
    this.#weight(`${name}/kernel`, [inputSize, outputSize], kernel);
    if (bias) this.#weight(`${name}/bias`, [outputSize], this.#take(index, 'bias').data);
  }

  /** The weights of one direction of one layer. */
  #cell(index: number, kind: keyof typeof CELLS, units: number, name: string, ending: string): void {
    const { gates } = CELLS[kind];
    const columns = gates.length * units;
    for (const [side, own] of [
      ['ih', 'kernel'],
      ['hh', 'recurrent_kernel'],
    ]) {
      const { data, shape } = this.#take(index, `weight_${side}${ending}`);
      const inputs = shape[1] ?? 0;
      this.#weight(`${name}/${own}`, [inputs, columns], turn(data, inputs, units, gates, true));
    }
    const [ih, hh] = ['ih', 'hh'].map((side) => this.#dict[`${index}.bias_${side}${ending}`]?.data);
    if (!ih || !hh) return;
    const sum = ih.map((value, at) => value + (hh[at] as number));
    this.#weight(`${name}/bias`, [columns], turn(sum, 1, units, gates, true));
  }

  #cellConfig(kind: keyof typeof CELLS, options: LayerOptions): Json {
    for (const [option, idle] of Object.entries(FOREIGN)) {
      const preset = kind === 'GRU' && option === 'resetAfter' ? true : idle;
      if ((options[option] ?? preset) !== idle) this.#refuse(option);
    }
    const { gate = 'sigmoid', cell = 'tanh', output = 'tanh' } = options.activations ?? {};
    const nonlinearity = (options.nonlinearity ?? 'tanh') as Activation;
    const activation = this.#activation(kind === 'RNN' ? nonlinearity : cell);
    if (kind === 'LSTM' && this.#activation(output) !== activation) {
      this.#refuse('different activations of candidate and output');
    }
    return {
      activation,
      ...(kind !== 'RNN' && { recurrent_activation: this.#activation(gate) }),
      ...(kind === 'GRU' && { reset_after: false }),
    };
  }

  #recurrent(index: number, info: LayerInfo, isLast: boolean, merge: string): void {
    const kind = info.kind as keyof typeof CELLS;
    const options = (info.options ?? {}) as LayerOptions;
    const { layers = 1, bias = true, dropout = 0, recurrentDropout = 0 } = options as Record<string, never>;
    const units = options.hiddenSize as number;
    const shared = {
      ...INITIALIZERS,
      ...this.#cellConfig(kind, options),
      units,
      use_bias: bias,
      recurrent_dropout: recurrentDropout,
    };
    const isBoth = info.direction === 'bidirectional';
    for (let layer = 0; layer < layers; layer++) {
      const name = `${info.name}_${index}_${layer}`;
      const steps = !isLast || layer + 1 < layers || info.returnSequences === true;
      const reverse = info.direction === 'reverse';
      const goBackwards = !isBoth && reverse !== this.#isFlipped;
      if (isBoth && this.#isFlipped) this.#refuse('both directions behind a reverse layer');
      this.#isFlipped = !isBoth && reverse && steps;
      const config = {
        ...shared,
        dropout: layer > 0 ? dropout : 0,
        return_sequences: steps,
        go_backwards: goBackwards,
      };
      const { className } = CELLS[kind];
      if (!isBoth) {
        this.#add(className, name, config);
        this.#cell(index, kind, units, name, `_l${layer}`);
        continue;
      }
      const inner = `${name}_cell`;
      const isMerged = layer + 1 === layers;
      this.#add('Bidirectional', name, {
        merge_mode: isMerged ? merge : 'concat',
        layer: { class_name: className, config: { name: inner, trainable: true, ...config } },
      });
      this.#cell(index, kind, units, `${name}/forward_${inner}`, `_l${layer}`);
      this.#cell(index, kind, units, `${name}/backward_${inner}`, `_l${layer}_reverse`);
    }
  }

  #norm(index: number, { outputSize = 0 }: LayerInfo, epsilon: number): void {
    const name = `layer_normalization_${index}`;
    this.#add('LayerNormalization', name, { axis: -1, epsilon, center: true, scale: true });
    this.#weight(`${name}/gamma`, [outputSize], this.#take(index, 'weight').data);
    this.#weight(`${name}/beta`, [outputSize], this.#take(index, 'bias').data);
  }

  #embedding(index: number, { vocabularySize = 0, outputSize = 0 }: LayerInfo, masks: boolean): void {
    const name = `embedding_${index}`;
    const sizes = { input_dim: vocabularySize, output_dim: outputSize };
    this.#add('Embedding', name, { ...sizes, mask_zero: masks, embeddings_initializer: ZEROS });
    this.#weight(`${name}/embeddings`, [vocabularySize, outputSize], this.#take(index, 'weight').data);
  }

  /** How the layer behind merges the directions of this one. */
  #mergeBehind(index: number): string {
    const next = this.#infos[index + 1];
    return next?.kind === 'Merge' ? MERGES[next.options?.mode as keyof typeof MERGES] : 'concat';
  }

  write(mask: number | undefined): void {
    const [first] = this.#infos;
    if (mask !== undefined && first?.kind !== 'Embedding')
      this.#add('Masking', 'masking', { mask_value: mask });
    const lastRecurrent = this.#infos.findLastIndex(({ state }) => state !== undefined);
    for (const [index, info] of this.#infos.entries()) {
      this.#place = `layers[${index}] ${info.kind}`;
      const options = (info.options ?? {}) as LayerOptions;
      switch (info.kind) {
        case 'RNN':
        case 'LSTM':
        case 'GRU':
          this.#recurrent(index, info, index === lastRecurrent, this.#mergeBehind(index));
          break;
        case 'Linear':
          this.#linear(index, info, (options.bias as boolean | undefined) ?? true);
          break;
        case 'Embedding':
          this.#embedding(index, info, mask !== undefined);
          break;
        case 'LayerNorm':
          this.#norm(index, info, (options.epsilon as number | undefined) ?? 1e-5);
          break;
        case 'Nonlinearity': {
          const activation = this.#activation(options.activation as Activation);
          this.#add('Activation', `activation_${index}`, { activation });
          break;
        }
        case 'Dropout':
          this.#add('Dropout', `dropout_${index}`, { rate: options.p });
          break;
        case 'Merge':
          // A part of the layer before.
          if (this.#infos[index - 1]?.direction !== 'bidirectional')
            this.#refuse('not behind both directions');
          break;
        default:
          this.#refuse('no such layer');
      }
    }
    if (this.#isFlipped) this.#refuse('every step of a reverse layer');
  }
}

/** Shape of the input, whose batch and time may be of any length. */
function inputShape(infos: readonly LayerInfo[]): (number | null)[] {
  const [first] = infos;
  if (first?.kind === 'Embedding') return [null, null];
  const width = infos.find(({ inputSize }) => inputSize !== undefined)?.inputSize;
  const hasTime = infos.some(({ state }) => state !== undefined);
  return [null, ...(hasTime ? [null] : []), ...(width === undefined ? [] : [width])];
}

const SHARD = 'group1-shard1of1.bin';

/**
 * A model for TensorFlow.js, which reads what this gives with `tf.loadLayersModel`, and gives the same outputs.
 *
 * Recurrent layers become one layer each of a stack; the two biases become their sum. {@link loadTfjs} gives back a model
 * with the same outputs.
 *
 * @param model of RNN, LSTM, GRU (with `resetAfter: false`: TensorFlow.js has no other), Linear, Embedding, Dropout,
 * Nonlinearity, LayerNorm, Merge, with options and activations that TensorFlow.js has
 * @returns the object for `model.json`, and the shards for the files that its manifest names
 * @throws CellgateError `value` for anything but a model; `unsupported` for layers and options that TensorFlow.js does not
 * have, all of which are named; `disposed` after `dispose()`
 *
 * @example
 * ```ts
 * import { Linear, LSTM, Sequential } from 'cellgate';
 * import { saveTfjs } from 'cellgate/tfjs';
 *
 * const model = new Sequential([
 *   new LSTM({ inputSize: 2, hiddenSize: 4 }),
 *   new Linear({ inputSize: 4, outputSize: 1 }),
 * ]);
 * const { modelJson, shards } = saveTfjs(model);
 * // writeFile('model.json', JSON.stringify(modelJson)); writeFile('group1-shard1of1.bin', shards[0])
 * console.log(modelJson.format, shards[0]!.length); // layers-model 468
 * ```
 */
export function saveTfjs(model: Sequential): TfjsModel {
  const where = 'saveTfjs';
  if (!(model instanceof Sequential)) fail('value', where, 'model must be a Sequential', describe(model));
  const { layers: infos = [] } = internals(model).info;
  const writer = new Writer(infos, model.stateDict());
  writer.write(model instanceof MaskedSequential ? model.mask : undefined);
  const { layers, weights, faults } = writer;
  if (faults.length > 0) {
    const expected = 'model must be of layers and options that TensorFlow.js has';
    fail('unsupported', where, expected, faults.join(', '));
  }
  Object.assign(layers[0]?.config ?? {}, {
    batch_input_shape: inputShape(infos),
    // Of the weights, also where the input is ids.
    dtype: 'float32',
  });
  const shard = new Float32Array(weights.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of weights) {
    shard.set(data, at);
    at += data.length;
  }
  const specs = weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' }));
  const modelJson = {
    format: 'layers-model',
    generatedBy: 'cellgate',
    convertedBy: null,
    modelTopology: { class_name: 'Sequential', config: { name: 'sequential', layers } },
    weightsManifest: [{ paths: [SHARD], weights: specs }],
  };
  return { modelJson, shards: [new Uint8Array(shard.buffer)] };
}
