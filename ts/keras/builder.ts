/**
 * Chains of Keras' layers as layers of a Sequential: one of theirs becomes none, one or several of ours.
 *
 * All is read and checked before any layer is made. What is not supported is collected, so that one error names it all.
 */

import { Dropout } from '../dropout.js';
import { Embedding } from '../embedding.js';
import { fail } from '../errors.js';
import { GRU } from '../gru.js';
import { textOf } from '../json.js';
import { LayerNorm } from '../layer-norm.js';
import { Linear } from '../linear.js';
import { LSTM } from '../lstm.js';
import { Merge, type MergeOptions } from '../merge.js';
import type { Module, StateDict } from '../module.js';
import { Nonlinearity, type NonlinearityKind } from '../nonlinearity.js';
import type { Activation } from '../options.js';
import { RNN } from '../rnn.js';
import { Tensor } from '../tensor.js';
import { activationOf, type Dialect } from './activations.js';
import { CELL_NAMES, cellOf, Options, type RecurrentConfig, readRecurrent } from './config.js';
import type { Mask } from './masked.js';
import { type LayerConfig, readLayer, type SourceLayer, type StoredWeight } from './model.js';
import { GATES, readBiases, readKernel, readWeight } from './weights.js';

/** A layer that is still to be made, and its weights. */
interface Part {
  readonly make: () => Module;
  readonly dict: StateDict;
}

/** What a chain becomes. */
export interface Plan {
  readonly parts: readonly Part[];
  /** Which steps count, where the model masks. */
  readonly mask: Mask | undefined;
}

const MERGES: Readonly<Record<string, MergeOptions['mode']>> = { sum: 'sum', ave: 'average', mul: 'product' };
/** Layers that do nothing outside of training. */
const IDLE = ['InputLayer', 'GaussianNoise', 'ActivityRegularization', 'Identity'];
/** Layers that act on each step by itself. */
const STEPWISE = ['Dense', 'Dropout', 'Activation', 'LayerNormalization'];
const DROPOUTS = ['Dropout', 'SpatialDropout1D'];

/** Options that both directions of a Bidirectional must share. */
const SHARED = ['units', 'bias', 'activation', 'gate', 'resetAfter', 'sequences'] as const;

class Builder {
  readonly parts: Part[] = [];
  mask: Mask | undefined;
  readonly #where: string;
  readonly #dialect: Dialect;
  readonly #faults: string[] = [];
  #layer: SourceLayer;
  /** Axes of what the layer is given. */
  #rank: number;
  /** Whether the steps that a layer hands on stand in the opposite order in Keras. */
  #isFlipped = false;

  constructor(where: string, dialect: Dialect, first: SourceLayer, rank: number) {
    this.#where = where;
    this.#dialect = dialect;
    this.#layer = first;
    this.#rank = rank;
  }

  #refuse(what: string): void {
    this.#faults.push(`${this.#layer.name} (${what})`);
  }

  #add(make: () => Module, dict: StateDict = {}): void {
    this.parts.push({ make, dict });
  }

  /** The layer's weights, as many as these. */
  #weights(count: number): readonly StoredWeight[] {
    const { weights, name } = this.#layer;
    if (weights.length === count) return weights;
    return fail('file', this.#where, `${name} must have ${count} weights`, String(weights.length));
  }

  #activation(name: string): Activation {
    const activation = activationOf(name, this.#dialect);
    if (activation === undefined) this.#refuse(`activation ${name}`);
    return activation ?? 'identity';
  }

  #nonlinearity(name: string): void {
    const kind: NonlinearityKind = name === 'softmax' ? name : this.#activation(name);
    if (kind !== 'identity') this.#add(() => new Nonlinearity(kind));
  }

  #dropout(share: number): void {
    if (share > 0) this.#add(() => new Dropout(share));
  }

  #dense(layer: LayerConfig): void {
    const options = this.#options(layer);
    const bias = options.flag('use_bias', true);
    const outputSize = options.size('units');
    const [kernel, shift] = this.#weights(bias ? 2 : 1) as [StoredWeight, StoredWeight?];
    const inputSize = kernel.shape[0] ?? 0;
    const weight = readKernel(this.#where, kernel, inputSize, outputSize, [0]);
    const dict = shift && { bias: new Tensor(readWeight(this.#where, shift, [outputSize]), [outputSize]) };
    this.#add(() => new Linear({ inputSize, outputSize, bias }), { weight, ...dict });
    this.#nonlinearity(options.text('activation', 'linear'));
  }

  #embedding(layer: LayerConfig): void {
    const options = this.#options(layer);
    const [vocabularySize, size] = [options.size('input_dim'), options.size('output_dim')];
    const [table] = this.#weights(1) as [StoredWeight];
    const weight = new Tensor(readWeight(this.#where, table, [vocabularySize, size]), [vocabularySize, size]);
    if (options.flag('mask_zero', false)) this.#masks({ value: 0 });
    this.#add(() => new Embedding({ vocabularySize, size }), { weight });
    this.#rank += 1;
  }

  #masks(mask: Mask): void {
    if (this.parts.length > 0) this.#refuse('a mask behind other layers');
    this.mask = mask;
  }

  /** Refuses a layer along any other axis. */
  #lastAxis(options: Options): void {
    const axes = options.axes('axis');
    const isLast = axes.length === 1 && (axes[0] === -1 || axes[0] === this.#rank - 1);
    if (!isLast) this.#refuse(`axis ${axes.map(textOf).join()}`);
  }

  #norm(layer: LayerConfig): void {
    const options = this.#options(layer);
    this.#lastAxis(options);
    if (options.asks('rms_scaling')) this.#refuse('rms_scaling');
    const [scales, centers] = [options.flag('scale', true), options.flag('center', true)];
    const weights = [...this.#weights(Number(scales) + Number(centers))];
    const size = weights[0]?.shape[0];
    if (size === undefined) {
      this.#refuse('neither scale nor center');
      return;
    }
    const read = (weight: StoredWeight | undefined, preset: number): Tensor =>
      new Tensor(weight ? readWeight(this.#where, weight, [size]) : new Float32Array(size).fill(preset), [
        size,
      ]);
    const dict = {
      weight: read(scales ? weights.shift() : undefined, 1),
      bias: read(centers ? weights.shift() : undefined, 0),
    };
    const epsilon = options.number('epsilon', 1e-3);
    this.#add(() => new LayerNorm({ size, epsilon }), dict);
  }

  #readRecurrent(layer: LayerConfig, cell: RecurrentConfig['cell']): RecurrentConfig {
    return readRecurrent(this.#where, layer, cell, this.#dialect, (what) => this.#refuse(what));
  }

  /** Weights of one direction by our names. */
  #direction(config: RecurrentConfig, weights: readonly StoredWeight[], ending: string): StateDict {
    const { cell, units, bias, resetAfter } = config;
    const [kernel, recurrent, shift] = weights as [StoredWeight, StoredWeight, StoredWeight?];
    const gates = GATES[cell];
    const dict: StateDict = {
      [`weight_ih_l0${ending}`]: readKernel(this.#where, kernel, kernel.shape[0] ?? 0, units, gates),
      [`weight_hh_l0${ending}`]: readKernel(this.#where, recurrent, units, units, gates),
    };
    if (bias && shift) {
      const [ih, hh] = readBiases(this.#where, shift, units, gates, resetAfter);
      dict[`bias_ih_l0${ending}`] = ih;
      dict[`bias_hh_l0${ending}`] = hh;
    }
    return dict;
  }

  #recurrent(config: RecurrentConfig, direction: object, dict: StateDict, inputSize: number): void {
    const { cell, units, bias, sequences } = config;
    const shared = { inputSize, hiddenSize: units, bias, returnSequences: sequences, ...direction };
    const own = { ...shared, recurrentDropout: config.recurrentDropout };
    const activation = this.#activation(config.activation);
    this.#dropout(config.dropout);
    if (this.#rank < 3) this.#refuse('a recurrent layer behind the last step of another');
    this.#rank = sequences ? 3 : 2;
    const gate = cell === 'rnn' ? activation : this.#activation(config.gate);
    const activations = { gate, cell: activation };
    const makers = {
      rnn: () => new RNN({ ...own, nonlinearity: activation }),
      lstm: () => new LSTM({ ...own, activations: { ...activations, output: activation } }),
      gru: () => new GRU({ ...own, resetAfter: config.resetAfter, activations }),
    };
    this.#add(makers[cell], dict);
  }

  #single(layer: LayerConfig, cell: RecurrentConfig['cell']): void {
    const config = this.#readRecurrent(layer, cell);
    const weights = this.#weights(config.bias ? 3 : 2);
    const dict = this.#direction(config, weights, '');
    const reverse = config.backwards !== this.#isFlipped;
    this.#recurrent(config, { reverse }, dict, weights[0]?.shape[0] ?? 0);
    // Keras hands on the steps in the order in which they were made.
    this.#isFlipped = config.sequences && reverse;
  }

  #bidirectional({ config }: LayerConfig): void {
    const inner = readLayer(this.#where, `${this.#layer.name}.layer`, config.layer);
    const cell = cellOf(inner.className);
    if (cell === undefined) {
      this.#refuse(`Bidirectional of ${inner.className}`);
      return;
    }
    const forward = this.#readRecurrent(inner, cell);
    const other = config.backward_layer ?? undefined;
    if (other !== undefined) {
      const layer = readLayer(this.#where, `${this.#layer.name}.backward_layer`, other);
      const backward = this.#readRecurrent(layer, cell);
      const differs = SHARED.some((key) => forward[key] !== backward[key]) || !backward.backwards;
      if (layer.className !== inner.className || differs) this.#refuse('directions of different layers');
    }
    if (forward.backwards || this.#isFlipped) this.#refuse('Bidirectional of reversed steps');
    const count = forward.bias ? 3 : 2;
    const weights = this.#weights(2 * count);
    const dict = {
      ...this.#direction(forward, weights.slice(0, count), ''),
      ...this.#direction(forward, weights.slice(count), '_reverse'),
    };
    this.#recurrent(forward, { bidirectional: true }, dict, weights[0]?.shape[0] ?? 0);
    const mode = config.merge_mode ?? 'none';
    if (mode === 'concat') return;
    const known = typeof mode === 'string' && Object.hasOwn(MERGES, mode) ? MERGES[mode] : undefined;
    const inputSize = 2 * forward.units;
    if (known) this.#add(() => new Merge({ inputSize, mode: known }));
    else this.#refuse(`merge_mode ${textOf(mode)}`);
  }

  #timeDistributed({ config }: LayerConfig): void {
    const inner = readLayer(this.#where, `${this.#layer.name}.layer`, config.layer);
    if (!STEPWISE.includes(inner.className)) {
      this.#refuse(`TimeDistributed of ${inner.className}`);
      return;
    }
    // The inner layer is given each step by itself.
    this.#rank -= 1;
    this.#one(inner);
    this.#rank += 1;
  }

  #relu(layer: LayerConfig): void {
    const options = this.#options(layer);
    const key = ['max_value', 'negative_slope', 'threshold'].find((name) => options.asks(name));
    if (key) this.#refuse(key);
    this.#nonlinearity('relu');
  }

  /** What is done with layers by their class. */
  readonly #handlers: Readonly<Record<string, (layer: LayerConfig) => void>> = {
    ...Object.fromEntries(IDLE.map((name) => [name, () => {}])),
    ...Object.fromEntries(
      DROPOUTS.map((name) => [name, (layer) => this.#dropout(this.#options(layer).share('rate'))]),
    ),
    ...Object.fromEntries(CELL_NAMES.map(([name, cell]) => [name, (layer) => this.#single(layer, cell)])),
    Bidirectional: (layer) => this.#bidirectional(layer),
    Dense: (layer) => this.#dense(layer),
    Embedding: (layer) => this.#embedding(layer),
    Masking: (layer) => this.#masks({ value: this.#options(layer).number('mask_value', 0) }),
    LayerNormalization: (layer) => this.#norm(layer),
    TimeDistributed: (layer) => this.#timeDistributed(layer),
    Activation: (layer) => this.#nonlinearity(this.#options(layer).text('activation', 'linear')),
    ReLU: (layer) => this.#relu(layer),
    Softmax: (layer) => {
      this.#lastAxis(this.#options(layer));
      this.#nonlinearity('softmax');
    },
  };

  #options(layer: LayerConfig): Options {
    return new Options(this.#where, layer);
  }

  #one(layer: LayerConfig): void {
    const { className } = layer;
    const handle = Object.hasOwn(this.#handlers, className) ? this.#handlers[className] : undefined;
    if (handle) handle(layer);
    else this.#refuse(className);
  }

  add(layer: SourceLayer): void {
    this.#layer = layer;
    this.#one(layer);
  }

  end(): void {
    if (this.#rank > 2 && this.#isFlipped) this.#refuse('go_backwards with return_sequences at the end');
    if (this.#faults.length > 0) {
      const expected = 'the model must be of layers and options that are supported';
      fail('unsupported', this.#where, expected, this.#faults.join(', '));
    }
    if (this.parts.length === 0) fail('file', this.#where, 'the model must have layers', 'none');
  }
}

/** Axes of a model's input, as its first layer says; those of steps, or of their ids, if it does not. */
function rankOf(layers: readonly SourceLayer[]): number {
  const { batch_shape: shape, batch_input_shape: older } = layers[0]?.config ?? {};
  for (const axes of [shape, older]) if (Array.isArray(axes)) return axes.length;
  return layers.some(({ className }) => className === 'Embedding') ? 2 : 3;
}

/**
 * What a chain of layers becomes.
 * @throws CellgateError `unsupported` with all that is, `file` for what does not fit together
 */
export function planOf(where: string, layers: readonly SourceLayer[], dialect: Dialect): Plan {
  const [first] = layers;
  if (!first) return fail('file', where, 'the model must have layers', 'none');
  const builder = new Builder(where, dialect, first, rankOf(layers));
  for (const layer of layers) builder.add(layer);
  builder.end();
  return { parts: builder.parts, mask: builder.mask };
}
