/**
 * Arrays of NumPy, the format `.npy` of versions 1 to 3:
 *
 *     [\x93NUMPY][major][minor][length of the header, 2 or 4 bytes][header, a dictionary of Python][values]
 */
import { describe, fail, sizes } from '../../errors.js';
import type { Shape } from '../../shape-types.js';
import { countOf } from '../../tensor.js';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const ALIGNMENT = 64;

/** Values of a file as numbers. */
export interface NumpyArray {
  readonly shape: number[];
  readonly data: Float64Array;
}

export const isNpy = (bytes: Uint8Array): boolean => MAGIC.every((byte, at) => bytes[at] === byte);

type Read = (view: DataView, at: number, isLittle: boolean) => number;

/** Types of values, by what stands behind the order of bytes. */
const TYPES: Readonly<Record<string, Read>> = {
  f4: (view, at, isLittle) => view.getFloat32(at, isLittle),
  f8: (view, at, isLittle) => view.getFloat64(at, isLittle),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, isLittle) => view.getInt16(at, isLittle),
  i4: (view, at, isLittle) => view.getInt32(at, isLittle),
  i8: (view, at, isLittle) => Number(view.getBigInt64(at, isLittle)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, isLittle) => view.getUint16(at, isLittle),
  u4: (view, at, isLittle) => view.getUint32(at, isLittle),
  b1: (view, at) => view.getUint8(at),
};

/** The dictionary of a header. Only what NumPy writes is understood. */
function readHeader(name: string, text: string): { type: string; isFortran: boolean; shape: number[] } {
  const type = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  if (type === undefined || order === undefined || shape === undefined) {
    fail('file', name, "the header must have 'descr', 'fortran_order' and 'shape'", describe(text.trim()));
  }
  const axes = shape.split(',').filter((size) => size.trim() !== '');
  return { type, isFortran: order === 'True', shape: axes.map((size) => Number.parseInt(size, 10)) };
}

export function readNpy(name: string, bytes: Uint8Array): NumpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [major = 0] = bytes.subarray(MAGIC.length);
  const prefix = major === 1 ? 10 : 12;
  if (major < 1 || major > 3) fail('file', name, 'the version of .npy must be 1, 2 or 3', String(major));
  if (bytes.length < prefix) fail('file', name, `the file must have a header`, `${bytes.length} bytes`);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = prefix + length;
  if (start > bytes.length)
    fail('file', name, `the header must end at byte ${start}`, `${bytes.length} bytes`);
  const { type, isFortran, shape } = readHeader(
    name,
    new TextDecoder('latin1').decode(bytes.subarray(prefix, start)),
  );

  const [, order = '', kind = ''] = /^([<>|=])([a-z]\d+)$/.exec(type) ?? [];
  const read = Object.hasOwn(TYPES, kind) ? TYPES[kind] : undefined;
  if (!read) fail('unsupported', name, `values must be of ${Object.keys(TYPES).join(', ')}`, describe(type));
  if (isFortran && shape.length > 1) {
    fail('unsupported', name, 'values must be row by row (C order)', 'Fortran order');
  }
  const [count, size] = [countOf(shape), Number(kind[1])];
  if (bytes.length - start !== count * size) {
    const expected = `${sizes(shape)} of ${type} must have ${count * size} bytes from byte ${start}`;
    fail('file', name, expected, `${bytes.length - start} bytes`);
  }
  const data = new Float64Array(count);
  for (let index = 0; index < count; index++) data[index] = read(view, start + index * size, order !== '>');
  return { shape, data };
}

export function writeNpy(data: Float32Array, shape: Shape): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${axes}), }`;
  // The header ends with a line break, at a multiple of 64 bytes.
  const start = Math.ceil((10 + header.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(start + 4 * data.length);
  bytes.set([...MAGIC, 1, 0]);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, start - 10, true);
  bytes.set(new TextEncoder().encode(`${header.padEnd(start - 11)}\n`), 10);
  data.forEach((value, index) => {
    view.setFloat32(start + 4 * index, value, true);
  });
  return bytes;
}
