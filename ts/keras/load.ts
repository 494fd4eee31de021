/** Models from Keras' files. */

import { toFloat32 } from '../elements.js';
import { describe, fail } from '../errors.js';
import { asObject, parseJson, textOf } from '../json.js';
import type { Sequential } from '../sequential.js';
import { countOf } from '../tensor.js';
import { isZip, readZip } from '../zip.js';
import type { Dialect } from './activations.js';
import { buildModel } from './build.js';
import { planOf } from './builder.js';
import { type Dataset, Group, readHdf5 } from './hdf5.js';
import {
  type LayerConfig,
  type ModelConfig,
  readModel,
  type SourceLayer,
  type StoredWeight,
} from './model.js';

/** Weights may be several times what a file has, since groups can have several names, within this. */
const READ = { times: 2, bytes: 2 ** 20 };

/** Weights of a file, as long as they are no more than it can have. */
class Weights {
  #left: number;

  constructor(fileBytes: number) {
    this.#left = READ.times * fileBytes + READ.bytes;
  }

  stored(name: string, { shape, element, bytes }: Dataset): StoredWeight {
    const count = countOf(shape);
    const read = (where: string) => {
      this.#left -= 4 * count;
      if (this.#left < 0) fail('file', where, 'weights must be no more than the file can have', 'more');
      return toFloat32(where, name, element, bytes, count);
    };
    return { name, shape, read };
  }
}

function dialectOf(version: unknown): Dialect {
  return Number.parseInt(textOf(version), 10) >= 3 ? 'keras3' : 'keras2';
}

/** The names of classes as files have them: SimpleRNN is simple_rnn. */
function snakeCase(name: string): string {
  const spaced = name.replace(/\W+/g, '').replace(/(.)([A-Z][a-z]+)/g, '$1_$2');
  return spaced.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
}

/** Where the weights of a layer of Keras 3 are below its own group. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  SimpleRNN: ['cell/vars'],
  LSTM: ['cell/vars'],
  GRU: ['cell/vars'],
  Bidirectional: ['forward_layer/cell/vars', 'backward_layer/cell/vars'],
  TimeDistributed: ['layer/vars'],
};
/** Groups of all layers: of Keras 3, and of Keras 2.12 and before. */
const ROOTS = ['layers', '_layer_checkpoint_dependencies'];

/** Weights in a file `model.weights.h5`: layers by their class and its number, variables by theirs. */
function variableWeights(
  root: Group,
  all: readonly LayerConfig[],
  weights: Weights,
): Map<string, StoredWeight[]> {
  const layers = ROOTS.find((name) => root.get(name) instanceof Group) ?? 'layers';
  const used = new Map<string, number>();
  const found = new Map<string, StoredWeight[]>();
  for (const { className, name } of all) {
    const group = snakeCase(className);
    const number = used.get(group) ?? 0;
    used.set(group, number + 1);
    const own = `${layers}/${number === 0 ? group : `${group}_${number}`}`;
    const list: StoredWeight[] = [];
    const places = Object.hasOwn(PLACES, className) ? PLACES[className] : undefined;
    for (const place of places ?? ['vars']) {
      for (let index = 0; ; index++) {
        const variable = root.get(`${own}/${place}/${index}`);
        if (!variable || variable instanceof Group) break;
        list.push(weights.stored(`${own}/${place}/${index}`, variable));
      }
    }
    found.set(name, list);
  }
  return found;
}

/** Texts of an attribute, which is cut into several where it is too long for one. */
function textsOf(group: Group, name: string): string[] {
  const whole = group.texts(name);
  if (whole) return whole;
  const texts: string[] = [];
  for (let index = 0; ; index++) {
    const part = group.texts(`${name}${index}`);
    if (!part) return texts;
    texts.push(...part);
  }
}

/** Weights in a file `.h5`: layers and variables by their names. */
function namedWeights(
  where: string,
  root: Group,
  all: readonly LayerConfig[],
  weights: Weights,
): Map<string, StoredWeight[]> {
  const model = root.get('model_weights');
  if (!(model instanceof Group))
    return fail('file', where, "the HDF5 file must have 'model_weights'", 'none');
  const found = new Map<string, StoredWeight[]>();
  for (const { name } of all) {
    const own = model.get(name);
    if (!(own instanceof Group)) continue;
    const list = textsOf(own, 'weight_names').map((path) => {
      const variable = own.get(path);
      if (!variable || variable instanceof Group) {
        return fail('file', where, `the HDF5 file must have ${JSON.stringify(path)} of ${name}`, 'none');
      }
      return weights.stored(path, variable);
    });
    found.set(name, list);
  }
  return found;
}

function sourceOf({ chain }: ModelConfig, weights: ReadonlyMap<string, StoredWeight[]>): SourceLayer[] {
  return chain.map((layer) => ({ ...layer, weights: weights.get(layer.name) ?? [] }));
}

function readArchive(where: string, bytes: Uint8Array): [SourceLayer[], Dialect] {
  const entries = readZip(where, bytes);
  const take = (name: string): Uint8Array => {
    const read = entries.get(name);
    return read ? read() : fail('file', where, `the archive must have ${name}`, 'none');
  };
  const json = (name: string): unknown => parseJson(where, name, new TextDecoder().decode(take(name)));
  const { keras_version: version } = asObject(where, 'metadata.json', json('metadata.json'));
  const config = readModel(where, json('config.json'));
  const root = readHdf5(where, take('model.weights.h5'));
  return [sourceOf(config, variableWeights(root, config.all, new Weights(bytes.length))), dialectOf(version)];
}

function readFile(where: string, bytes: Uint8Array): [SourceLayer[], Dialect] {
  const root = readHdf5(where, bytes);
  const [json] = root.texts('model_config') ?? [];
  if (json === undefined) {
    fail('file', where, 'the HDF5 file must have a model_config, as model.save() writes', 'none');
  }
  const config = readModel(where, parseJson(where, 'model_config', json));
  const [version] = root.texts('keras_version') ?? ['2'];
  return [
    sourceOf(config, namedWeights(where, root, config.all, new Weights(bytes.length))),
    dialectOf(version),
  ];
}

/**
 * A model from Keras: the bytes of a `.keras` file, or of an `.h5` file that `model.save()` wrote, of Keras 2 or 3.
 *
 * Models are Sequential, or functional with one layer after the other, of: InputLayer, SimpleRNN, LSTM, GRU (reset before
 * or after), Bidirectional with any way to merge, Dense, Embedding, Dropout, SpatialDropout1D, Masking, LayerNormalization,
 * TimeDistributed of layers that act on each step, Activation, ReLU and Softmax. Activations: linear, sigmoid, tanh,
 * relu, softsign, hard_sigmoid (of the Keras that saved it), and softmax of a Dense. One layer may become several: a
 * Dense with an activation is a Linear and a Nonlinearity.
 *
 * `stateful` is what a stream is for; a model from here begins each call from zeros.
 *
 * @returns the model, a {@link MaskedSequential} if it has a mask
 * @throws CellgateError (as a rejection) `dtype` for anything but a `Uint8Array`; `file` for a file that is damaged or holds
 * something else; `unsupported` for one that has other layers or options, all of which are named; `memory`, `backend`,
 * `uninitialized` as a new model
 *
 * @example
 * ```ts
 * import { CellgateError } from 'cellgate';
 * import { loadKeras } from 'cellgate/keras';
 *
 * // await loadKeras(await readFile('model.keras'))
 * await loadKeras(new Uint8Array(4)).catch((error: unknown) => {
 *   if (error instanceof CellgateError) console.log(error.code); // file
 * });
 * ```
 */
export async function loadKeras(bytes: Uint8Array): Promise<Sequential> {
  const where = 'loadKeras';
  if (!(bytes instanceof Uint8Array)) fail('dtype', where, 'bytes must be a Uint8Array', describe(bytes));
  const [layers, dialect] = isZip(bytes) ? readArchive(where, bytes) : readFile(where, bytes);
  return buildModel(where, planOf(where, layers, dialect));
}
