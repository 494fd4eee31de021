/** What every way to train can be told. */

import type { RawTrainer } from '../backend/raw.js';
import { Handle } from '../handle.js';
import { internals, type Module } from '../module.js';
import { natural, optional, positive, readOptions, type Values } from '../options.js';
import type { RawLoss } from './loss.js';
import { type Optimizer, optimizerReader } from './optimizer.js';

/** How weights are updated. */
export interface UpdateOptions {
  /** The optimiser; `'adam'` if left out. */
  optimizer?: Optimizer | undefined;
  /** Scales gradients of a larger norm, taken over all parameters, down to this one; above 0. None if left out. */
  clipNorm?: number | undefined;
  /** Clamps every gradient to [-clipValue, clipValue], after `clipNorm`; above 0. None if left out. */
  clipValue?: number | undefined;
  /** Seed of everything random, dropout and shuffling, an integer from 0; 0 if left out. */
  seed?: number | undefined;
}

export const updateReaders = {
  optimizer: optimizerReader,
  clipNorm: optional(positive()),
  clipValue: optional(positive()),
  seed: natural(0),
};

/**
 * A trainer of a module; left to itself, one that is not to update.
 * @throws CellgateError `value` for an option outside its range
 */
export function openTrainer(
  where: string,
  module: Module,
  loss: RawLoss,
  update: Values<typeof updateReaders> = readOptions(where, { optimizer: 'sgd' }, updateReaders),
): Handle<RawTrainer> {
  const { optimizer, clipNorm = 0, clipValue = 0, seed } = update;
  const config = { ...loss, ...optimizer.raw, clipNorm, clipValue, seed };
  const raw = internals(module).handle.call(where, (made) => made.trainer(where, config));
  return new Handle(where, raw);
}
