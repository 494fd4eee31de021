/** Many streams of one layer or model, stepped together as batches. */

import type { RawModule } from './backend/raw.js';
import { checkArray, type DType } from './buffers.js';
import { fail } from './errors.js';
import type { Handle } from './handle.js';
import { optional, readOptions, size } from './options.js';
import type { RecurrentState } from './state.js';
import { readStateFile, writeStateFile } from './state-file.js';
import type { StreamPlan } from './stream-plan.js';
import { StreamBatch } from './stream-pool-batch.js';
import { BLOCK_ROWS, PoolBlock, type Seat } from './stream-pool-block.js';
import { countStates, packStates, unpackStates } from './stream-state.js';

/** Options of `streamPool()`. */
export interface StreamPoolOptions {
  /** How many members there may be at a time, from 1; as many as memory holds if left out. */
  capacity?: number | undefined;
}

/** Opens a pool on a module. The type arguments are the caller's word: they follow from the plan. */
export function openPool<State, D extends DType>(
  module: Handle<RawModule>,
  plan: StreamPlan,
  options: unknown,
): StreamPool<State, D> {
  const { where } = plan;
  module.open(where);
  const { capacity = Number.POSITIVE_INFINITY } = readOptions(where, options, { capacity: optional(size()) });
  // Refuses here what cannot be streamed, rather than when the first member joins.
  module.call(where, (raw) => raw.stream(where, 1)).free();
  return new StreamPool<State, D>(module, plan, capacity);
}

/**
 * Many independent streams of a layer or model that are stepped together, which takes less time than one by one. Members
 * join and leave between any two steps, and each has its own state. A step takes the frames that wait; a member
 * without one stays where it is. Who is forgotten instead of leaving keeps the seat, and its memory, as long as the pool lives.
 * The pool follows the weights of what it was opened on, and needs it as long as it is used.
 *
 * The numbers are those of separate streams within 1e-6 on unit-scale data. On one backend and instruction set they do
 * not depend on who else is a member.
 *
 * @typeParam State as in a stream
 * @typeParam D type of the frames
 *
 * @example
 * ```ts
 * import { LSTM } from 'cellgate';
 *
 * const lstm = new LSTM({ inputSize: 3, hiddenSize: 4 });
 * using pool = lstm.streamPool({ capacity: 64 });
 * const [anna, ben] = [pool.join(), pool.join()];
 * anna.push(Float32Array.of(0.1, 0.2, 0.3));
 * console.log(pool.step(), anna.output.length); // 1 4
 * ben.push(Float32Array.of(0.4, 0.5, 0.6));
 * anna.push(Float32Array.of(0.7, 0.8, 0.9));
 * console.log(pool.step()); // 2
 * anna.leave();
 * console.log(pool.size); // 1
 * ```
 */
export class StreamPool<State = RecurrentState, D extends DType = 'float32'> {
  /** How many members there may be at a time. */
  readonly capacity: number;
  /** Values in a member's frame. */
  readonly inputSize: number;
  /** Values in a member's output. */
  readonly outputSize: number;

  readonly #module: Handle<RawModule>;
  readonly #plan: StreamPlan;
  readonly #stepWhere: string;
  /** All are full but for the last one. */
  readonly #blocks: PoolBlock[] = [];
  /** Batches for steps that some members sit out, by number of rows. */
  readonly #parts = new Map<number, StreamBatch>();
  readonly #batches = {
    open: (where: string, rows: number) => new StreamBatch(where, this.#module, this.#plan, rows),
    borrow: (where: string, rows: number) => {
      const part = this.#parts.get(rows) ?? new StreamBatch(where, this.#module, this.#plan, rows);
      this.#parts.set(rows, part);
      return part;
    },
  };
  #isOpen = true;

  /** @internal */
  constructor(module: Handle<RawModule>, plan: StreamPlan, capacity: number) {
    this.#module = module;
    this.#plan = plan;
    this.#stepWhere = `${plan.where}.step`;
    this.capacity = capacity;
    this.inputSize = plan.inputSize;
    this.outputSize = plan.outputSize;
  }

  /** How many members there are. */
  get size(): number {
    return this.#blocks.reduce((sum, { seats }) => sum + seats.length, 0);
  }

  /** Whether `dispose()` was called. */
  get disposed(): boolean {
    return !this.#isOpen;
  }

  /**
   * A new member, whose state is zeros.
   *
   * @throws CellgateError `busy` if the pool is full; `memory`; `disposed` after `dispose()` of the pool or of what it was
   * opened on
   */
  join(): PoolMember<State, D> {
    const where = `${this.#plan.where}.join`;
    this.#open(where);
    if (this.size >= this.capacity) {
      fail('busy', where, 'a member must have left', `${this.size} of ${this.capacity} members`);
    }
    const last = this.#blocks.at(-1);
    const { outputSize } = this;
    let seat: Seat;
    if (last && last.seats.length < BLOCK_ROWS) seat = last.append(where, outputSize);
    else {
      const block = new PoolBlock(where, this.#batches, outputSize);
      this.#blocks.push(block);
      [seat] = block.seats as [Seat];
    }
    return new PoolMember<State, D>(this.#plan, seat, (left) => this.#remove(left));
  }

  /**
   * One step of every member for which a frame waits. Allocates nothing where all members of the pool have one.
   *
   * @returns how many these were
   * @throws CellgateError `disposed` after `dispose()` of the pool or of what it was opened on; `memory`
   */
  step(): number {
    const where = this.#stepWhere;
    this.#open(where);
    let count = 0;
    for (const block of this.#blocks) count += block.step(where);
    return count;
  }

  /** Frees the states of all members. Every later call to the pool and to them throws a CellgateError `disposed`. */
  dispose(): void {
    this.#isOpen = false;
    for (const owner of [...this.#blocks, ...this.#parts.values()]) owner.close();
    this.#blocks.length = 0;
    this.#parts.clear();
  }

  /** The same as `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #open(where: string): void {
    if (!this.#isOpen) fail('disposed', where, `${this.#plan.where} must not be disposed`, 'a disposed one');
    this.#module.open(where);
  }

  /** The last member takes the place of the one that leaves, so that no block but the last has empty rows. */
  #remove(seat: Seat): void {
    const last = this.#blocks.at(-1);
    if (last === undefined) return;
    const where = `${this.#plan.where}.leave`;
    last.removeLast(where, seat, this.#module.isOpen);
    if (last.seats.length === 0) this.#blocks.pop();
  }
}

/**
 * A stream in a {@link StreamPool}.
 *
 * @typeParam State as in a stream
 * @typeParam D type of the frames
 */
export class PoolMember<State = RecurrentState, D extends DType = 'float32'> {
  /** `[outputSize]`, what the last step has made of the member's frame. The array stays the same. */
  readonly output: Float32Array<ArrayBuffer>;

  readonly #plan: StreamPlan;
  readonly #seat: Seat;
  readonly #remove: (seat: Seat) => void;
  readonly #pushWhere: string;
  #isMember = true;

  /** @internal */
  constructor(plan: StreamPlan, seat: Seat, remove: (seat: Seat) => void) {
    this.#plan = plan;
    this.#seat = seat;
    this.#remove = remove;
    this.#pushWhere = `${plan.where}.push`;
    this.output = seat.output;
  }

  /** Whether a frame waits for the next step. */
  get isWaiting(): boolean {
    return this.#isMember && this.#seat.hasFrame && this.#seat.block.isOpen;
  }

  /**
   * Hands over the frame of the next step, as a copy.
   *
   * @param frame `[inputSize]`; for a model that begins with an Embedding an id, `Int32Array` `[1]`
   * @throws CellgateError `busy` if a frame waits already; `shape` for another length; `dtype` for another type or a shared,
   * resizable or detached buffer; `value` for an id outside the vocabulary; `disposed` after `leave()`
   */
  push(frame: D extends 'float32' ? Float32Array : Int32Array): void;
  push(frame: unknown): void {
    const where = this.#pushWhere;
    const seat = this.#open(where);
    const { dtype, inputSize, vocabularySize } = this.#plan;
    if (seat.hasFrame) fail('busy', where, 'the frame before must have been stepped', 'a second frame');
    checkArray(where, 'frame', frame, dtype);
    if (frame.length !== inputSize) {
      fail('shape', where, `frame must be [inputSize] = [${inputSize}]`, `[${frame.length}]`);
    }
    if (vocabularySize !== undefined) {
      const [id = 0] = frame;
      if (id < 0 || id >= vocabularySize) {
        fail('value', where, `frame[0] must be in [0, ${vocabularySize})`, String(id));
      }
    }
    seat.block.give(where, seat, frame);
  }

  /**
   * The state after the last step, of a batch of 1, as a copy; setting it puts the member there.
   * @throws CellgateError `state` for the state of another layer, `dtype` for other tensors, `disposed` after `leave()`
   */
  get state(): State {
    return unpackStates(this.#plan, this.#read('state'), 1);
  }

  set state(state: State) {
    const where = `${this.#plan.where}.state`;
    const seat = this.#open(where);
    seat.block.write(where, seat.row, packStates(where, this.#plan, state, 1));
  }

  /**
   * The state as bytes, which are those of a stream of one sequence: {@link loadState} of either takes them.
   * @throws CellgateError `disposed` after `leave()`
   */
  saveState(): Uint8Array<ArrayBuffer> {
    return writeStateFile(this.#plan.layouts, this.#read('saveState'), 1);
  }

  /**
   * Puts the member where {@link saveState} was called.
   * @throws CellgateError `dtype`, `file`, `state` as a stream's; `disposed` after `leave()`
   */
  loadState(bytes: Uint8Array): void {
    const where = `${this.#plan.where}.loadState`;
    const seat = this.#open(where);
    seat.block.write(where, seat.row, readStateFile(where, this.#plan.layouts, bytes, 1));
  }

  /**
   * Puts the state back to zeros. A frame that waits stays.
   * @throws CellgateError `disposed` after `leave()`
   */
  reset(): void {
    const where = `${this.#plan.where}.reset`;
    const seat = this.#open(where);
    seat.block.write(where, seat.row, new Float32Array(countStates(this.#plan.layouts, 1)));
  }

  /**
   * Ends the membership, which takes effect at once; a frame that waits is dropped. Later calls but this one throw.
   * @throws CellgateError `memory`; the member has not left then
   */
  leave(): void {
    if (!this.#isMember) return;
    this.#remove(this.#seat);
    this.#isMember = false;
  }

  /** The same as `leave()`, for `using`. */
  [Symbol.dispose](): void {
    this.leave();
  }

  #open(where: string): Seat {
    if (!this.#isMember) fail('disposed', where, 'the member must not have left', 'one that has');
    this.#seat.block.open(where);
    return this.#seat;
  }

  #read(call: string): Float32Array<ArrayBuffer> {
    const where = `${this.#plan.where}.${call}`;
    const seat = this.#open(where);
    return seat.block.read(where, seat.row);
  }
}
