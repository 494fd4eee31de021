/**
 * Some members of a pool, which one raw stream steps as one batch. It has exactly as many rows as there are members: a
 * raw stream of another size is opened when one joins or leaves, so that a step computes nothing for nobody.
 */

import type { RawModule, RawStream } from './backend/raw.js';
import { allocate, type DTypeMap } from './buffers.js';
import { Handle } from './handle.js';
import type { StreamPlan } from './stream-plan.js';
import { allocateStates, copyStateRow, type StateBatch } from './stream-state.js';

/**
 * Members per block. A step of 8 to 64 rows takes the same time per row within a tenth, but for layers of a few units; small
 * blocks make joining, leaving and waiting cheap.
 */
export const BLOCK_ROWS = 16;

type Frames = DTypeMap['float32' | 'int32'];

/** A member's place, which changes when others leave. */
export interface Seat {
  block: PoolBlock;
  row: number;
  /** Whether its row of the frames is to be stepped. */
  hasFrame: boolean;
  readonly output: Float32Array<ArrayBuffer>;
}

/** The arrays of a raw stream for some number of rows. */
interface Rows {
  readonly handle: Handle<RawStream>;
  readonly frames: Frames;
  readonly outputs: Float32Array<ArrayBuffer>;
  /** Views of `outputs`, one per row. */
  readonly views: readonly Float32Array[];
  /** States before and after a step that some members sit out. */
  readonly before: StateBatch & { values: Float32Array<ArrayBuffer> };
  readonly after: StateBatch & { values: Float32Array<ArrayBuffer> };
}

/** A batch of members. */
export class PoolBlock {
  /** By row. */
  readonly seats: Seat[] = [];

  readonly #module: Handle<RawModule>;
  readonly #plan: StreamPlan;
  #rows: Rows | undefined;
  #frameCount = 0;

  constructor(module: Handle<RawModule>, plan: StreamPlan) {
    this.#module = module;
    this.#plan = plan;
  }

  /** A new seat behind the others, with a state of zeros. */
  append(where: string): Seat {
    const row = this.seats.length;
    const output = allocate(where, 'the output', this.#plan.outputSize);
    this.#resize(where, row + 1);
    const seat = { block: this, row, hasFrame: false, output };
    this.seats.push(seat);
    return seat;
  }

  /** Takes the last seat away and puts its member to that of one who leaves, which may be in another block. */
  removeLast(where: string, left: Seat): void {
    const last = this.seats.at(-1) as Seat;
    const { block, row } = left;
    if (left.hasFrame) block.#take(left);
    if (last !== left) {
      block.write(where, row, this.read(where, last.row));
      const hadFrame = last.hasFrame;
      const frame = this.#frameOf(last);
      if (hadFrame) this.#take(last);
      block.seats[row] = last;
      Object.assign(last, { block, row });
      if (hadFrame) block.give(where, last, frame);
    }
    this.seats.pop();
    // What was disposed opens nothing more; a row too many does no harm then.
    if (this.#module.isOpen || this.seats.length === 0) this.#resize(where, this.seats.length);
  }

  /** Puts a frame, which has been checked, to where the next step finds it. */
  give(where: string, seat: Seat, frame: Frames): void {
    const { handle, frames } = this.#rows as Rows;
    handle.open(where);
    frames.set(frame, seat.row * this.#plan.inputSize);
    seat.hasFrame = true;
    this.#frameCount++;
  }

  #take(seat: Seat): void {
    seat.hasFrame = false;
    this.#frameCount--;
  }

  #frameOf({ row }: Seat): Frames {
    const { inputSize } = this.#plan;
    return (this.#rows as Rows).frames.slice(row * inputSize, (row + 1) * inputSize);
  }

  /** Steps the members that have a frame; gives their number. */
  step(where: string): number {
    const count = this.#frameCount;
    if (count === 0) return 0;
    const { handle, frames, outputs, views, before, after } = this.#rows as Rows;
    const raw = handle.open(where);
    const hasIdle = count < this.seats.length;
    try {
      if (hasIdle) raw.getState(before.values);
      raw.step(frames, outputs);
      if (hasIdle) {
        raw.getState(after.values);
        for (const { hasFrame, row } of this.seats) {
          if (!hasFrame) copyStateRow(this.#plan.layouts, before, row, after, row);
        }
        raw.setState(after.values);
      }
    } catch (error) {
      handle.fault(where, error);
    }
    for (const seat of this.seats) {
      if (!seat.hasFrame) continue;
      seat.output.set(views[seat.row] as Float32Array);
      seat.hasFrame = false;
    }
    this.#frameCount = 0;
    return count;
  }

  /** The state of a row, packed. */
  read(where: string, row: number): Float32Array<ArrayBuffer> {
    const { handle, before } = this.#rows as Rows;
    const values = allocateStates(where, this.#plan.layouts, 1);
    handle.call(where, (raw) => raw.getState(before.values));
    copyStateRow(this.#plan.layouts, before, row, { values, batch: 1 }, 0);
    return values;
  }

  /** Replaces the state of a row. */
  write(where: string, row: number, values: Float32Array): void {
    const { handle, before } = this.#rows as Rows;
    handle.call(where, (raw) => {
      raw.getState(before.values);
      copyStateRow(this.#plan.layouts, { values, batch: 1 }, 0, before, row);
      raw.setState(before.values);
    });
  }

  close(): void {
    this.#rows?.handle.close();
  }

  #open(where: string, batch: number): Rows {
    const { layouts, dtype, inputSize, outputSize } = this.#plan;
    const frames = allocate(where, 'the frames', batch * inputSize);
    const outputs = allocate(where, 'the outputs', batch * outputSize);
    const states = (): Rows['before'] => ({ values: allocateStates(where, layouts, batch), batch });
    return {
      frames: dtype === 'int32' ? new Int32Array(frames.buffer) : frames,
      outputs,
      views: Array.from({ length: batch }, (_, row) =>
        outputs.subarray(row * outputSize, (row + 1) * outputSize),
      ),
      before: states(),
      after: states(),
      handle: new Handle(
        this.#plan.where,
        this.#module.call(where, (raw) => raw.stream(where, batch)),
      ),
    };
  }

  /** Moves to a raw stream of another number of rows; those at the end are new or go. */
  #resize(where: string, batch: number): void {
    const old = this.#rows;
    if (batch === 0) {
      this.close();
      return;
    }
    const rows = this.#open(where, batch);
    if (old) {
      const kept = Math.min(old.before.batch, batch);
      old.handle.call(where, (raw) => raw.getState(old.before.values));
      for (let row = 0; row < kept; row++)
        copyStateRow(this.#plan.layouts, old.before, row, rows.before, row);
      rows.handle.call(where, (raw) => raw.setState(rows.before.values));
      rows.frames.set(old.frames.subarray(0, kept * this.#plan.inputSize));
      old.handle.close();
    }
    this.#rows = rows;
  }
}
