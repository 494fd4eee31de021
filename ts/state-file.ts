/**
 * States of streams as bytes, for another machine or another day. All numbers have 4 bytes, the lowest first:
 *
 *     "cgst" | version | batch | layers | of each layer: kind, rows, hidden, cell | of each layer: values of h, of c
 *
 * `rows` counts layers and directions inside a layer; h is `[rows, batch, hidden]`, c `[rows, batch, cell]`.
 */

import { describe, fail, sizes } from './errors.js';
import type { StateLayout } from './state.js';
import { allocateStates, countStates } from './stream-state.js';

/** "cgst", read as a number. */
const MAGIC = 0x74736763;
const VERSION = 1;
const KINDS = ['RNN', 'GRU', 'LSTM'] as const satisfies readonly StateLayout['kind'][];
const NUMBER_BYTES = 4;
const HEAD = 4;
const PER_LAYER = 4;

/** What a file is of, as a text. */
function contentOf(
  layouts: readonly (Omit<StateLayout, 'kind' | 'hiddenAxis'> & { kind: string })[],
  batch: number,
): string {
  const layers = layouts.map(({ kind, rows, hidden, cell }) => {
    const c = cell > 0 ? ` and c ${sizes([rows, batch, cell])}` : '';
    return `h ${sizes([rows, batch, hidden])}${c} of ${kind}`;
  });
  return layers.length > 0 ? layers.join(', ') : 'nothing';
}

/** The file of a packed state. */
export function writeStateFile(
  layouts: readonly StateLayout[],
  packed: Float32Array,
  batch: number,
): Uint8Array<ArrayBuffer> {
  const layers = layouts.flatMap(({ kind, rows, hidden, cell }) => [KINDS.indexOf(kind), rows, hidden, cell]);
  const head = [MAGIC, VERSION, batch, layouts.length, ...layers];
  const view = new DataView(new ArrayBuffer((head.length + packed.length) * NUMBER_BYTES));
  head.forEach((value, index) => {
    view.setUint32(index * NUMBER_BYTES, value, true);
  });
  packed.forEach((value, index) => {
    view.setFloat32((head.length + index) * NUMBER_BYTES, value, true);
  });
  return new Uint8Array(view.buffer);
}

/**
 * The state of a file, packed.
 * @throws CellgateError `dtype` for anything but bytes, `file` for a damaged file or one of another kind or version,
 * `state` for the state of other layers, sizes or another batch
 */
export function readStateFile(
  where: string,
  layouts: readonly StateLayout[],
  bytes: unknown,
  batch: number,
): Float32Array<ArrayBuffer> {
  if (!(bytes instanceof Uint8Array)) fail('dtype', where, 'bytes must be a Uint8Array', describe(bytes));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Math.floor(bytes.length / NUMBER_BYTES);
  // Beyond the end there is nothing, which no check takes for something.
  const at = (index: number): number => (index < length ? view.getUint32(index * NUMBER_BYTES, true) : -1);
  if (at(0) !== MAGIC)
    fail('file', where, "bytes must be a stream's state, as saveState() gives it", 'others');
  if (at(1) !== VERSION) fail('file', where, `version must be ${VERSION}`, String(at(1)));
  const [givenBatch, count] = [at(2), at(3)];
  if (length < HEAD || length < HEAD + count * PER_LAYER)
    fail('file', where, 'bytes must hold the sizes of every layer', `${bytes.length} bytes`);
  // One layer more tells the difference as well as thousands.
  const given = Array.from({ length: Math.min(count, layouts.length + 1) }, (_, index) => {
    const [kind, rows, hidden, cell] = [0, 1, 2, 3].map((field) => at(HEAD + index * PER_LAYER + field)) as [
      number,
      number,
      number,
      number,
    ];
    return { kind: KINDS[kind] ?? 'an unknown layer', rows, hidden, cell };
  });
  const [expected, got] = [contentOf(layouts, batch), contentOf(given, givenBatch)];
  if (got !== expected) fail('state', where, `bytes must hold ${expected}`, got);
  const start = (HEAD + layouts.length * PER_LAYER) * NUMBER_BYTES;
  const whole = start + countStates(layouts, batch) * NUMBER_BYTES;
  if (bytes.length !== whole)
    fail('file', where, `bytes must be ${whole} of ${expected}`, String(bytes.length));
  const packed = allocateStates(where, layouts, batch);
  packed.forEach((_, index) => {
    packed[index] = view.getFloat32(start + index * NUMBER_BYTES, true);
  });
  return packed;
}
