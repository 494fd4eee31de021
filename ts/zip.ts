/**
 * Zip archives, in which PyTorch and Keras keep their models. Nothing of an archive is believed: places, sizes and
 * checksums are checked, and an entry is only unpacked when it is asked for, into exactly the size that it declares.
 *
 * Layout: PKWARE's APPNOTE 6.3, sections 4.3 and 4.5.3 (zip64).
 */

import { inflateSync } from 'fflate';
import { CellgateError, fail, reasonOf } from './errors.js';

/** Entries by name; the first call unpacks one. */
export type Archive = ReadonlyMap<string, () => Uint8Array>;

const LOCAL = { mark: 0x04034b50, bytes: 30 };
const CENTRAL = { mark: 0x02014b50, bytes: 46 };
const END = { mark: 0x06054b50, bytes: 22 };
const END64 = { mark: 0x06064b50, bytes: 56 };
const LOCATOR64 = { mark: 0x07064b50, bytes: 20 };
const EXTRA64 = 1;
const MAX_COMMENT = 0xffff;
/** What a field holds whose value is in the zip64 record instead. */
const IN_EXTRA = { short: 0xffff, long: 0xffffffff };
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
/** Entries may unpack to this many times the archive and as many bytes more, all of them together. */
const UNPACKED = { times: 2, bytes: 2 ** 24 };

/** Whether bytes begin as an archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0, true) === LOCAL.mark;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** CRC-32 of ISO 3309, as zip has it. */
function checksum(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (let at = 0; at < bytes.length; at++) {
    sum = (sum >>> 8) ^ (CRC[(sum ^ (bytes[at] as number)) & 0xff] as number);
  }
  return ~sum >>> 0;
}

interface Directory {
  readonly count: number;
  readonly start: number;
}

/** Reads a record at a place, or refuses one that is cut or none. */
function recordAt(
  where: string,
  view: DataView,
  at: number,
  { mark, bytes }: { mark: number; bytes: number },
  name: string,
): DataView {
  const isInside = Number.isSafeInteger(at) && at >= 0 && at + bytes <= view.byteLength;
  if (!isInside || view.getUint32(at, true) !== mark) {
    fail('file', where, `bytes must be a whole zip archive with ${name} at byte ${at}`, 'none there');
  }
  return new DataView(view.buffer, view.byteOffset + at);
}

function long(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function findDirectory(where: string, view: DataView): Directory {
  const first = Math.max(0, view.byteLength - END.bytes - MAX_COMMENT);
  let at = view.byteLength - END.bytes;
  while (at >= first && view.getUint32(at, true) !== END.mark) at--;
  if (at < first)
    fail('file', where, 'bytes must be a whole zip archive with a directory at its end', 'none');
  const count = view.getUint16(at + 10, true);
  const start = view.getUint32(at + 16, true);
  if (count !== IN_EXTRA.short && start !== IN_EXTRA.long) return { count, start };
  const locator = recordAt(where, view, at - LOCATOR64.bytes, LOCATOR64, 'the place of its directory');
  const end = recordAt(where, view, long(locator, 8), END64, 'the end of its directory');
  return { count: long(end, 32), start: long(end, 48) };
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly sum: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

/** Sizes and place of an entry, from the record or from its zip64 field. */
function placeOf(
  where: string,
  record: DataView,
  extra: DataView,
): Pick<Entry, 'packed' | 'size' | 'offset'> {
  let at = 0;
  let end = 0;
  for (let next = 0; next + 4 <= extra.byteLength; next += 4 + extra.getUint16(next + 2, true)) {
    if (extra.getUint16(next, true) !== EXTRA64) continue;
    at = next + 4;
    end = Math.min(at + extra.getUint16(next + 2, true), extra.byteLength);
    break;
  }
  const value = (field: number): number => {
    const given = record.getUint32(field, true);
    if (given !== IN_EXTRA.long) return given;
    if (at + 8 > end) fail('file', where, 'entries must have their sizes', 'one without');
    at += 8;
    return long(extra, at - 8);
  };
  // The order of the zip64 field.
  const size = value(24);
  const packed = value(20);
  return { size, packed, offset: value(42) };
}

function readDirectory(where: string, bytes: Uint8Array): Entry[] {
  const view = viewOf(bytes);
  const { count, start } = findDirectory(where, view);
  const entries: Entry[] = [];
  let at = start;
  // A count that is too large ends at the first record that is none.
  for (let index = 0; index < count; index++) {
    const record = recordAt(where, view, at, CENTRAL, `entry ${index}`);
    const nameEnd = at + CENTRAL.bytes + record.getUint16(28, true);
    const extraEnd = nameEnd + record.getUint16(30, true);
    if (extraEnd > bytes.length) fail('file', where, `entry ${index} must have a name`, 'a cut one');
    const name = new TextDecoder().decode(bytes.subarray(at + CENTRAL.bytes, nameEnd));
    if ((record.getUint16(8, true) & ENCRYPTED) !== 0) {
      fail('file', where, `${JSON.stringify(name)} must be readable`, 'an encrypted entry');
    }
    entries.push({
      name,
      method: record.getUint16(10, true),
      sum: record.getUint32(16, true),
      ...placeOf(where, record, viewOf(bytes.subarray(nameEnd, extraEnd))),
    });
    at = extraEnd + record.getUint16(32, true);
  }
  return entries;
}

function inflate(where: string, label: string, packed: Uint8Array, size: number): Uint8Array {
  try {
    // One byte more tells data that go on.
    return inflateSync(packed, { out: new Uint8Array(size + 1) });
  } catch (error) {
    const expected = `${label} must be packed by deflate`;
    throw new CellgateError('file', where, expected, reasonOf(error), { cause: error });
  }
}

function unpack(where: string, bytes: Uint8Array, entry: Entry): Uint8Array {
  const { name, method, sum, packed, size, offset } = entry;
  const label = JSON.stringify(name);
  const local = recordAt(where, viewOf(bytes), offset, LOCAL, label);
  const start = offset + LOCAL.bytes + local.getUint16(26, true) + local.getUint16(28, true);
  if (start + packed > bytes.length) {
    fail('file', where, `${label} must be within the ${bytes.length} bytes`, `byte ${start + packed}`);
  }
  if (method !== STORED && method !== DEFLATED) {
    fail('file', where, `${label} must be stored or packed by deflate`, `method ${method}`);
  }
  const data = bytes.subarray(start, start + packed);
  const unpacked = method === STORED ? data : inflate(where, label, data, size);
  if (unpacked.length !== size) {
    const got = unpacked.length > size ? 'more' : `${unpacked.length} bytes`;
    fail('file', where, `${label} must have the ${size} bytes it declares`, got);
  }
  const found = checksum(unpacked);
  if (found !== sum) fail('file', where, `${label} must have the checksum ${sum}`, String(found));
  return unpacked;
}

/**
 * The entries of an archive; folders are none.
 * @throws CellgateError `file`, also from an entry's own call, for an archive that is damaged, holds a name twice, or
 * unpacks to far more than its size
 */
export function readZip(where: string, bytes: Uint8Array): Archive {
  const archive = new Map<string, () => Uint8Array>();
  const most = UNPACKED.times * bytes.length + UNPACKED.bytes;
  let total = 0;
  for (const entry of readDirectory(where, bytes)) {
    if (entry.name.endsWith('/')) continue;
    if (archive.has(entry.name)) {
      fail('file', where, 'entries must have names of their own', `${JSON.stringify(entry.name)} twice`);
    }
    total += entry.size;
    if (total > most) fail('file', where, `entries must unpack to at most ${most} bytes`, `${total} or more`);
    let data: Uint8Array | undefined;
    archive.set(entry.name, () => {
      data ??= unpack(where, bytes, entry);
      return data;
    });
  }
  return archive;
}
