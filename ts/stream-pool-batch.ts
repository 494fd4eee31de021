/** A raw stream of some rows, with the arrays that go into it and come out. */

import type { RawModule, RawStream } from './backend/raw.js';
import { allocate, type DTypeMap } from './buffers.js';
import { Handle } from './handle.js';
import type { StreamPlan } from './stream-plan.js';
import { allocateStates, copyStateRow, type StateBatch } from './stream-state.js';

export type Frames = DTypeMap['float32' | 'int32'];

/** Rows that are stepped together. */
export class StreamBatch {
  readonly rows: number;
  /** `[rows, inputSize]` */
  readonly #frames: Frames;
  readonly #outputs: Float32Array<ArrayBuffer>;
  /** Views of the outputs, one per row. */
  readonly #views: readonly Float32Array[];
  /** What `readStates` has brought and `writeStates` puts back. */
  readonly #states: StateBatch & { readonly values: Float32Array<ArrayBuffer> };
  readonly #handle: Handle<RawStream>;
  readonly #plan: StreamPlan;

  /** @throws CellgateError `memory`; `disposed` if the module is */
  constructor(where: string, module: Handle<RawModule>, plan: StreamPlan, rows: number) {
    const { layouts, dtype, inputSize, outputSize } = plan;
    const frames = allocate(where, 'the frames', rows * inputSize);
    const outputs = allocate(where, 'the outputs', rows * outputSize);
    this.rows = rows;
    this.#plan = plan;
    this.#frames = dtype === 'int32' ? new Int32Array(frames.buffer) : frames;
    this.#outputs = outputs;
    this.#views = Array.from({ length: rows }, (_, row) =>
      outputs.subarray(row * outputSize, (row + 1) * outputSize),
    );
    this.#states = { values: allocateStates(where, layouts, rows), batch: rows };
    const raw = module.call(where, (opened) => opened.stream(where, rows));
    this.#handle = new Handle(plan.where, raw);
  }

  get isOpen(): boolean {
    return this.#handle.isOpen;
  }

  /** @throws CellgateError `disposed` after `close()` */
  open(where: string): void {
    this.#handle.open(where);
  }

  /** Puts a frame, which has been checked, into a row. */
  setFrame(where: string, row: number, frame: Frames): void {
    this.open(where);
    this.#frames.set(frame, row * this.#plan.inputSize);
  }

  /** The frame of a row, as a view. */
  frameOf(row: number): Frames {
    const { inputSize } = this.#plan;
    return this.#frames.subarray(row * inputSize, (row + 1) * inputSize);
  }

  /** The output of a row, as a view. */
  outputOf(row: number): Float32Array {
    return this.#views[row] as Float32Array;
  }

  step(where: string): void {
    const raw = this.#handle.open(where);
    try {
      raw.step(this.#frames, this.#outputs);
    } catch (error) {
      this.#handle.fault(where, error);
    }
  }

  /** Brings the states out of the raw stream, so that rows can be read and changed. */
  readStates(where: string): void {
    this.#handle.call(where, (raw) => raw.getState(this.#states.values));
  }

  /** Puts the states back. */
  writeStates(where: string): void {
    this.#handle.call(where, (raw) => raw.setState(this.#states.values));
  }

  /** Copies a row's state, as it was read, to a row of another batch, to be written. */
  copyState(row: number, to: StreamBatch, toRow: number): void {
    copyStateRow(this.#plan.layouts, this.#states, row, to.#states, toRow);
  }

  /** A row's state, as it was read. */
  stateOf(where: string, row: number): Float32Array<ArrayBuffer> {
    const { layouts } = this.#plan;
    const values = allocateStates(where, layouts, 1);
    copyStateRow(layouts, this.#states, row, { values, batch: 1 }, 0);
    return values;
  }

  /** Changes a row's state, to be written. */
  setState(row: number, values: Float32Array): void {
    copyStateRow(this.#plan.layouts, { values, batch: 1 }, 0, this.#states, row);
  }

  close(): void {
    this.#handle.close();
  }
}
