/** Where a model's training stands: what `fit` leaves behind, `save` writes and `resume` begins from. */

import type { PlainOptions } from '../options.js';
import type { History } from './history.js';
import type { Tally } from './tally.js';

/** The part of it that is no array. */
export interface Standing {
  /** Epochs that are complete. */
  epoch: number;
  /** Batches of the next one that are done, and their sums. */
  batch: number;
  tally: Tally;
  history: Omit<History, 'epochs' | 'stopped'>;
  schedule: number[];
  stopping: number[];
  /** The trainer's. */
  counters: number[];
}

export interface TrainingRecord {
  /** Options of `fit` that are data. */
  readonly options: PlainOptions;
  readonly standing: Standing;
  /** What the optimiser remembers. */
  readonly optimizer: Float32Array<ArrayBuffer>;
  /** Weights of the best epoch, with early stopping that restores them. */
  readonly best?: Float32Array<ArrayBuffer>;
  /** Weights to go on with where the model has the best ones instead. */
  readonly last?: Float32Array<ArrayBuffer>;
}

const records = new WeakMap<object, TrainingRecord>();

/** The record of a model; undefined if it was not trained. */
export function recordOf(model: object): TrainingRecord | undefined {
  return records.get(model);
}

export function keepRecord(model: object, record: TrainingRecord): void {
  records.set(model, record);
}
