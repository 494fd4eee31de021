/** How numbers get into the buffer of a handle in WebAssembly memory, and out of it. */

import { dtypeOf } from '../buffers.js';
import { toRaw } from '../errors.js';

export type Data = Float32Array | Int32Array;

/** A handle with a buffer. */
export interface Buffered {
  /** Makes the buffer at least this many floats long; gives its byte offset. */
  io(length: number): number;
}

const FLOAT_BYTES = 4;
/** WebAssembly has addresses of 32 bits; a larger number would lose its upper bits at the crossing. */
const MAX_FLOATS = 2 ** 32 / FLOAT_BYTES;

function reserve(raw: Buffered, length: number): number {
  if (length <= MAX_FLOATS) return raw.io(length);
  throw toRaw('memory', `sizes must fit in memory = ${MAX_FLOATS} floats`, `${length} floats`);
}

/** Whether these are ids or classes, which cross as the bits of floats. */
export function isIds(data: Data): boolean {
  return dtypeOf(data) === 'int32';
}

/** A view of as many numbers in WebAssembly memory as `like` has, and of its kind. */
export function viewLike(like: Data, memory: WebAssembly.Memory, byteOffset: number): Data {
  return isIds(like)
    ? new Int32Array(memory.buffer, byteOffset, like.length)
    : new Float32Array(memory.buffer, byteOffset, like.length);
}

/**
 * Runs a call whose inputs and outputs lie one behind the other in the handle's buffer: inputs are copied in, outputs
 * out. `run` gets the floats of each part; an input that is null has none.
 */
export function through<T>(
  raw: Buffered,
  memory: WebAssembly.Memory,
  inputs: readonly (Data | null)[],
  outputs: readonly Float32Array[],
  run: (parts: Uint32Array) => T,
): T {
  const lengths = [...inputs, ...outputs].map((part) => part?.length ?? 0);
  let next = reserve(
    raw,
    lengths.reduce((sum, length) => sum + length, 0),
  );
  for (const part of inputs) {
    if (part === null) continue;
    viewLike(part, memory, next).set(part);
    next += part.length * FLOAT_BYTES;
  }
  const result = run(Uint32Array.from(lengths));
  // The call may have grown the memory, so views of the outputs are made after it.
  for (const part of outputs) {
    part.set(new Float32Array(memory.buffer, next, part.length));
    next += part.length * FLOAT_BYTES;
  }
  return result;
}
