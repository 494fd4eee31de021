/** Protocol Buffers' wire format, written by the fields of `schema.ts`. */

import type { Numbers } from './numbers.js';
import { type Messages, SCHEMA } from './schema.js';

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** A message with only the fields that are to be written. */
export type Written<N extends keyof Messages> = {
  readonly [K in keyof Messages[N]]?: WrittenValue<Messages[N][K]>;
};

type MessageName<M> = { [N in keyof Messages]: Messages[N] extends M ? N : never }[keyof Messages];

type WrittenValue<V> = V extends Numbers | Uint8Array | string | number | bigint
  ? V
  : V extends readonly (infer Item)[]
    ? readonly (Item extends string
        ? string
        : Item extends Uint8Array
          ? Uint8Array
          : Written<MessageName<Item>>)[]
    : Written<MessageName<NonNullable<V>>>;

/** Pieces of a file, so that weights are copied once. */
interface Pieces {
  readonly parts: Uint8Array[];
  length: number;
}

function add(pieces: Pieces, part: Uint8Array): void {
  pieces.parts.push(part);
  pieces.length += part.length;
}

/** In groups of 7 bits, the lowest first. */
function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return bytes;
}

function addDelimited(pieces: Pieces, number: number, content: Pieces): void {
  add(pieces, Uint8Array.from([...varint(number * 8 + LENGTH_DELIMITED), ...varint(content.length)]));
  for (const part of content.parts) add(pieces, part);
}

function addValue(pieces: Pieces, number: number, type: string, value: unknown): void {
  if (type === 'int64' || type === 'int32') {
    add(pieces, Uint8Array.from([...varint(number * 8 + VARINT), ...varint(value as number | bigint)]));
  } else if (type === 'float') {
    const bytes = new Uint8Array(5);
    bytes[0] = number * 8 + FIXED32;
    new DataView(bytes.buffer).setFloat32(1, value as number, true);
    add(pieces, bytes);
  } else {
    addDelimited(pieces, number, contentOf(type, value));
  }
}

function contentOf(type: string, value: unknown): Pieces {
  if (type !== 'string' && type !== 'bytes') return piecesOf(type as keyof Messages, value as object);
  const bytes = type === 'string' ? new TextEncoder().encode(value as string) : (value as Uint8Array);
  return { parts: [bytes], length: bytes.length };
}

function piecesOf(name: keyof Messages, message: object): Pieces {
  const pieces: Pieces = { parts: [], length: 0 };
  const given = message as Record<string, unknown>;
  for (const [number, field] of Object.entries(SCHEMA[name])) {
    const value = given[field.name];
    if (value === undefined) continue;
    const items = field.repeated ? (value as Iterable<unknown>) : [value];
    for (const item of items) addValue(pieces, Number(number), field.type, item);
  }
  return pieces;
}

/** The bytes of a message. */
export function writeMessage<N extends keyof Messages>(
  name: N,
  message: Written<N>,
): Uint8Array<ArrayBuffer> {
  const { parts, length } = piecesOf(name, message);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
