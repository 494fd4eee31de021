/**
 * What only JavaScript can check about memory: which typed array it is, and whether its buffer can be
 * lent to a backend. Shared buffers could change during a call, resizable ones vanish, detached ones have.
 */

import { CellgateError, describe, fail } from './errors.js';

/** Array types by name of data type, of what layers take and give. */
export interface DTypeMap {
  float32: Float32Array<ArrayBuffer>;
  int32: Int32Array<ArrayBuffer>;
}

/** Name of a data type of layers. */
export type DType = keyof DTypeMap;

/** Array types by name of data type, of all tensors: imported networks know integers of 64 bits. */
export interface TensorDTypeMap extends DTypeMap {
  int64: BigInt64Array<ArrayBuffer>;
}

/** Name of a data type of tensors. */
export type TensorDType = keyof TensorDTypeMap;

const ARRAY_NAMES = {
  float32: 'Float32Array',
  int32: 'Int32Array',
  int64: 'BigInt64Array',
} as const satisfies Record<TensorDType, string>;
const ARTICLES = { float32: 'a', int32: 'an', int64: 'a' } as const satisfies Record<TensorDType, string>;

/** Data type of a typed array, also of one from another realm; undefined for anything else. */
export function dtypeOf(value: unknown): TensorDType | undefined {
  if (!ArrayBuffer.isView(value) || !(Symbol.toStringTag in value)) return undefined;
  const tag = value[Symbol.toStringTag];
  if (tag === ARRAY_NAMES.float32) return 'float32';
  if (tag === ARRAY_NAMES.int32) return 'int32';
  return tag === ARRAY_NAMES.int64 ? 'int64' : undefined;
}

/** Whether arrays have the lowest byte of a number first, as files do. */
export const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function isDetached(buffer: ArrayBuffer): boolean {
  try {
    // `ArrayBuffer.prototype.detached` is younger than Node 20.
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/** Why this buffer cannot be lent, or undefined if it can. An empty live buffer is fine. */
export function bufferFault(array: ArrayBufferView): string | undefined {
  const buffer = array.buffer;
  // By its tag: a page that is not isolated has shared memory without the name of its class.
  if (buffer[Symbol.toStringTag] === 'SharedArrayBuffer') return 'one on a SharedArrayBuffer';
  if ((buffer as { resizable?: boolean }).resizable === true) return 'one on a resizable buffer';
  if (array.byteLength === 0 && isDetached(buffer as ArrayBuffer)) return 'one on a detached buffer';
  return undefined;
}

/**
 * Refuses anything but a typed array of this data type on a plain, attached buffer.
 * @throws CellgateError `dtype`
 */
export function checkArray<D extends TensorDType>(
  where: string,
  name: string,
  value: unknown,
  dtype: D,
): asserts value is TensorDTypeMap[D] {
  if (dtypeOf(value) !== dtype) fail('dtype', where, expectedArray(name, dtype), describe(value));
  const fault = bufferFault(value as ArrayBufferView);
  if (fault !== undefined) {
    fail('dtype', where, `${expectedArray(name, dtype)} on an ArrayBuffer of its own`, fault);
  }
}

function expectedArray(name: string, dtype: TensorDType): string {
  return `${name} must be ${ARTICLES[dtype]} ${ARRAY_NAMES[dtype]}`;
}

/**
 * A new zeroed array.
 * @throws CellgateError `memory` if it cannot be had
 */
export function allocate(where: string, name: string, length: number): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(length);
  } catch (error) {
    const got = `${length} numbers, too many for this machine`;
    throw new CellgateError('memory', where, `${name} must fit into memory`, got, { cause: error });
  }
}

/** A place for values between calls, made anew when another length is needed. */
export class Scratch {
  #values = new Float32Array(0);

  /**
   * The place, with whatever was left there.
   * @throws CellgateError `memory` if it cannot be had
   */
  take(where: string, name: string, length: number): Float32Array<ArrayBuffer> {
    if (this.#values.length !== length) this.#values = allocate(where, name, length);
    return this.#values;
  }
}

/** Whether two views share bytes. */
export function overlaps(a: ArrayBufferView, b: ArrayBufferView): boolean {
  return (
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.byteLength &&
    b.byteOffset < a.byteOffset + a.byteLength
  );
}
