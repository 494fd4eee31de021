/**
 * Files of tensors in the format of Hugging Face's safetensors:
 *
 *     [length of the header, 8 bytes, little-endian][header, JSON][values]
 *
 * The header gives dtype, shape and place of each tensor by its name, and texts under `__metadata__`. Nothing of a file is
 * believed: sizes and places are checked before they are used.
 */

import { type DType, IS_LITTLE_ENDIAN } from './buffers.js';
import { ELEMENTS, type ElementName, isElementName } from './elements.js';
import { describe, fail, sizes } from './errors.js';
import { isObject, parseJson } from './json.js';
import type { Shape } from './shape-types.js';
import { countOf, Tensor } from './tensor.js';

/** What a file holds. */
export interface SafeTensors {
  readonly tensors: ReadonlyMap<string, Tensor<Shape, DType>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const LENGTH_BYTES = 8;
const VALUE_BYTES = 4;
const METADATA = '__metadata__';
const NAMES = { float32: 'F32', int32: 'I32' } as const satisfies Record<DType, ElementName>;

/** Copies values of 4 bytes, of which files have the lowest first. */
function copyBytes(from: Uint8Array, to: Uint8Array): void {
  to.set(from);
  if (IS_LITTLE_ENDIAN) return;
  for (let at = 0; at < to.length; at += VALUE_BYTES) to.subarray(at, at + VALUE_BYTES).reverse();
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A file with these tensors, in this order. */
export function writeSafeTensors({ tensors, metadata }: SafeTensors): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { [METADATA]: metadata };
  let end = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    const start = end;
    end += data.byteLength;
    header[name] = { dtype: NAMES[dtype], shape, data_offsets: [start, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces behind the JSON put the values at a multiple of their size.
  const headerLength = Math.ceil(json.length / LENGTH_BYTES) * LENGTH_BYTES;
  const file = new Uint8Array(LENGTH_BYTES + headerLength + end).fill(
    0x20,
    LENGTH_BYTES,
    LENGTH_BYTES + headerLength,
  );
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(json, LENGTH_BYTES);
  let at = LENGTH_BYTES + headerLength;
  for (const { data } of tensors.values()) {
    copyBytes(bytesOf(data), file.subarray(at, at + data.byteLength));
    at += data.byteLength;
  }
  return file;
}

function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function readHeader(where: string, bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < LENGTH_BYTES) {
    fail(
      'file',
      where,
      `bytes must begin with the length of a header, ${LENGTH_BYTES} bytes`,
      `${bytes.length} bytes`,
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const rest = bytes.length - LENGTH_BYTES;
  if (length > BigInt(rest)) {
    fail('file', where, `bytes must hold a header of ${length} bytes`, `${rest} bytes behind its length`);
  }
  const start = LENGTH_BYTES + Number(length);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(LENGTH_BYTES, start));
  } catch {
    return fail('file', where, 'bytes must hold a header of JSON', 'one that is no UTF-8');
  }
  const header = parseJson(where, 'the header of bytes', text);
  if (!isObject(header)) fail('file', where, 'bytes must hold a header that is an object', describe(header));
  return { header, start };
}

/** A tensor of a file, with its values as they lie there. */
export interface SafeTensorEntry {
  readonly name: string;
  readonly element: ElementName;
  readonly shape: number[];
  readonly bytes: Uint8Array;
}

interface Entry extends Omit<SafeTensorEntry, 'bytes'> {
  readonly start: number;
  readonly end: number;
}

function readEntry(where: string, name: string, value: unknown, length: number): Entry {
  const label = JSON.stringify(name);
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  if (!isElementName(dtype)) {
    const names = Object.keys(ELEMENTS).join(', ');
    fail('file', where, `dtype of ${label} must be one of ${names}`, describe(dtype));
  }
  if (!Array.isArray(shape) || !shape.every(isNatural)) {
    fail('file', where, `shape of ${label} must be a list of sizes`, describe(shape));
  }
  const [start, end, ...more] = Array.isArray(offsets) ? offsets : [];
  if (!isNatural(start) || !isNatural(end) || more.length > 0 || end > length) {
    const isPair = Array.isArray(offsets) && offsets.length === 2;
    const got = isPair ? `[${offsets.map(describe).join(', ')}]` : describe(offsets);
    fail('file', where, `data_offsets of ${label} must be within the ${length} bytes of values`, got);
  }
  const expected = countOf(shape) * ELEMENTS[dtype].bytes;
  if (end - start !== expected) {
    fail(
      'file',
      where,
      `${label} must have the ${expected} bytes of ${sizes(shape)}`,
      `${end - start} bytes`,
    );
  }
  return { name, element: dtype, shape, start, end };
}

/** Refuses values that belong to two tensors or to none: such files have been cut or put together. */
function checkPlaces(where: string, entries: readonly Entry[], length: number): void {
  let end = 0;
  for (const entry of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (entry.start !== end) {
      fail(
        'file',
        where,
        `${JSON.stringify(entry.name)} must begin at byte ${end} of the values`,
        String(entry.start),
      );
    }
    end = entry.end;
  }
  if (end !== length) fail('file', where, `values must end at byte ${end}`, `${length} bytes`);
}

function readMetadata(where: string, value: unknown): Record<string, string> {
  if (value === undefined) return {};
  const isFine = isObject(value) && Object.values(value).every((text) => typeof text === 'string');
  if (isFine) return value as Record<string, string>;
  return fail('file', where, `${METADATA} must be an object of texts`, describe(value));
}

/**
 * Reads a file of any types; the values are views of it.
 * @throws CellgateError `file` for anything but a whole file
 */
export function readSafeTensorEntries(
  where: string,
  bytes: Uint8Array,
): { entries: SafeTensorEntry[]; metadata: Record<string, string> } {
  const { header, start } = readHeader(where, bytes);
  const { [METADATA]: metadata, ...rest } = header;
  const length = bytes.length - start;
  const entries = Object.entries(rest).map(([name, value]) => readEntry(where, name, value, length));
  checkPlaces(where, entries, length);
  return {
    entries: entries.map(({ name, element, shape, start: from, end }) => ({
      name,
      element,
      shape,
      bytes: bytes.subarray(start + from, start + end),
    })),
    metadata: readMetadata(where, metadata),
  };
}

/**
 * Reads a file; the tensors are copies.
 * @throws CellgateError `file` for anything but a whole file with tensors of float32 and int32
 */
export function readSafeTensors(where: string, bytes: Uint8Array): SafeTensors {
  const { entries, metadata } = readSafeTensorEntries(where, bytes);
  const tensors = new Map<string, Tensor<Shape, DType>>();
  for (const { name, element, shape, bytes: values } of entries) {
    if (element !== NAMES.float32 && element !== NAMES.int32) {
      const names = Object.values(NAMES).join(' or ');
      fail('file', where, `dtype of ${JSON.stringify(name)} must be ${names}`, element);
    }
    const count = countOf(shape);
    const data = element === NAMES.float32 ? new Float32Array(count) : new Int32Array(count);
    copyBytes(values, bytesOf(data));
    tensors.set(name, new Tensor<Shape, DType>(data, shape));
  }
  return { tensors, metadata };
}
