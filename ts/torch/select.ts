/** Which of a file's tensors are wanted, and the names that layers know them by. */

import { type ElementName, isFloating } from '../elements.js';
import { describe, fail } from '../errors.js';
import type { StateDict } from '../module.js';
import { optional, type Reader, readOptions } from '../options.js';
import { countOf, Tensor } from '../tensor.js';
import { StoredTensor } from './checkpoint.js';

/** A tensor of a file whose values have not been read yet. */
export interface WeightEntry {
  readonly name: string;
  readonly element: ElementName;
  readonly shape: number[];
  read(where: string): Float32Array<ArrayBuffer>;
}

const text: Reader<string> = (where, name, value) =>
  typeof value === 'string' ? value : fail('value', where, `${name} must be a text`, describe(value));

const readers = { prefix: optional(text), key: optional(text) };

/** Options of `loadTorch`. */
export interface LoadTorchOptions {
  /**
   * Takes only what has names that begin so, without it: with `'encoder.lstm.'`, `encoder.lstm.weight_ih_l0` becomes
   * `weight_ih_l0`. All if left out.
   */
  prefix?: string | undefined;
  /**
   * Of a checkpoint that holds several dictionaries, the name of the wanted one. If left out: the checkpoint itself if it
   * holds tensors, else `state_dict`, `model_state_dict` or `model`, else the only one that holds tensors.
   */
  key?: string | undefined;
}

/** Options with everything that can be wrong with them found. */
export function readLoadOptions(
  where: string,
  options: unknown,
): { prefix: string; key: string | undefined } {
  const { prefix = '', key } = readOptions(where, options, readers);
  return { prefix, key };
}

/** Names that checkpoints give the weights among other things. */
const USUAL_KEYS = ['state_dict', 'model_state_dict', 'model'];
/** Of errors that list names. */
const MAX_LISTED = 6;

function listed(names: readonly string[]): string {
  const more = names.length - MAX_LISTED;
  const list = names.slice(0, MAX_LISTED).map((name) => JSON.stringify(name.slice(0, 60)));
  return names.length === 0 ? 'none' : list.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function holdsTensors(value: unknown): value is Map<unknown, unknown> {
  if (!(value instanceof Map)) return false;
  for (const entry of value.values()) if (entry instanceof StoredTensor) return true;
  return false;
}

/** The names in a dictionary of dictionaries of tensors, each of which may be there under many names. */
function namesOfDicts(root: ReadonlyMap<unknown, unknown>): string[] {
  const known = new Map<unknown, boolean>();
  const names: string[] = [];
  for (const [name, value] of root) {
    if (typeof name !== 'string') continue;
    const holds = known.get(value) ?? holdsTensors(value);
    known.set(value, holds);
    if (holds) names.push(name);
  }
  return names;
}

/** The dictionary of weights in what `torch.save` was given. */
export function weightsIn(where: string, root: unknown, key: string | undefined): WeightEntry[] {
  if (!(root instanceof Map)) {
    const got = root instanceof StoredTensor ? 'a tensor' : describe(root);
    return fail('file', where, 'bytes must hold a dictionary of tensors, such as a state_dict()', got);
  }
  const inside = namesOfDicts(root);
  let dict = holdsTensors(root) ? root : undefined;
  if (key !== undefined) {
    dict = root.get(key);
    if (!holdsTensors(dict))
      fail('file', where, `the checkpoint must hold tensors in '${key}'`, listed(inside));
  }
  const usual = USUAL_KEYS.find((name) => inside.includes(name));
  const chosen = usual ?? (inside.length === 1 ? inside[0] : undefined);
  dict ??= chosen === undefined ? undefined : root.get(chosen);
  if (!dict) {
    const expected = 'the checkpoint must hold one dictionary of tensors, or options.key name one of its own';
    return fail('file', where, expected, listed(inside));
  }
  return [...dict].flatMap(([name, value]) =>
    value instanceof StoredTensor && typeof name === 'string' ? [value.entry(name)] : [],
  );
}

/** The last part of the names that LSTMCell, GRUCell and RNNCell have; layers have the number of the layer as well. */
const CELL_NAME = /(^|\.)(weight|bias)_(ih|hh)$/;
/** As float32 halves take twice what the file has, and as much again where two tensors share them; no more than this. */
const READ = { times: 4, bytes: 2 ** 20 };

/**
 * The entries under a prefix as float32, by the names that layers have. Those of whole numbers and booleans, such as
 * counters of batches, are no weights and are left out.
 */
export function toStateDict(
  where: string,
  entries: readonly WeightEntry[],
  prefix: string,
  fileBytes: number,
): StateDict {
  const floating = entries.filter(({ element }) => isFloating(element));
  const wanted = floating.filter(({ name }) => name.startsWith(prefix) && name !== prefix);
  if (wanted.length === 0) {
    const expected = prefix === '' ? 'bytes must hold weights' : `names must begin with '${prefix}'`;
    fail('file', where, expected, listed(floating.map(({ name }) => name)));
  }
  const total = wanted.reduce((sum, { shape }) => sum + 4 * countOf(shape), 0);
  const most = READ.times * fileBytes + READ.bytes;
  if (total > most) fail('file', where, `tensors must have at most ${most} bytes as float32`, String(total));
  const dict = new Map<string, Tensor>();
  for (const entry of wanted) {
    const name = entry.name.slice(prefix.length).replace(CELL_NAME, '$1$2_$3_l0');
    if (dict.has(name))
      fail('file', where, 'tensors must have names of their own', `${JSON.stringify(name)} twice`);
    dict.set(name, new Tensor(entry.read(where), entry.shape));
  }
  return Object.fromEntries(dict);
}
