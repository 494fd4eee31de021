/**
 * Some members of a pool, which are stepped as one batch. It has exactly as many rows as there are members: the states move to
 * another batch when one joins or leaves, and a step that some sit out runs in a smaller one, so that nothing is computed for
 * nobody.
 */

import { allocate } from './buffers.js';
import type { Frames, StreamBatch } from './stream-pool-batch.js';

/**
 * Members per block. A step of 8 to 64 rows takes the same time per row within a tenth, but for layers of a few units; small
 * blocks make joining, leaving and waiting cheap.
 */
export const BLOCK_ROWS = 16;

/** A member's place, which changes when others leave. */
export interface Seat {
  block: PoolBlock;
  row: number;
  /** Whether its row of the frames is to be stepped. */
  hasFrame: boolean;
  readonly output: Float32Array<ArrayBuffer>;
}

/** Where a block gets its batches from. */
export interface Batches {
  /** A new one of this many rows, whose states are zeros. */
  open(where: string, rows: number): StreamBatch;
  /** One of this many rows for the moment, with whatever states. */
  borrow(where: string, rows: number): StreamBatch;
}

/** A batch of members. */
export class PoolBlock {
  /** By row. */
  readonly seats: Seat[] = [];

  readonly #batches: Batches;
  #batch: StreamBatch;
  #frameCount = 0;

  /** With a first seat. */
  constructor(where: string, batches: Batches, outputSize: number) {
    this.#batches = batches;
    const output = allocate(where, 'the output', outputSize);
    this.#batch = batches.open(where, 1);
    this.seats.push({ block: this, row: 0, hasFrame: false, output });
  }

  /** A new seat behind the others, with a state of zeros. */
  append(where: string, outputSize: number): Seat {
    const row = this.seats.length;
    const output = allocate(where, 'the output', outputSize);
    this.#use(where, this.#batches.open(where, row + 1));
    const seat = { block: this, row, hasFrame: false, output };
    this.seats.push(seat);
    return seat;
  }

  /**
   * Takes the last seat away and puts its member to that of one who leaves, which may be in another block. What may be
   * refused comes before anything changes.
   * @param canShrink whether there are smaller batches; a row too many does no harm
   */
  removeLast(where: string, left: Seat, canShrink: boolean): void {
    const last = this.seats.at(-1) as Seat;
    const rows = this.seats.length - 1;
    const smaller = canShrink && rows > 0 ? this.#batches.open(where, rows) : undefined;
    if (last !== left) {
      const { block, row } = left;
      block.write(where, row, this.read(where, last.row));
      block.#batch.setFrame(where, row, this.#batch.frameOf(last.row));
    }
    if (smaller) this.#use(where, smaller);
    if (left.hasFrame) left.block.#take(left);
    if (last !== left) this.#move(last, left);
    this.seats.pop();
    if (rows === 0) this.close();
  }

  /** Gives the last seat the place of another one, whose state and frame are there already. */
  #move(last: Seat, { block, row }: Seat): void {
    const { hasFrame } = last;
    if (hasFrame) this.#take(last);
    block.seats[row] = last;
    last.block = block;
    last.row = row;
    if (hasFrame) block.#give(last);
  }

  /** False after `close()`. */
  get isOpen(): boolean {
    return this.#batch.isOpen;
  }

  /** @throws CellgateError `disposed` after `close()` */
  open(where: string): void {
    this.#batch.open(where);
  }

  /** Puts a frame, which has been checked, to where the next step finds it. */
  give(where: string, seat: Seat, frame: Frames): void {
    this.#batch.setFrame(where, seat.row, frame);
    this.#give(seat);
  }

  #give(seat: Seat): void {
    seat.hasFrame = true;
    this.#frameCount++;
  }

  #take(seat: Seat): void {
    seat.hasFrame = false;
    this.#frameCount--;
  }

  /** Steps the members that have a frame; gives their number. */
  step(where: string): number {
    const count = this.#frameCount;
    if (count === 0) return 0;
    if (count === this.seats.length) this.#stepAll(where);
    else this.#stepSome(where, count);
    this.#frameCount = 0;
    return count;
  }

  #stepAll(where: string): void {
    this.#batch.step(where);
    for (const seat of this.seats) {
      seat.output.set(this.#batch.outputOf(seat.row));
      seat.hasFrame = false;
    }
  }

  #stepSome(where: string, count: number): void {
    const batch = this.#batch;
    const part = this.#batches.borrow(where, count);
    const stepped = this.seats.filter(({ hasFrame }) => hasFrame);
    batch.readStates(where);
    for (const [at, { row }] of stepped.entries()) {
      batch.copyState(row, part, at);
      part.setFrame(where, at, batch.frameOf(row));
    }
    part.writeStates(where);
    part.step(where);
    part.readStates(where);
    for (const [at, seat] of stepped.entries()) {
      part.copyState(at, batch, seat.row);
      seat.output.set(part.outputOf(at));
      seat.hasFrame = false;
    }
    batch.writeStates(where);
  }

  /** The state of a row, packed. */
  read(where: string, row: number): Float32Array<ArrayBuffer> {
    this.#batch.readStates(where);
    return this.#batch.stateOf(where, row);
  }

  /** Replaces the state of a row. */
  write(where: string, row: number, values: Float32Array): void {
    this.#batch.readStates(where);
    this.#batch.setState(row, values);
    this.#batch.writeStates(where);
  }

  close(): void {
    this.#batch.close();
  }

  /** Moves to a batch of another number of rows; those at the end are new or go. */
  #use(where: string, batch: StreamBatch): void {
    const old = this.#batch;
    old.readStates(where);
    for (let row = 0; row < Math.min(old.rows, batch.rows); row++) {
      old.copyState(row, batch, row);
      batch.setFrame(where, row, old.frameOf(row));
    }
    batch.writeStates(where);
    old.close();
    this.#batch = batch;
  }
}
