/**
 * How rows of a table become steps of a network and its output a forecast: what `train` chooses and `run` needs again. It is
 * kept as JSON in the metadata of the model's file.
 */
import { describe, fail } from '../errors.js';
import { oneOf, positive, type Reader, readOptions, real, size, type Values } from '../options.js';
import { readSafeTensors, writeSafeTensors } from '../safetensors.js';

const KEY = 'recipe';

const text: Reader<string> = (where, name, value) =>
  typeof value === 'string' ? value : fail('file', where, `${name} must be a text`, describe(value));

const input: Reader<{ column: string; of: 'change' | 'level'; mean: number; scale: number }> = (
  where,
  name,
  value,
) =>
  readOptions(
    where,
    value,
    { column: text, of: oneOf(['change', 'level']), mean: real(), scale: positive() },
    name,
  );

const readers = {
  target: text,
  /** Rows from the last one that is known to the one that is forecast. */
  horizon: size(),
  /** Rows that the network reads. */
  window: size(),
  /** Each column: its values, or their changes from the row before, less their mean and divided by their scale. */
  inputs: ((where, name, value) => {
    if (!Array.isArray(value) || value.length === 0) {
      fail('file', where, `${name} must be a list of columns`, describe(value));
    }
    return value.map((item, index) => input(where, `${name}[${index}]`, item));
  }) as Reader<Values<{ all: typeof input }>['all'][]>,
  /** The output is the change of the target over the horizon, in this scale. */
  mean: real(),
  scale: positive(),
};

export type Recipe = Values<typeof readers>;

/** The file of a model with a recipe in it. */
export function withRecipe(model: Uint8Array, recipe: Recipe): Uint8Array {
  const { tensors, metadata } = readSafeTensors('train', model);
  return writeSafeTensors({ tensors, metadata: { ...metadata, [KEY]: JSON.stringify(recipe) } });
}

/** The recipe in the metadata of a file; undefined if it has none. */
export function recipeIn(where: string, metadata: Readonly<Record<string, string>>): Recipe | undefined {
  const json = metadata[KEY];
  if (json === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    fail('file', where, 'the recipe must be JSON', describe(json));
  }
  return readOptions(where, value, readers, KEY);
}
