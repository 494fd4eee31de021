/** Weights as TensorFlow.js keeps them: a manifest that names them, and shards of their bytes, one behind the other. */

import { ELEMENTS, type ElementName, toFloat32 } from '../elements.js';
import { describe, fail } from '../errors.js';
import { asList, asObject, type Json } from '../json.js';
import type { StoredWeight } from '../keras/model.js';
import { countOf } from '../tensor.js';

/** Types of weights that are not quantised. */
const TYPES = { float32: 'F32' } as const satisfies Record<string, ElementName>;
/** Types that whole numbers stand for others in, as `value * scale + min`. */
const QUANTISED = { uint8: 'U8', uint16: 'U16' } as const satisfies Record<string, ElementName>;

interface Group {
  readonly paths: readonly string[];
  readonly weights: readonly unknown[];
}

function readGroups(where: string, manifest: unknown): Group[] {
  return asList(where, 'weightsManifest', manifest).map((value, index) => {
    const place = `weightsManifest[${index}]`;
    const { paths, weights } = asObject(where, place, value);
    const names = asList(where, `${place}.paths`, paths);
    if (!names.every((name) => typeof name === 'string')) {
      fail('file', where, `${place}.paths must be texts`, describe(names));
    }
    return { paths: names as string[], weights: asList(where, `${place}.weights`, weights) };
  });
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first, ...more] = parts;
  if (first && more.length === 0) return first;
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function readShape(where: string, name: string, shape: unknown): number[] {
  const sizes = asList(where, `shape of ${name}`, shape);
  if (sizes.every((size) => Number.isSafeInteger(size) && (size as number) >= 0)) return sizes as number[];
  return fail('file', where, `shape of ${name} must be a list of sizes`, describe(shape));
}

/** How the values of a weight lie, and what becomes of them. */
interface Encoding {
  readonly element: ElementName;
  readonly scale: number;
  readonly min: number;
}

function finite(where: string, name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return fail('file', where, `${name} must be a finite number`, describe(value));
}

function encodingOf(where: string, name: string, { dtype, quantization }: Json): Encoding {
  if (quantization === undefined) {
    const element =
      typeof dtype === 'string' && Object.hasOwn(TYPES, dtype)
        ? TYPES[dtype as keyof typeof TYPES]
        : undefined;
    if (element) return { element, scale: 1, min: 0 };
    return fail('unsupported', where, `${name} must be of float32`, describe(dtype));
  }
  const { dtype: kept, scale, min } = asObject(where, `quantization of ${name}`, quantization);
  if (kept === 'float16') return { element: 'F16', scale: 1, min: 0 };
  const element =
    typeof kept === 'string' && Object.hasOwn(QUANTISED, kept)
      ? QUANTISED[kept as keyof typeof QUANTISED]
      : undefined;
  if (!element)
    return fail(
      'unsupported',
      where,
      `${name} must be quantised as uint8, uint16 or float16`,
      describe(kept),
    );
  return {
    element,
    scale: finite(where, `scale of ${name}`, scale),
    min: finite(where, `min of ${name}`, min),
  };
}

/** Whole numbers of one or two bytes as what they stand for. */
function dequantised(bytes: Uint8Array, width: number, { scale, min }: Encoding): Uint8Array {
  const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const to = new DataView(new ArrayBuffer((4 * bytes.length) / width));
  for (let at = 0; at < bytes.length; at += width) {
    const whole = width === 1 ? from.getUint8(at) : from.getUint16(at, true);
    to.setFloat32((4 * at) / width, whole * scale + min, true);
  }
  return new Uint8Array(to.buffer);
}

function weightOf(where: string, value: unknown, rest: Uint8Array): [StoredWeight, number] {
  const spec = asObject(where, 'a weight of the manifest', value);
  const { name, shape } = spec;
  if (typeof name !== 'string') fail('file', where, 'weights must have names', describe(name));
  const sizes = readShape(where, name, shape);
  const encoding = encodingOf(where, name, spec);
  const width = ELEMENTS[encoding.element].bytes;
  const count = countOf(sizes);
  const length = count * width;
  if (length > rest.length)
    fail('file', where, `shards must have the ${length} bytes of ${name}`, `${rest.length}`);
  const bytes = rest.subarray(0, length);
  const isWhole = encoding.element === 'U8' || encoding.element === 'U16';
  const read = (place: string) =>
    isWhole
      ? toFloat32(place, name, 'F32', dequantised(bytes, width, encoding), count)
      : toFloat32(place, name, encoding.element, bytes, count);
  return [{ name, shape: sizes, read }, length];
}

/**
 * The weights of a manifest, in its order.
 * @param shards as many as the manifest has paths, or one with the bytes of all
 * @throws CellgateError `file` for shards that do not have the bytes that the manifest says
 */
export function readManifest(
  where: string,
  manifest: unknown,
  shards: readonly Uint8Array[],
): StoredWeight[] {
  const groups = readGroups(where, manifest);
  const count = groups.reduce((sum, { paths }) => sum + paths.length, 0);
  if (shards.length !== count && shards.length !== 1) {
    fail('file', where, `shards must be ${count}, as the manifest has paths`, String(shards.length));
  }
  // Every group begins with a shard of its own.
  const isWhole = shards.length !== count;
  const queue = [...shards];
  let rest: Uint8Array = isWhole ? joined(queue) : new Uint8Array(0);
  const checkEnd = (): void => {
    if (rest.length === 0) return;
    const expected = 'shards must have the bytes of the weights and no more';
    fail('file', where, expected, `${rest.length} bytes more`);
  };
  const weights = groups.flatMap(({ paths, weights: specs }) => {
    if (!isWhole) rest = joined(queue.splice(0, paths.length));
    const read = specs.map((value) => {
      const [weight, length] = weightOf(where, value, rest);
      rest = rest.subarray(length);
      return weight;
    });
    if (!isWhole) checkEnd();
    return read;
  });
  checkEnd();
  return weights;
}
