/** Models from TensorFlow.js. */

import { describe, fail } from '../errors.js';
import { asObject, readJson } from '../json.js';
import { buildModel } from '../keras/build.js';
import { planOf } from '../keras/builder.js';
import { readModel, type StoredWeight } from '../keras/model.js';
import type { Sequential } from '../sequential.js';
import { readManifest } from './weights.js';

function readShards(where: string, shards: unknown): Uint8Array[] {
  if (!Array.isArray(shards)) fail('value', where, 'shards must be an array', describe(shards));
  return shards.map((shard: unknown, index) => {
    if (shard instanceof ArrayBuffer) return new Uint8Array(shard);
    if (shard instanceof Uint8Array) return shard;
    return fail('value', where, `shards[${index}] must be an ArrayBuffer or a Uint8Array`, describe(shard));
  });
}

/** Weights by the layer whose name is a part of theirs, in the order of the manifest. */
function byLayer(weights: readonly StoredWeight[], names: ReadonlySet<string>): Map<string, StoredWeight[]> {
  const found = new Map<string, StoredWeight[]>();
  for (const weight of weights) {
    const layer = weight.name.split('/').find((part) => names.has(part));
    if (layer === undefined) continue;
    const own = found.get(layer) ?? [];
    own.push(weight);
    found.set(layer, own);
  }
  return found;
}

/**
 * A model from TensorFlow.js: a layers model, as `model.save()` or `tensorflowjs_converter` wrote it. Layers and activations
 * are those of {@link loadKeras}, with TensorFlow.js' hard sigmoid, 0.2 x + 0.5. Weights may be quantised.
 *
 * @param modelJson what is in `model.json`, as an object, text or bytes
 * @param shards what is in the files that its manifest names, in that order, or in one piece
 * @returns the model, which skips steps if it has a mask
 * @throws CellgateError `value` for arguments; `file` for a model that is damaged or of another kind; `unsupported` for one
 * that has other layers or options, all of which are named; `memory`, `backend`, `uninitialized` as a new model
 *
 * @example
 * ```ts
 * import { Linear, LSTM, Sequential } from 'cellgate';
 * import { loadTfjs, saveTfjs } from 'cellgate/tfjs';
 *
 * const model = new Sequential([
 *   new LSTM({ inputSize: 2, hiddenSize: 4 }),
 *   new Linear({ inputSize: 4, outputSize: 1 }),
 * ]);
 * const { modelJson, shards } = saveTfjs(model);
 * console.log(loadTfjs(modelJson, shards).layers.length); // 2
 * ```
 */
export function loadTfjs(
  modelJson: object | string | Uint8Array,
  shards: readonly (ArrayBuffer | Uint8Array)[],
): Sequential {
  const where = 'loadTfjs';
  const json = readJson(where, 'modelJson', modelJson);
  const parts = readShards(where, shards);
  const { format = 'layers-model', modelTopology, weightsManifest } = json;
  if (format !== 'layers-model') {
    fail('unsupported', where, "modelJson.format must be 'layers-model'", describe(format));
  }
  const topology = asObject(where, 'modelTopology', modelTopology);
  const { all, chain } = readModel(where, topology.model_config ?? topology);
  const names = new Set(all.map(({ name }) => name));
  const weights = byLayer(readManifest(where, weightsManifest, parts), names);
  const layers = chain.map((layer) => ({ ...layer, weights: weights.get(layer.name) ?? [] }));
  return buildModel(where, planOf(where, layers, 'keras2'));
}
