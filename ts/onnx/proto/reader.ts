/**
 * Protocol Buffers' wire format, read by the fields of `schema.ts`. Nothing of a file is believed: every length is checked
 * against what holds it, and what takes far more in memory than in the file is counted.
 */

import { fail } from '../../errors.js';
import { NUMBER_BYTES, NumberList, type NumberType, noNumbers } from './numbers.js';
import { type Messages, SCHEMA } from './schema.js';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Wire type of each type of number, by itself. */
const WIRE_TYPES: Record<NumberType, number> = {
  float: FIXED32,
  double: FIXED64,
  int32: VARINT,
  int64: VARINT,
};

/** Graphs inside graphs take three messages a level. */
const MAX_DEPTH = 64;
const MAX_VARINT_BYTES = 10;
/** What a file may hold: some, and so many more for each of its bytes. */
const MOST = {
  /** A node of twenty bytes takes two thousand and more until it runs. */
  messages: { free: 2 ** 15, perByte: 1 / 1024 },
  /** Texts and pieces of bytes; an empty one takes a hundred. */
  pieces: { free: 2 ** 19, perByte: 1 / 32 },
  /** Bytes of repeated numbers; of one byte in the file each takes eight. */
  numbers: { free: 2 ** 25, perByte: 2 },
} as const;
type Counted = keyof typeof MOST;

interface Field {
  readonly name: string;
  readonly type: string;
  readonly repeated?: true;
}

type Fields = Readonly<Record<number, Field>>;
type Message = Record<string, unknown>;

const SCHEMAS: Readonly<Record<string, Fields>> = SCHEMA;
const NO_ITEMS: readonly never[] = Object.freeze([]);
const NO_BYTES = new Uint8Array(0);

function isNumberType(type: string): type is NumberType {
  return Object.hasOwn(WIRE_TYPES, type);
}

function emptyValue({ type, repeated }: Field): unknown {
  if (isNumberType(type)) {
    if (repeated) return noNumbers(type);
    return type === 'int64' ? 0n : 0;
  }
  if (repeated) return NO_ITEMS;
  if (type === 'string') return '';
  return type === 'bytes' ? NO_BYTES : undefined;
}

/** Messages as they are without any field. */
const EMPTY: Readonly<Record<string, Message>> = Object.fromEntries(
  Object.entries(SCHEMAS).map(([name, fields]) => [
    name,
    Object.fromEntries(Object.values(fields).map((field) => [field.name, emptyValue(field)])),
  ]),
);

class Reader {
  readonly #where: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
  readonly #left: Record<Counted, number>;
  #at = 0;

  constructor(where: string, bytes: Uint8Array) {
    this.#where = where;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const most = ({ free, perByte }: (typeof MOST)[Counted]) => free + perByte * bytes.length;
    this.#left = { messages: most(MOST.messages), pieces: most(MOST.pieces), numbers: most(MOST.numbers) };
  }

  #count(what: Counted, count = 1): void {
    this.#left[what] -= count;
    if (this.#left[what] < 0) this.#fail(`fewer ${what} for its size`, 'too many');
  }

  /** The message that ends there. */
  message(name: string, end: number, depth: number): Message {
    if (depth > MAX_DEPTH) this.#fail(`messages at most ${MAX_DEPTH} deep`, 'deeper ones');
    this.#count('messages');
    const message: Message = { ...EMPTY[name] };
    const lists = new Map<string, NumberList>();
    while (this.#at < end) {
      const key = Number(this.#varint(end));
      const wireType = key % 8;
      const field = SCHEMAS[name]?.[(key - wireType) / 8];
      if (field === undefined) this.#skip(wireType, end);
      else this.#field(message, lists, field, wireType, end, depth);
    }
    for (const [field, list] of lists) message[field] = list.values;
    return message;
  }

  #field(
    message: Message,
    lists: Map<string, NumberList>,
    field: Field,
    wireType: number,
    end: number,
    depth: number,
  ): void {
    const { name, type, repeated } = field;
    if (isNumberType(type)) {
      if (repeated) this.#numbers(listOf(lists, name, type), name, type, wireType, end);
      else message[name] = this.#number(name, type, wireType, end);
      return;
    }
    if (wireType !== LENGTH_DELIMITED) this.#wrongType(name, wireType);
    const stop = this.#length(end);
    const value = this.#item(type, stop, depth);
    if (!repeated) {
      message[name] = value;
      return;
    }
    if (message[name] === NO_ITEMS) message[name] = [];
    (message[name] as unknown[]).push(value);
  }

  #item(type: string, stop: number, depth: number): unknown {
    if (type !== 'string' && type !== 'bytes') return this.message(type, stop, depth + 1);
    this.#count('pieces');
    const bytes = this.#bytes.subarray(this.#at, stop);
    this.#at = stop;
    return type === 'bytes' ? bytes : this.#text(bytes);
  }

  #text(bytes: Uint8Array): string {
    try {
      return this.#utf8.decode(bytes);
    } catch {
      return this.#fail('text in UTF-8', 'other bytes');
    }
  }

  /** Repeated numbers come one by one or packed into one field. */
  #numbers(list: NumberList, name: string, type: NumberType, wireType: number, end: number): void {
    if (wireType !== LENGTH_DELIMITED) {
      this.#count('numbers', NUMBER_BYTES[type]);
      list.push(this.#number(name, type, wireType, end));
      return;
    }
    const stop = this.#length(end);
    const count = this.#countPacked(type, stop);
    this.#count('numbers', count * NUMBER_BYTES[type]);
    list.reserve(count);
    while (this.#at < stop) list.push(this.#number(name, type, WIRE_TYPES[type], stop));
  }

  #countPacked(type: NumberType, stop: number): number {
    const length = stop - this.#at;
    if (WIRE_TYPES[type] !== VARINT) return Math.floor(length / NUMBER_BYTES[type]);
    let count = 0;
    for (let at = this.#at; at < stop; at++) if ((this.#bytes[at] as number) < 128) count++;
    return count;
  }

  #number(name: string, type: NumberType, wireType: number, end: number): number | bigint {
    if (wireType !== WIRE_TYPES[type]) this.#wrongType(name, wireType);
    if (type === 'float') return this.#view.getFloat32(this.#advance(4, end), true);
    if (type === 'double') return this.#view.getFloat64(this.#advance(8, end), true);
    const value = this.#varint(end);
    if (type === 'int32') return Number(BigInt.asIntN(32, BigInt(value)));
    return BigInt.asIntN(64, BigInt(value));
  }

  /** A number of up to 64 bits, in groups of 7, the lowest first; a bigint where a number could not hold it. */
  #varint(end: number): number | bigint {
    const start = this.#at;
    let value = 0;
    let scale = 1;
    for (let at = start; at < Math.min(end, start + MAX_VARINT_BYTES); at++) {
      const byte = this.#bytes[at] as number;
      value += (byte & 127) * scale;
      if (byte < 128) {
        this.#at = at + 1;
        return value <= Number.MAX_SAFE_INTEGER ? value : this.#longVarint(start, at);
      }
      scale *= 128;
    }
    return this.#fail('whole numbers of at most 64 bits', 'a longer one, or its beginning');
  }

  #longVarint(first: number, last: number): bigint {
    let value = 0n;
    for (let at = last; at >= first; at--) value = (value << 7n) | BigInt((this.#bytes[at] as number) & 127);
    return BigInt.asUintN(64, value);
  }

  /** Reads a length: where what it belongs to ends. */
  #length(end: number): number {
    const length = Number(this.#varint(end));
    if (length > end - this.#at) {
      this.#fail(`a field of ${length} bytes`, `${end - this.#at} bytes to the end of what holds it`);
    }
    return this.#at + length;
  }

  #advance(count: number, end: number): number {
    const at = this.#at;
    if (count > end - at) this.#fail('whole fields', 'a field that ends too early');
    this.#at = at + count;
    return at;
  }

  #skip(wireType: number, end: number): void {
    if (wireType === VARINT) this.#varint(end);
    else if (wireType === FIXED64) this.#advance(8, end);
    else if (wireType === LENGTH_DELIMITED) this.#at = this.#length(end);
    else if (wireType === FIXED32) this.#advance(4, end);
    else this.#wrongType('a field', wireType);
  }

  #wrongType(name: string, wireType: number): never {
    return this.#fail(`${name} of its own wire type`, `wire type ${wireType}`);
  }

  #fail(expected: string, got: string): never {
    return fail('file', this.#where, `bytes must hold ${expected}`, `${got} at byte ${this.#at}`);
  }
}

function listOf(lists: Map<string, NumberList>, name: string, type: NumberType): NumberList {
  const known = lists.get(name);
  if (known !== undefined) return known;
  const made = new NumberList(type);
  lists.set(name, made);
  return made;
}

/**
 * The message that the bytes are. Fields of bytes are views of them.
 * @throws CellgateError `file` for anything else
 */
export function readMessage<N extends keyof Messages>(
  where: string,
  name: N,
  bytes: Uint8Array,
): Messages[N] {
  return new Reader(where, bytes).message(name, bytes.length, 0) as unknown as Messages[N];
}
