/** Types of numbers in the files of others, and how their values become float32. */

import { fail } from './errors.js';

/** What is known of a type of numbers; all are little-endian. */
interface Element {
  readonly bytes: number;
  /** The number at a byte; absent for types that are no floating-point numbers. */
  readonly read?: (view: DataView, at: number) => number;
}

/** The number of the 16 bits of IEEE's half precision. */
export function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const bits = new DataView(new ArrayBuffer(4));

/** The number of bfloat16, the upper half of a float32. */
export function brainFloat(upper: number): number {
  bits.setUint32(0, upper << 16);
  return bits.getFloat32(0);
}

/** Types by their names in safetensors. */
export const ELEMENTS = {
  F64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  F32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  F16: { bytes: 2, read: (view, at) => half(view.getUint16(at, true)) },
  BF16: { bytes: 2, read: (view, at) => brainFloat(view.getUint16(at, true)) },
  I64: { bytes: 8 },
  I32: { bytes: 4 },
  I16: { bytes: 2 },
  I8: { bytes: 1 },
  U64: { bytes: 8 },
  U32: { bytes: 4 },
  U16: { bytes: 2 },
  U8: { bytes: 1 },
  BOOL: { bytes: 1 },
} as const satisfies Record<string, Element>;

/** Name of a type. */
export type ElementName = keyof typeof ELEMENTS;

export function isElementName(name: unknown): name is ElementName {
  return typeof name === 'string' && Object.hasOwn(ELEMENTS, name);
}

/** Whether values of a type are floating-point numbers, as weights are. */
export function isFloating(name: ElementName): boolean {
  return 'read' in ELEMENTS[name];
}

/**
 * Values of a floating-point type as float32, to the nearest.
 * @param bytes as many as `index` reaches
 * @param index place of each value in `bytes`, counted in values; in order if left out
 * @throws CellgateError `file` for a value that is not finite, also after rounding
 */
export function toFloat32(
  where: string,
  label: string,
  name: ElementName,
  bytes: Uint8Array,
  count: number,
  index: (at: number) => number = (at) => at,
): Float32Array<ArrayBuffer> {
  const { bytes: size, read }: Element = ELEMENTS[name];
  if (!read) return fail('file', where, `${label} must be of floating-point numbers`, name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(count);
  for (let at = 0; at < count; at++) values[at] = read(view, index(at) * size);
  const strange = values.findIndex((value) => !Number.isFinite(value));
  if (strange >= 0) {
    fail('file', where, `${label} must be of finite float32 numbers`, `${values[strange]} at ${strange}`);
  }
  return values;
}
