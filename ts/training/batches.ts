/** Batches: which sequences, and the arrays that hold them. */

import type { RawTrainer } from '../backend/raw.js';
import { dtypeOf } from '../buffers.js';
import { describe, fail } from '../errors.js';
import type { Network } from '../network.js';
import type { Samples } from './data.js';

type Data = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/** Some of the samples, in an order. */
export interface Selection {
  readonly samples: Samples;
  /** Numbers of the samples. */
  readonly order: Uint32Array;
}

/** How a selection is cut. */
export interface Cut {
  readonly batchSize: number;
  /** Steps of a window of time; the whole time if undefined. */
  readonly truncate: number | undefined;
  /** Whether a batch begins with the state that the one before left behind. */
  readonly stateful: boolean;
}

/** One call of the trainer: a batch, or a window of time of it. */
export interface Window {
  readonly call: Parameters<RawTrainer['evaluate']>;
  /** Whether any row counts; if not, the call does nothing but hand on the state. */
  readonly counts: boolean;
}

/** The samples from `first` on, in their own order. */
export function inOrder(samples: Samples, first: number, count: number): Selection {
  return { samples, order: Uint32Array.from({ length: count }, (_, index) => first + index) };
}

export function batchCount({ order }: Selection, { batchSize }: Cut): number {
  return Math.ceil(order.length / batchSize);
}

/**
 * Windows per batch in which a row may count: those of the end only, where the last step alone goes to the loss and all
 * sequences end together.
 */
export function windowCount({ time, lengths }: Samples, { givesSteps }: Network, { truncate }: Cut): number {
  return truncate === undefined || (!givesSteps && lengths === null) ? 1 : Math.ceil(time / truncate);
}

/**
 * Refuses a network that cannot hand on its state.
 * @throws CellgateError `unsupported`
 */
export function checkCarry(where: string, option: string, network: Network): void {
  const { layouts, readsBack, convolves } = network;
  if (layouts.length > 0 && !readsBack && !convolves) return;
  if (convolves) {
    const expected = `${option} must have no convolution, whose windows lie across the cuts`;
    fail('unsupported', where, expected, 'one with a convolution');
  }
  const got = readsBack ? 'one that reads from the end' : 'a model without one';
  fail('unsupported', where, `${option} must have recurrent layers that read forward`, got);
}

/**
 * Refuses what cannot be cut so.
 * @throws CellgateError `value`, or `unsupported` for a network that cannot hand on its state
 */
export function checkCut(where: string, network: Network, count: number, name: string, cut: Cut): void {
  const { batchSize, truncate, stateful } = cut;
  if (batchSize > count) {
    fail('value', where, `batchSize must be at most the sequences in ${name} = ${count}`, String(batchSize));
  }
  if (truncate !== undefined) checkCarry(where, 'truncate', network);
  if (stateful) checkCarry(where, 'stateful', network);
  if (!stateful || count % batchSize === 0) return;
  const expected = `batchSize must divide the sequences in ${name} = ${count} with stateful`;
  fail('value', where, expected, describe(batchSize));
}

/** An array that is made anew only when a longer one or one of another type is needed. */
class Room<T extends Data> {
  #array: T | undefined;

  take(like: Data, length: number): T {
    const dtype = dtypeOf(like);
    let array = this.#array;
    if (!array || array.length < length || dtypeOf(array) !== dtype) {
      array = (dtype === 'int32' ? new Int32Array(length) : new Float32Array(length)) as T;
      this.#array = array;
    }
    return array.subarray(0, length) as T;
  }
}

/** Makes the arrays of batches; those of a window last until the next one is made. */
export class Batcher {
  readonly #where: string;
  readonly #network: Network;
  readonly #cut: Cut;
  readonly #x = new Room<Data>();
  readonly #y = new Room<Data>();
  readonly #weights = new Room<Float32Array<ArrayBuffer>>();

  constructor(where: string, network: Network, cut: Cut) {
    this.#where = where;
    this.#network = network;
    this.#cut = cut;
  }

  /** The windows of a batch, in order of time, up to the end of its longest sequence. */
  *windows({ samples, order }: Selection, batch: number): Generator<Window> {
    const { batchSize, truncate, stateful } = this.#cut;
    const indices = order.subarray(batch * batchSize, (batch + 1) * batchSize);
    const { time, lengths } = samples;
    const ends = lengths && Uint32Array.from(indices, (index) => lengths[index] as number);
    const last = ends ? ends.reduce((most, end) => Math.max(most, end), 1) : time;
    const width = truncate ?? time;
    for (let from = 0; from < last; from += width) {
      const carry = from > 0 || (stateful && batch > 0);
      yield this.#window(samples, indices, ends, from, Math.min(from + width, time), carry);
    }
  }

  #window(
    samples: Samples,
    indices: Uint32Array,
    ends: Uint32Array | null,
    from: number,
    to: number,
    carry: boolean,
  ): Window {
    const { hasTime, givesSteps } = this.#network;
    const { x, y, count, time } = samples;
    const span = { indices, from, to, time };
    const weights = this.#windowWeights(samples, span, ends);
    const dims = [indices.length, ...(hasTime ? [to - from, ...x.shape.slice(2)] : x.shape.slice(1))];
    const lengths = ends?.map((end) => Math.min(Math.max(end - from, 0), to - from)) ?? null;
    const inputs = gather(this.#x, x.data, count, hasTime, span);
    const targets = gather(this.#y, y.data, count, givesSteps, span);
    return {
      call: [this.#where, inputs, dims, lengths, targets, weights, carry],
      counts: weights === null || weights.some((weight) => weight > 0),
    };
  }

  /** Where the last step alone counts, it counts in the window in which its sequence ends. */
  #windowWeights(samples: Samples, span: Span, ends: Uint32Array | null): Float32Array | null {
    const { weights, count, time } = samples;
    const { indices, from, to } = span;
    const { givesSteps, hasTime } = this.#network;
    const given =
      weights && gather(this.#weights, weights as Float32Array<ArrayBuffer>, count, givesSteps, span);
    if (givesSteps || !hasTime || to - from === time) return given;
    const own = given ?? this.#weights.take(NO_WEIGHTS, indices.length).fill(1);
    return own.map((weight, index) => {
      const end = ends?.[index] ?? time;
      return to >= Math.max(end, 1) && from < Math.max(end, 1) ? weight : 0;
    });
  }
}

const NO_WEIGHTS = new Float32Array(0);

/** Sequences and steps. */
interface Span {
  readonly indices: Uint32Array;
  readonly from: number;
  readonly to: number;
  readonly time: number;
}

/** Copies of parts of an array that has `count` equal ones; of their steps only some, if they have any. */
function gather<T extends Data>(
  room: Room<T>,
  source: T,
  count: number,
  hasSteps: boolean,
  { indices, from, to, time }: Span,
): T {
  const part = source.length / count;
  const step = part / time;
  const [start, end] = hasSteps && to - from < time ? [from * step, to * step] : [0, part];
  const length = end - start;
  const target = room.take(source, indices.length * length);
  indices.forEach((index, row) => {
    target.set(source.subarray(index * part + start, index * part + end), row * length);
  });
  return target;
}
