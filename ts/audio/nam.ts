/** Files of Neural Amp Modeler. */

import { describe, fail } from '../errors.js';
import { asList, asObject, asSize, type Json, readJson } from '../json.js';
import { buildModel } from '../keras/build.js';
import { checkDepth } from '../keras/model.js';
import { Linear } from '../linear.js';
import { LSTM } from '../lstm.js';
import type { StateDict } from '../module.js';
import { Tensor } from '../tensor.js';
import { AudioModel } from './audio-model.js';
import { finiteValues } from './numbers.js';

/** Sizes of the LSTM in a file. */
interface Sizes {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly outputSize: number;
}

function sizesOf(where: string, config: Json): Sizes {
  return {
    inputSize: asSize(where, 'config.input_size', config.input_size),
    hiddenSize: asSize(where, 'config.hidden_size', config.hidden_size),
    layers: asSize(where, 'config.num_layers', config.num_layers),
    outputSize: asSize(where, 'config.out_channels', config.out_channels ?? 1),
  };
}

/**
 * Weights of a file, in its order. Of each layer: rows of `[W | U]` for the gates i, f, g, o, the sums of biases, the
 * state that the network begins with, h and c. Of the head: its weights and biases.
 */
class Reader {
  readonly #values: Float32Array;
  #at = 0;

  constructor(values: Float32Array) {
    this.#values = values;
  }

  take(...shape: number[]): Tensor {
    const count = shape.reduce((product, size) => product * size, 1);
    this.#at += count;
    return new Tensor(this.#values.slice(this.#at - count, this.#at), shape);
  }

  /** Rows side by side in two tensors. */
  takeBoth(rows: number, left: number, right: number): [Tensor, Tensor] {
    const both = this.take(rows, left + right).data;
    const part = (from: number, width: number): Tensor => {
      const values = new Float32Array(rows * width);
      for (let row = 0; row < rows; row++) {
        const start = row * (left + right) + from;
        values.set(both.subarray(start, start + width), row * width);
      }
      return new Tensor(values, [rows, width]);
    };
    return [part(0, left), part(left, right)];
  }
}

function countOf({ inputSize, hiddenSize, layers, outputSize }: Sizes): number {
  const layer = (width: number) => 4 * hiddenSize * (width + hiddenSize + 1) + 2 * hiddenSize;
  return layer(inputSize) + (layers - 1) * layer(hiddenSize) + outputSize * (hiddenSize + 1);
}

/**
 * A network from a `.nam` file of Neural Amp Modeler, of the architecture LSTM. It begins with the state that the file has,
 * as the trainer does; the plug-in lets half a second of silence pass first.
 *
 * @param json what is in the file, as an object, text or bytes
 * @throws CellgateError `value` for anything else; `file` for a file that is damaged; `unsupported` for other architectures;
 * `memory`, `backend`, `uninitialized` as a new model
 *
 * @example
 * ```ts
 * import { loadNam } from 'cellgate/nam';
 *
 * // await readFile('amp.nam', 'utf8')
 * const config = { input_size: 1, hidden_size: 1, num_layers: 1 };
 * const weights = [0.5, 0, 0, 0, 1, 0, 0.5, 0, 0, 0, 0, 0, 0.1, 0.2, 2, 0.25];
 * const stream = loadNam({ version: '0.5.4', architecture: 'LSTM', config, weights, sample_rate: 48000 }).stream();
 * console.log(stream.run(new Float32Array(64)).length); // 64
 * ```
 */
export function loadNam(json: object | string | Uint8Array): AudioModel {
  const where = 'loadNam';
  const { architecture, config, weights, sample_rate: rate } = readJson(where, 'json', json);
  if (architecture !== 'LSTM') {
    fail('unsupported', where, "architecture must be 'LSTM'", describe(architecture));
  }
  const sizes = sizesOf(where, asObject(where, 'config', config));
  checkDepth(where, sizes.layers);
  const list = asList(where, 'weights', weights);
  const expected = countOf(sizes);
  if (list.length !== expected)
    fail('file', where, `weights must be ${expected} numbers`, String(list.length));
  const reader = new Reader(finiteValues(where, 'weights', list));
  const { inputSize, hiddenSize, layers, outputSize } = sizes;
  const dict: StateDict = {};
  const states: { h: Tensor; c: Tensor }[] = [];
  const gates = 4 * hiddenSize;
  for (let layer = 0; layer < layers; layer++) {
    const [ih, hh] = reader.takeBoth(gates, layer === 0 ? inputSize : hiddenSize, hiddenSize);
    dict[`weight_ih_l${layer}`] = ih;
    dict[`weight_hh_l${layer}`] = hh;
    dict[`bias_ih_l${layer}`] = reader.take(gates);
    dict[`bias_hh_l${layer}`] = new Tensor(new Float32Array(gates), [gates]);
    states.push({ h: reader.take(hiddenSize), c: reader.take(hiddenSize) });
  }
  const head = { weight: reader.take(outputSize, hiddenSize), bias: reader.take(outputSize) };
  const joined = (part: 'h' | 'c') => {
    const values = new Float32Array(layers * hiddenSize);
    for (const [layer, state] of states.entries()) values.set(state[part].data, layer * hiddenSize);
    return new Tensor<[number, number, number]>(values, [layers, 1, hiddenSize]);
  };
  const state = [{ h: joined('h'), c: joined('c') }];
  const parts = [
    { make: () => new LSTM({ inputSize, hiddenSize, layers, returnSequences: true }), dict },
    { make: () => new Linear({ inputSize: hiddenSize, outputSize }), dict: head },
  ];
  const model = buildModel(where, { parts, mask: undefined });
  const sampleRate = typeof rate === 'number' && rate > 0 ? rate : undefined;
  return new AudioModel({ model, skip: 0, state, sampleRate });
}
