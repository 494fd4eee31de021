/** Streams: frame by frame, with the state kept in between. */

import type { RawModule, RawStream } from './backend/raw.js';
import { allocate, checkArray, type DType, type DTypeMap, overlaps } from './buffers.js';
import { fail } from './errors.js';
import { Handle } from './handle.js';
import { readOptions, size } from './options.js';
import type { RecurrentState } from './state.js';
import { readStateFile, writeStateFile } from './state-file.js';
import type { StreamPlan } from './stream-plan.js';
import { allocateStates, packStates, unpackStates } from './stream-state.js';

/** Options of `stream()`. */
export interface StreamOptions {
  /** How many sequences run side by side, from 1; 1 if left out. */
  batch?: number | undefined;
}

interface Opened {
  readonly raw: RawStream;
  readonly plan: StreamPlan;
  readonly batch: number;
}

/** Opens a stream on a module. The type arguments are the caller's word: they follow from the plan. */
export function openStream<State, D extends DType>(
  handle: Handle<RawModule>,
  plan: StreamPlan,
  options: unknown,
): Stream<State, D> {
  const { where } = plan;
  handle.open(where);
  const { batch } = readOptions(where, options, { batch: size(1) });
  return new Stream<State, D>({ raw: handle.call(where, (raw) => raw.stream(where, batch)), plan, batch });
}

/**
 * A layer or model running frame by frame. It remembers: the state after a frame is where the next one
 * begins. It follows the weights of what it was opened on, and lives on when that is disposed.
 *
 * Stepping gives the numbers of `forward` over the whole sequence within 1e-6 on unit-scale data.
 *
 * @typeParam State `{ h, c }` for an LSTM, `{ h }` for GRU and RNN, a list of those for a model
 * @typeParam D type of the frames: `'int32'` for a model that begins with an Embedding
 *
 * @example
 * ```ts
 * import { LSTM } from 'cellgate';
 *
 * const lstm = new LSTM({ inputSize: 3, hiddenSize: 4 });
 * const stream = lstm.stream();
 * const frame = new Float32Array([0.1, 0.2, 0.3]);
 * for (let t = 0; t < 10; t++) console.log(stream.step(frame)[0]);
 * stream.dispose();
 * ```
 */
export class Stream<State = RecurrentState, D extends DType = 'float32'> {
  /** How many sequences run side by side. */
  readonly batch: number;
  /** Values per sequence in a frame. */
  readonly inputSize: number;
  /** Values per sequence in a frame's output. */
  readonly outputSize: number;

  readonly #handle: Handle<RawStream>;
  readonly #plan: StreamPlan;
  readonly #stepWhere: string;
  readonly #inputLength: number;
  readonly #outputLength: number;
  #own: Float32Array<ArrayBuffer>;
  // The arrays of the last step, which have been checked but for their length, and a copy's place for overlaps.
  #frame: DTypeMap[DType] | undefined;
  #target: Float32Array | undefined;
  #copy: DTypeMap[DType] | undefined;

  /** @internal */
  constructor({ raw, plan, batch }: Opened) {
    this.#handle = new Handle(plan.where, raw);
    this.#plan = plan;
    this.#stepWhere = `${plan.where}.step`;
    this.batch = batch;
    this.inputSize = plan.inputSize;
    this.outputSize = plan.outputSize;
    this.#inputLength = batch * plan.inputSize;
    this.#outputLength = batch * plan.outputSize;
    this.#own = allocate(plan.where, 'a frame', this.#outputLength);
  }

  /**
   * One frame in, one out. Allocates nothing when the same arrays are used again.
   *
   * @param frame `[batch * inputSize]`; for a model that begins with an Embedding ids, `Int32Array` `[batch]`
   * @param out where to write, `[batch * outputSize]`; may be `frame` itself
   * @returns `out`, or the stream's own array, which the next step overwrites
   * @throws CellgateError `shape` for another length, `dtype` for another type or a shared, resizable or detached
   * buffer, `value` for an id outside the vocabulary, `disposed` after `dispose()`
   */
  step(frame: D extends 'float32' ? Float32Array : Int32Array): Float32Array<ArrayBuffer>;
  step<Out extends Float32Array>(frame: D extends 'float32' ? Float32Array : Int32Array, out: Out): Out;
  step(frame: Float32Array | Int32Array, out?: Float32Array): Float32Array {
    const raw = this.#handle.open(this.#stepWhere);
    const target = out === undefined ? this.#own : out;
    if (
      frame !== this.#frame ||
      target !== this.#target ||
      frame.length !== this.#inputLength ||
      target.length !== this.#outputLength
    ) {
      return this.#stepUnseen(raw, frame, out);
    }
    return this.#run(raw, frame, target);
  }

  #run(raw: RawStream, frame: Float32Array | Int32Array, target: Float32Array): Float32Array {
    const copy = this.#copy;
    if (copy !== undefined) copy.set(frame);
    try {
      raw.step(copy === undefined ? frame : copy, target);
    } catch (error) {
      this.#handle.fault(this.#stepWhere, error);
    }
    return target;
  }

  /** A step with arrays that are new, or not any more what they were. */
  #stepUnseen(raw: RawStream, frame: unknown, out: Float32Array | undefined): Float32Array {
    const where = this.#stepWhere;
    this.#checkLength(where, 'frame', frame, this.#plan.dtype, this.#inputLength);
    if (out !== undefined) this.#checkLength(where, 'out', out, 'float32', this.#outputLength);
    else if (this.#own.length === 0) this.#own = allocate(where, 'a frame', this.#outputLength);
    const target = out ?? this.#own;
    const lent = frame as DTypeMap[DType];
    this.#frame = lent;
    this.#target = target;
    // A backend must not read and write the same bytes; feeding an output back in is how sequences are generated.
    this.#copy = overlaps(lent, target) ? lent.slice() : undefined;
    return this.#run(raw, lent, target);
  }

  #checkLength(where: string, name: string, array: unknown, dtype: DType, length: number): void {
    checkArray(where, name, array, dtype);
    if (array.length === length) return;
    const axes = name === 'out' ? 'batch * outputSize' : 'batch * inputSize';
    fail('shape', where, `${name} must be [${axes}] = [${length}]`, `[${array.length}]`);
  }

  /**
   * Many frames in one call.
   *
   * @param block `[frames, batch, inputSize]`, time first
   * @param out where to write, `[frames, batch, outputSize]`; a new array if left out
   * @returns `out`, or the new array
   * @throws CellgateError `shape` for a length that is no whole number of frames, else as {@link step}
   */
  run(block: D extends 'float32' ? Float32Array : Int32Array): Float32Array<ArrayBuffer>;
  run<Out extends Float32Array>(block: D extends 'float32' ? Float32Array : Int32Array, out: Out): Out;
  run(block: Float32Array | Int32Array, out?: Float32Array): Float32Array {
    const where = `${this.#plan.where}.run`;
    this.#handle.open(where);
    checkArray(where, 'block', block, this.#plan.dtype);
    const frames = block.length / this.#inputLength;
    if (!Number.isInteger(frames)) {
      const expected = `block must be [frames, batch, inputSize] = [*, ${this.batch}, ${this.inputSize}]`;
      fail('shape', where, expected, `${block.length} values`);
    }
    const length = frames * this.#outputLength;
    if (out !== undefined) {
      checkArray(where, 'out', out, 'float32');
      if (out.length !== length) {
        const sizes = `[${frames}, ${this.batch}, ${this.outputSize}]`;
        fail('shape', where, `out must be [frames, batch, outputSize] = ${sizes}`, `${out.length} values`);
      }
    }
    const target = out ?? allocate(where, 'the output', length);
    const input = out !== undefined && overlaps(block, out) ? block.slice() : block;
    this.#handle.call(where, (raw) => raw.run(input, frames, target));
    return target;
  }

  /**
   * The state after the last frame, as a copy; setting it puts the stream there.
   * @throws CellgateError `state` for the state of another layer or batch, `dtype` for other tensors, `disposed` after
   * `dispose()`
   */
  get state(): State {
    return unpackStates(this.#plan, this.#packed('state'), this.batch);
  }

  set state(state: State) {
    const where = `${this.#plan.where}.state`;
    this.#handle.open(where);
    const packed = packStates(where, this.#plan, state, this.batch);
    this.#handle.call(where, (raw) => raw.setState(packed));
  }

  #packed(call: string): Float32Array<ArrayBuffer> {
    const where = `${this.#plan.where}.${call}`;
    this.#handle.open(where);
    const packed = allocateStates(where, this.#plan.layouts, this.batch);
    this.#handle.call(where, (raw) => raw.getState(packed));
    return packed;
  }

  /**
   * The state after the last frame as bytes, to be kept or sent to another machine: the values of h and c in float32, behind
   * 16 bytes and 16 for each recurrent layer that say what they belong to.
   *
   * @throws CellgateError `disposed` after `dispose()`
   *
   * @example
   * ```ts
   * import { GRU } from 'cellgate';
   *
   * const gru = new GRU({ inputSize: 1, hiddenSize: 2 });
   * const [here, there] = [gru.stream(), gru.stream()];
   * here.step(Float32Array.of(0.5));
   * there.loadState(here.saveState());
   * const frame = Float32Array.of(1);
   * console.log(here.step(frame)[0] === there.step(frame)[0]); // true
   * ```
   */
  saveState(): Uint8Array<ArrayBuffer> {
    return writeStateFile(this.#plan.layouts, this.#packed('saveState'), this.batch);
  }

  /**
   * Puts the stream where {@link saveState} was called, on any backend.
   *
   * @param bytes of a stream of as many sequences on the same layers
   * @throws CellgateError `dtype` for anything but a `Uint8Array`; `file` for bytes that are damaged, or of another kind or
   * version; `state` for the state of other layers, sizes or another batch; `disposed` after `dispose()`
   */
  loadState(bytes: Uint8Array): void {
    const where = `${this.#plan.where}.loadState`;
    this.#handle.open(where);
    const packed = readStateFile(where, this.#plan.layouts, bytes, this.batch);
    this.#handle.call(where, (raw) => raw.setState(packed));
  }

  /**
   * Puts the state back to zeros.
   * @throws CellgateError `disposed` after `dispose()`
   */
  reset(): void {
    this.#handle.call(`${this.#plan.where}.reset`, (raw) => raw.reset());
  }

  /**
   * Another stream on the same weights, with a copy of this one's state.
   * @throws CellgateError `disposed` after `dispose()`
   */
  clone(): Stream<State, D> {
    const raw = this.#handle.call(`${this.#plan.where}.clone`, (stream) => stream.clone());
    return new Stream<State, D>({ raw, plan: this.#plan, batch: this.batch });
  }

  /** Whether `dispose()` was called. */
  get disposed(): boolean {
    return !this.#handle.isOpen;
  }

  /** Frees state and buffers. Every later call but this one throws a CellgateError `disposed`. */
  dispose(): void {
    this.#handle.close();
  }

  /** The same as `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
