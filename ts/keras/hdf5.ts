/**
 * A reader of HDF5 as h5py writes it by default: superblock 0 or 1, groups of symbol tables, datasets in one piece, texts
 * as attributes. That is all that Keras makes; anything else is refused by name.
 *
 * Offsets and structures are those of the HDF5 File Format Specification 3.0, whose sections are named below. Nothing of a
 * file is believed: every place is checked against its end, nodes must go down level by level, and their number is bounded.
 */

import { ELEMENTS, type ElementName } from '../elements.js';
import { fail } from '../errors.js';
import { countOf } from '../tensor.js';
import { Bytes } from './bytes.js';
import { type DataType, readDataspace, readDataType } from './hdf5-types.js';

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** Types of messages in an object's header (IV.A.2). */
const MESSAGE = {
  dataspace: 0x1,
  dataType: 0x3,
  layout: 0x8,
  attribute: 0xc,
  continuation: 0x10,
  symbols: 0x11,
};
/** Bit of a message's flags: what it says stands elsewhere. */
const SHARED = 2;
const CONTIGUOUS = 1;
const COMPACT = 0;
const UNDEFINED = 0xffff_ffff_ffff_ffffn;
/** What may be read of a file, down to messages, members and texts; a model of a hundred layers has some thousands. */
const MAX_STRUCTURES = 2 ** 17;
/** Bytes of a text that count as much as a structure. */
const TEXT_BYTES = 128;
const MAX_NAME_BYTES = 1024;
const ENTRY_BYTES = 40;

/** A table of numbers. */
export interface Dataset {
  readonly shape: number[];
  readonly element: ElementName;
  readonly bytes: Uint8Array;
}

interface Message {
  readonly type: number;
  readonly body: Bytes;
}

/** A file, or what is left of it to read. */
class File {
  readonly bytes: Bytes;
  readonly where: string;
  /** What has been opened, by its address. */
  readonly opened = new Map<number, Group | Dataset>();
  /** Places of texts in the global heaps by their index, by the heaps' addresses. */
  readonly #heaps = new Map<number, Map<number, Bytes>>();
  #structures = 0;

  constructor(where: string, bytes: Uint8Array) {
    this.where = where;
    this.bytes = new Bytes(where, 'the HDF5 file', bytes);
  }

  fail(expected: string, got: string): never {
    return fail('file', this.where, `the HDF5 file must have ${expected}`, got);
  }

  /** Counts what is read; long texts, which many places can refer to, as several. */
  count(textBytes = 0): void {
    this.#structures += 1 + textBytes / TEXT_BYTES;
    if (this.#structures > MAX_STRUCTURES) this.fail(`at most ${MAX_STRUCTURES} structures`, 'more');
  }

  /** A structure at an address, behind its signature if it has one. */
  at(address: number, signature = ''): Bytes {
    this.count();
    const part = this.bytes.from(address);
    const found = part.text(signature.length);
    if (found !== signature) this.fail(`'${signature}' at byte ${address}`, JSON.stringify(found));
    return part;
  }

  /** Messages of an object (IV.A.1.a). */
  messages(address: number): Message[] {
    const header = this.at(address);
    const version = header.u8();
    if (version !== 1) {
      const expected = 'headers of version 1, as h5py writes by default';
      fail('unsupported', this.where, `the HDF5 file must have ${expected}`, `version ${version}`);
    }
    header.skip(1);
    const count = header.u16();
    header.skip(4);
    const size = header.u32();
    header.skip(4);
    const blocks = [header.part(size)];
    const messages: Message[] = [];
    for (let block = blocks.shift(); block !== undefined; block = blocks.shift()) {
      while (block.left >= 8 && messages.length < count) {
        this.count();
        const type = block.u16();
        const length = block.u16();
        const flags = block.u8();
        block.skip(3);
        const body = block.part(length);
        if ((flags & SHARED) !== 0) this.fail('messages of its own', 'a shared one');
        messages.push({ type, body });
        if (type === MESSAGE.continuation) blocks.push(this.at(body.address()).part(body.address()));
      }
    }
    return messages;
  }

  /** Places of a group's members by name: a B-tree (III.A.1) of symbol nodes (III.B), with names in a heap (III.D). */
  members(tree: number, heap: number): Map<string, number> {
    const head = this.at(heap, 'HEAP');
    head.skip(4);
    const size = head.address();
    head.skip(8);
    const names = this.bytes.from(head.address()).part(size);
    const members = new Map<string, number>();
    for (const node of this.#symbolNodes(tree)) {
      const symbols = this.at(node, 'SNOD');
      symbols.skip(2);
      for (let rest = symbols.u16(); rest > 0; rest--) {
        this.count();
        const entry = symbols.part(ENTRY_BYTES);
        const name = names.from(entry.address()).line(MAX_NAME_BYTES);
        if (members.has(name)) this.fail('members with names of their own', `${JSON.stringify(name)} twice`);
        members.set(name, entry.address());
      }
    }
    return members;
  }

  /** One after the other, so that each is counted before the next is looked for. */
  *#symbolNodes(address: number, level?: number): Generator<number> {
    const node = this.at(address, 'TREE');
    const type = node.u8();
    const own = node.u8();
    if (type !== 0 || own !== (level ?? own)) this.fail('a tree of groups', `type ${type}, level ${own}`);
    const count = node.u16();
    node.skip(16);
    for (let rest = count; rest > 0; rest--) {
      node.skip(8);
      const child = node.address();
      if (own === 0) yield child;
      else yield* this.#symbolNodes(child, own - 1);
    }
  }

  /** Objects of a global heap by their index (III.E). */
  #heapAt(address: number): Map<number, Bytes> {
    const known = this.#heaps.get(address);
    if (known) return known;
    const heap = this.at(address, 'GCOL');
    heap.skip(4);
    const objects = this.bytes.from(address).part(heap.address());
    objects.skip(16);
    const found = new Map<number, Bytes>();
    while (objects.left >= 16) {
      const index = objects.u16();
      // Index 0 is the free space behind the objects.
      if (index === 0) break;
      this.count();
      objects.skip(6);
      const size = objects.address();
      found.set(index, objects.part(size));
      objects.skip(Math.min((8 - (size % 8)) % 8, objects.left));
    }
    this.#heaps.set(address, found);
    return found;
  }

  /** A text of any length, which is in a global heap. */
  heapText(reference: Bytes): string {
    const length = reference.u32();
    const address = reference.address();
    const index = reference.u32();
    if (length === 0) return '';
    this.count(length);
    const object = this.#heapAt(address).get(index);
    return object
      ? object.from(0).text(length)
      : this.fail(`object ${index} in the heap at byte ${address}`, 'none');
  }
}

/** Texts of an attribute: of fixed size, or in a global heap. */
function readTexts(
  file: File,
  type: DataType,
  shape: readonly number[],
  values: Bytes,
): string[] | undefined {
  const count = countOf(shape);
  if (count > 0 && type.kind === 'number') return undefined;
  if (count * type.size > values.left) file.fail('attributes with all their values', `${values.left} bytes`);
  file.count(count * type.size);
  return Array.from({ length: count }, () => {
    const value = values.part(type.size);
    return type.kind === 'text' ? value.line() : file.heapText(value);
  });
}

/** A group, with its members and its attributes of texts; read when asked for. */
export class Group {
  readonly #file: File;
  readonly #messages: readonly Message[];
  #members: Map<string, number> | undefined;
  #attributes: Map<string, Bytes> | undefined;

  constructor(file: File, messages: readonly Message[]) {
    this.#file = file;
    this.#messages = messages;
  }

  #memberAt(name: string): number | undefined {
    if (!this.#members) {
      const symbols = this.#messages.find(({ type }) => type === MESSAGE.symbols)?.body.from(0);
      this.#members = symbols ? this.#file.members(symbols.address(), symbols.address()) : new Map();
    }
    return this.#members.get(name);
  }

  /** The group or dataset at a path; undefined if there is none. */
  get(path: string): Group | Dataset | undefined {
    let found: Group | Dataset = this;
    for (const name of path.split('/').filter((part) => part !== '')) {
      const address: number | undefined = found instanceof Group ? found.#memberAt(name) : undefined;
      if (address === undefined) return undefined;
      found = openAt(this.#file, address);
    }
    return found;
  }

  /** The texts of an attribute; undefined if there is none, or of numbers. */
  texts(name: string): string[] | undefined {
    this.#attributes ??= new Map(
      this.#messages
        .filter(({ type }) => type === MESSAGE.attribute)
        .map(({ body }) => [readAttribute(this.#file, body).name, body]),
    );
    const body = this.#attributes.get(name);
    return body && readAttribute(this.#file, body).texts();
  }
}

/** Attribute message (IV.A.2.m). */
interface Attribute {
  readonly name: string;
  texts(): string[] | undefined;
}

function readAttribute(file: File, message: Bytes): Attribute {
  const body = message.from(0);
  const version = body.u8();
  if (version < 1 || version > 3) file.fail('attributes of version 1 to 3', `version ${version}`);
  body.skip(1);
  const lengths = [body.u16(), body.u16(), body.u16()] as const;
  if (version === 3) body.skip(1);
  const [name, type, space] = lengths.map((length) => {
    const part = body.part(length);
    // The first version fills up to whole words.
    if (version === 1) body.skip(Math.min((8 - (length % 8)) % 8, body.left));
    return part;
  }) as [Bytes, Bytes, Bytes];
  const values = body.part(body.left);
  return {
    name: name.line(MAX_NAME_BYTES),
    texts: () => readTexts(file, readDataType(type), readDataspace(space), values),
  };
}

/** Data layout message (IV.A.2.i): where a dataset's values are. */
function readLayout(file: File, body: Bytes, size: number): Uint8Array {
  const version = body.u8();
  const layout = body.u8();
  if (version !== 3 || (layout !== CONTIGUOUS && layout !== COMPACT)) {
    const expected = 'datasets in one piece, not in chunks and not compressed';
    fail(
      'unsupported',
      file.where,
      `the HDF5 file must have ${expected}`,
      `layout ${layout}, version ${version}`,
    );
  }
  if (layout === COMPACT) {
    body.skip(2);
    return body.bytes(size);
  }
  // No place: nothing was ever written.
  if (body.from(2).long() === UNDEFINED) {
    if (size === 0) return new Uint8Array(0);
    file.fail('values in every dataset', 'none');
  }
  return file.bytes.from(body.address()).bytes(size);
}

function openAt(file: File, address: number): Group | Dataset {
  const found = file.opened.get(address) ?? readObject(file, address);
  file.opened.set(address, found);
  return found;
}

function readObject(file: File, address: number): Group | Dataset {
  const messages = file.messages(address);
  const find = (type: number) => messages.find((message) => message.type === type)?.body;
  const layout = find(MESSAGE.layout);
  const space = find(MESSAGE.dataspace);
  const type = find(MESSAGE.dataType);
  if (!layout || !space || !type) return new Group(file, messages);
  const dataType = readDataType(type);
  if (dataType.kind !== 'number') file.fail('datasets of numbers', 'one of texts');
  const shape = readDataspace(space);
  const { element } = dataType;
  return { shape, element, bytes: readLayout(file, layout, countOf(shape) * ELEMENTS[element].bytes) };
}

/** Whether bytes begin as an HDF5 file does. */
export function isHdf5(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, at) => bytes[at] === byte);
}

/**
 * The root group of a file (II.A).
 * @throws CellgateError `file` for a damaged file, also when its groups are read; `unsupported` for other versions and layouts
 */
export function readHdf5(where: string, bytes: Uint8Array): Group {
  if (!isHdf5(bytes)) fail('file', where, 'the HDF5 file must begin with its signature', 'other bytes');
  const file = new File(where, bytes);
  const superblock = file.bytes.from(SIGNATURE.length);
  const version = superblock.u8();
  if (version > 1) {
    const expected = 'the HDF5 file must have a superblock of version 0 or 1, as h5py writes by default';
    fail('unsupported', where, expected, `version ${version}`);
  }
  superblock.skip(4);
  const [offsets, lengths] = [superblock.u8(), superblock.u8()];
  if (offsets !== 8 || lengths !== 8) {
    fail(
      'unsupported',
      where,
      'the HDF5 file must have offsets and lengths of 8 bytes',
      `${offsets} and ${lengths}`,
    );
  }
  superblock.skip(9 + (version === 1 ? 4 : 0));
  const base = superblock.address();
  if (base !== 0) fail('unsupported', where, 'the HDF5 file must begin at byte 0', `${base}`);
  superblock.skip(8);
  const end = superblock.address();
  if (end > bytes.length) file.fail(`the ${end} bytes that it says it has`, `${bytes.length}`);
  // Of the driver and of the root's name.
  superblock.skip(16);
  const root = openAt(file, superblock.address());
  return root instanceof Group ? root : file.fail('a group at its root', 'a dataset');
}
