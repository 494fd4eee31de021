/** Losses by name. The mathematics is in Rust. */

import type { RawTrainerConfig } from '../backend/raw.js';
import { describe, fail } from '../errors.js';
import { choice, positive, type Reader } from '../options.js';

/**
 * What training makes small. A row is the output for one sequence, or for one step of it; the loss of a batch is the
 * mean over its rows, weighted if there are weights.
 *
 * - `'mse'`: mean over the row of (x - y)^2; `'mae'`: of |x - y|
 * - `'huber'`: of (x - y)^2 / 2 within `delta` (1), of delta (|x - y| - delta / 2) outside
 * - `'crossEntropy'`: of logits. y are classes (int32, one per row; rows of class `ignoreIndex`, -100, do not count) or
 *   probabilities (float32, such as one-hot)
 * - `'binaryCrossEntropy'`: of logits, y from 0 to 1, mean over the row
 *
 * All are PyTorch's, by the names MSELoss, L1Loss, HuberLoss, CrossEntropyLoss and BCEWithLogitsLoss.
 */
export type Loss =
  | 'mse'
  | 'mae'
  | 'huber'
  | 'crossEntropy'
  | 'binaryCrossEntropy'
  | { kind: 'mse' }
  | { kind: 'mae' }
  | { kind: 'huber'; delta?: number | undefined }
  | { kind: 'crossEntropy'; ignoreIndex?: number | undefined }
  | { kind: 'binaryCrossEntropy' };

/** A loss as it crosses. */
export type RawLoss = Pick<RawTrainerConfig, 'loss' | 'delta' | 'ignoreIndex'>;

const INT32_MAX = 2 ** 31 - 1;
const IGNORED = -100;

/** For trainers that need none. */
export const NO_LOSS: RawLoss = { loss: 'mse', delta: 1, ignoreIndex: IGNORED };

/** A class that does not count: any integer of 32 bits. */
const ignored: Reader<number> = (where, name, value = IGNORED) => {
  if (typeof value === 'number' && (value | 0) === value) return value;
  return fail(
    'value',
    where,
    `${name} must be an integer from ${-INT32_MAX - 1} to ${INT32_MAX}`,
    describe(value),
  );
};

const read = choice({
  mse: {},
  mae: {},
  huber: { delta: positive(1) },
  crossEntropy: { ignoreIndex: ignored },
  binaryCrossEntropy: {},
});

/** A {@link Loss}. */
export const lossReader: Reader<RawLoss> = (where, name, value) => {
  const { kind: loss, ...given } = read(where, name, value);
  return { ...NO_LOSS, loss, ...given };
};

/** Names of losses. */
export const LOSSES = ['mse', 'mae', 'huber', 'crossEntropy', 'binaryCrossEntropy'] as const;

/** Whether there are right and wrong rows. */
export function hasAccuracy({ loss }: RawLoss): boolean {
  return loss === 'crossEntropy' || loss === 'binaryCrossEntropy';
}
