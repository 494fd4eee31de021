/**
 * PyTorch's own files, as `torch.save` writes them: a zip archive with a pickle, `data.pkl`, and the values of each storage
 * in an entry of its own, `data/0`.
 */

import { ELEMENTS, type ElementName, toFloat32 } from '../elements.js';
import { describe, fail, sizes } from '../errors.js';
import { countOf } from '../tensor.js';
import { type Archive, readZip } from '../zip.js';
import { PickleFunction, unpickle } from './pickle.js';
import type { WeightEntry } from './select.js';

/** Types of storages by the name of their class. */
const STORAGES = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
} as const satisfies Record<string, ElementName>;

/** As in PyTorch's own kernels. */
const MAX_AXES = 64;

/** A class of storage, as a pickle names it. */
class StorageType {
  readonly element: ElementName;

  constructor(element: ElementName) {
    this.element = element;
  }
}

/** Values that tensors are views of. */
class Storage {
  readonly element: ElementName;
  readonly count: number;
  readonly bytes: Uint8Array;

  constructor(element: ElementName, count: number, bytes: Uint8Array) {
    this.element = element;
    this.count = count;
    this.bytes = bytes;
  }
}

/** A tensor as the file has it. */
export class StoredTensor {
  readonly shape: number[];
  readonly #strides: readonly number[];
  readonly #offset: number;
  readonly #storage: Storage;

  constructor(storage: Storage, offset: number, shape: number[], strides: readonly number[]) {
    this.#storage = storage;
    this.#offset = offset;
    this.shape = shape;
    this.#strides = strides;
  }

  /** The tensor under a name. */
  entry(name: string): WeightEntry {
    const { shape } = this;
    const { element, bytes } = this.#storage;
    const read = (where: string) =>
      toFloat32(where, JSON.stringify(name), element, bytes, countOf(shape), (at) => this.#place(at));
    return { name, element, shape, read };
  }

  /** Place in the storage of the value at a row-major place. */
  #place(at: number): number {
    let place = this.#offset;
    let rest = at;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      const size = this.shape[axis] as number;
      place += (rest % size) * (this.#strides[axis] as number);
      rest = Math.floor(rest / size);
    }
    return place;
  }
}

function isNaturals(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** The storages of a file. */
class Storages {
  readonly #where: string;
  readonly #entries: Archive;
  /** Bytes by the keys that have been met: many tensors can name the same one, which can be long. */
  readonly #known = new Map<string, Uint8Array>();

  constructor(where: string, entries: Archive) {
    this.#where = where;
    this.#entries = entries;
  }

  /** What an identifier in the pickle means. */
  of(id: unknown): Storage {
    const [kind, type, key, , count] = Array.isArray(id) ? id : [];
    if (
      kind !== 'storage' ||
      !(type instanceof StorageType) ||
      typeof key !== 'string' ||
      !isNaturals([count])
    ) {
      fail('file', this.#where, 'what tensors refer to must be storages', describe(id));
    }
    const bytes = this.#known.get(key) ?? this.#read(key);
    const expected = (count as number) * ELEMENTS[type.element].bytes;
    if (bytes.length !== expected) {
      const what = `storage ${JSON.stringify(key)} must have ${expected} bytes`;
      fail('file', this.#where, what, `${bytes.length} bytes`);
    }
    return new Storage(type.element, count as number, bytes);
  }

  #read(key: string): Uint8Array {
    const read = this.#entries.get(`data/${key}`);
    if (!read) {
      return fail('file', this.#where, `storage ${JSON.stringify(key)} must be in the archive`, 'none');
    }
    const bytes = read();
    this.#known.set(key, bytes);
    return bytes;
  }
}

function tensorOf(where: string, args: readonly unknown[]): StoredTensor {
  const [storage, offset, shape, strides] = args;
  if (!(storage instanceof Storage)) fail('file', where, 'tensors must be of a storage', describe(storage));
  const axes = Array.isArray(shape) ? shape.length : 0;
  if (axes > MAX_AXES) fail('file', where, `tensors must have at most ${MAX_AXES} axes`, `${axes}`);
  if (
    !isNaturals([offset]) ||
    !isNaturals(shape) ||
    !(Array.isArray(strides) && strides.length === axes) ||
    !isNaturals(strides)
  ) {
    fail('file', where, 'tensors must have an offset, sizes and as many strides', describe(args));
  }
  const count = countOf(shape);
  const last = shape.reduce(
    (sum, size, axis) => sum + (size - 1) * (strides[axis] as number),
    offset as number,
  );
  if (count > storage.count || (count > 0 && last >= storage.count)) {
    const expected = `a tensor ${sizes(shape)} must be within its storage of ${storage.count} values`;
    fail('file', where, expected, `value ${last}`);
  }
  return new StoredTensor(storage, offset as number, shape, strides);
}

/** A dictionary of nothing or of another one, which no one uses then: a copy could be asked for again and again. */
function dictOf(where: string, args: readonly unknown[]): Map<unknown, unknown> {
  const [items = new Map()] = args;
  if (items instanceof Map) return items;
  return fail('file', where, 'dictionaries must be made of nothing or of a dictionary', describe(items));
}

/** What `torch.save` writes for tensors and what is around them. */
function globalsOf(where: string): Map<string, unknown> {
  const tensor = new PickleFunction((args) => tensorOf(where, args));
  const dict = new PickleFunction((args) => dictOf(where, args));
  const first = new PickleFunction(([value]) => value);
  return new Map<string, unknown>([
    ['torch._utils._rebuild_tensor_v2', tensor],
    ['torch._utils._rebuild_parameter', first],
    ['torch.Size', first],
    ['collections.OrderedDict', dict],
    ['collections.Counter', dict],
    ...Object.entries(STORAGES).map(([name, element]): [string, unknown] => [
      `torch.${name}`,
      new StorageType(element),
    ]),
  ]);
}

/** The archive without the folder that all its entries are in. */
function withoutFolder(where: string, archive: Archive): Archive {
  const pickle = [...archive.keys()].find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickle === undefined)
    fail('file', where, 'bytes must be a file of torch.save', 'an archive without data.pkl');
  const folder = pickle.slice(0, -'data.pkl'.length);
  const inside = [...archive].filter(([name]) => name.startsWith(folder));
  return new Map(inside.map(([name, read]) => [name.slice(folder.length), read]));
}

/**
 * What `torch.save` was given.
 * @throws CellgateError `unsupported` for anything but tensors in plain values; `file` for a damaged file
 */
export function readCheckpoint(where: string, bytes: Uint8Array): unknown {
  const entries = withoutFolder(where, readZip(where, bytes));
  if (entries.has('constants.pkl')) {
    const expected = 'bytes must be what torch.save wrote of a state_dict()';
    fail('unsupported', where, expected, 'a TorchScript program');
  }
  const order = entries.get('byteorder')?.();
  if (order && new TextDecoder().decode(order) !== 'little') {
    fail('unsupported', where, 'values must be little-endian', 'another order of bytes');
  }
  const storages = new Storages(where, entries);
  const persistent = (id: unknown): Storage => storages.of(id);
  const pickle = entries.get('data.pkl') as () => Uint8Array;
  return unpickle(where, pickle(), { globals: globalsOf(where), persistent });
}
