/** Models of RTNeural, and those of the tools that train for it. */

import { describe, fail } from '../errors.js';
import { asList, asObject, asSize, isObject, type Json, readJson, textOf } from '../json.js';
import { buildModel } from '../keras/build.js';
import { planOf } from '../keras/builder.js';
import { checkDepth, type LayerConfig, type SourceLayer, type StoredWeight } from '../keras/model.js';
import { AudioModel } from './audio-model.js';
import { readGuitar } from './guitarml.js';
import { nestedWeight } from './numbers.js';

/** RTNeural's layers are Keras', with Keras' weights; its recurrent ones hand on every step. */
const CELL = { activation: 'tanh', recurrent_activation: 'sigmoid', return_sequences: true };
const LAYERS: Readonly<
  Record<string, (units: number, activation: string, biased: boolean) => Omit<LayerConfig, 'name'>>
> = {
  dense: (units, activation, biased) => ({
    className: 'Dense',
    config: { units, activation, use_bias: biased },
  }),
  'time-distributed-dense': (units, activation, biased) => ({
    className: 'Dense',
    config: { units, activation, use_bias: biased },
  }),
  lstm: (units) => ({ className: 'LSTM', config: { units, ...CELL } }),
  gru: (units) => ({ className: 'GRU', config: { units, ...CELL, reset_after: true } }),
  activation: (_units, activation) => ({ className: 'Activation', config: { activation } }),
};

/** Weights of a layer; those of RTNeural have four at most. */
const MAX_WEIGHTS = 16;

/** The last size of a shape. */
function lastOf(where: string, place: string, shape: unknown): number {
  return asSize(where, `the last size of ${place}`, asList(where, place, shape).at(-1));
}

function readLayer(where: string, index: number, value: unknown): SourceLayer {
  const place = `layers[${index}]`;
  const { type, activation = '', shape, weights } = asObject(where, place, value);
  const units = lastOf(where, `${place}.shape`, shape);
  const given = asList(where, `${place}.weights`, weights);
  if (given.length > MAX_WEIGHTS) {
    fail('file', where, `${place}.weights must be at most ${MAX_WEIGHTS}`, String(given.length));
  }
  const list: StoredWeight[] = given.map((weight, at) =>
    nestedWeight(where, `${place}.weights[${at}]`, weight),
  );
  if (typeof activation !== 'string') {
    fail('file', where, `${place}.activation must be a text`, describe(activation));
  }
  const make = typeof type === 'string' && Object.hasOwn(LAYERS, type) ? LAYERS[type] : undefined;
  const own = make?.(units, activation === '' ? 'linear' : activation, list.length > 1);
  return { name: place, weights: list, ...(own ?? { className: textOf(type), config: {} }) };
}

function readLayers(where: string, { in_shape: shape, layers }: Json): AudioModel {
  const inputSize = lastOf(where, 'in_shape', shape);
  const given = asList(where, 'layers', layers);
  checkDepth(where, given.length);
  const list = given.map((layer, index) => readLayer(where, index, layer));
  const model = buildModel(where, planOf(where, list, 'keras3'));
  const audio = new AudioModel({ model, skip: 0 });
  if (audio.inputSize === inputSize) return audio;
  audio.dispose();
  return fail('file', where, `layers must take the ${inputSize} values of in_shape`, String(audio.inputSize));
}

/**
 * A network from the JSON that RTNeural reads (dense, time-distributed-dense, lstm, gru and activation layers), or that
 * GuitarML's and other tools write from PyTorch (`model_data` and `state_dict`: a recurrent layer, a linear one and a skip
 * connection).
 *
 * @param json what is in the file, as an object, text or bytes
 * @throws CellgateError `value` for anything else; `file` for a file that is damaged; `unsupported` for one that has other
 * layers, all of which are named; `memory`, `backend`, `uninitialized` as a new model
 *
 * @example
 * ```ts
 * import { loadRtneural } from 'cellgate/rtneural';
 *
 * // await readFile('pedal.json', 'utf8')
 * const layers = [{ type: 'dense', activation: '', shape: [null, null, 1], weights: [[[2]], [1]] }];
 * const pedal = loadRtneural({ in_shape: [null, null, 1], layers });
 * console.log(...pedal.run(Float32Array.of(0, 1, 2))); // 1 3 5
 * ```
 */
export function loadRtneural(json: object | string | Uint8Array): AudioModel {
  const where = 'loadRtneural';
  const document = readJson(where, 'json', json);
  return isObject(document.model_data) ? readGuitar(where, document) : readLayers(where, document);
}
