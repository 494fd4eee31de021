/** Shapes and types of numbers in HDF5 (specification 3.0, IV.A.2.b and IV.A.2.d). */

import type { ElementName } from '../elements.js';
import type { Bytes } from './bytes.js';

/** What a dataset or attribute is of: numbers, texts of a fixed size, or references to texts of any length. */
export type DataType =
  | { readonly kind: 'number'; readonly size: number; readonly element: ElementName }
  | { readonly kind: 'text' | 'reference'; readonly size: number };

const CLASS = { integer: 0, float: 1, text: 3, variable: 9 };
const FLOATS: Readonly<Record<number, ElementName>> = { 2: 'F16', 4: 'F32', 8: 'F64' };
const INTEGERS: Readonly<Record<number, readonly [ElementName, ElementName]>> = {
  1: ['U8', 'I8'],
  2: ['U16', 'I16'],
  4: ['U32', 'I32'],
  8: ['U64', 'I64'],
};
const BIG_ENDIAN = 1;
const SIGNED = 8;
const REFERENCE_BYTES = 16;
const NULL_SPACE = 2;

/** Datatype message. */
export function readDataType(body: Bytes): DataType {
  const kind = body.u8() & 0x0f;
  const flags = body.u8();
  body.skip(2);
  const size = body.u32();
  if (kind === CLASS.text && size > 0) return { kind: 'text', size };
  if (kind === CLASS.variable && (flags & 0x0f) === 1 && size === REFERENCE_BYTES)
    return { kind: 'reference', size };
  const isLittle = (flags & BIG_ENDIAN) === 0;
  const float = kind === CLASS.float ? FLOATS[size] : undefined;
  const integer = kind === CLASS.integer ? INTEGERS[size]?.[(flags & SIGNED) === 0 ? 0 : 1] : undefined;
  const element = float ?? integer;
  if (isLittle && element !== undefined) return { kind: 'number', size, element };
  return body.fail('types of little-endian numbers or texts', `class ${kind} of ${size} bytes`);
}

/** Dataspace message: sizes of the axes. */
export function readDataspace(body: Bytes): number[] {
  const version = body.u8();
  const rank = body.u8();
  body.skip(1);
  if (version === 2 && body.u8() === NULL_SPACE) return [0];
  if (version === 1) body.skip(5);
  if (version < 1 || version > 2) body.fail('shapes of version 1 or 2', `version ${version}`);
  return Array.from({ length: rank }, () => body.address());
}
