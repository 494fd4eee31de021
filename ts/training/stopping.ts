/** Early stopping: when the loss has not become lower for a while. */

import { amount, flag, group, natural } from '../options.js';

/** When to end before the last epoch. The loss is that of validation or, where there is none, of training. */
export interface EarlyStopping {
  /** This many epochs in a row without a lower loss end the training; 5 if left out. */
  patience?: number | undefined;
  /** By how much a loss must be lower to count, from 0; 0 if left out. */
  minDelta?: number | undefined;
  /** Whether the model ends with the weights of the best epoch; true if left out. */
  restoreBest?: boolean | undefined;
}

/** An {@link EarlyStopping}. */
export const stoppingReader = group({ patience: natural(5), minDelta: amount(0), restoreBest: flag(true) });

/** The best epoch so far. */
export class Stopping {
  readonly #patience: number;
  readonly #minDelta: number;
  #best = Number.MAX_VALUE;
  #waited = 0;

  constructor({ patience, minDelta }: { patience: number; minDelta: number }) {
    this.#patience = patience;
    this.#minDelta = minDelta;
  }

  /** Takes the loss of an epoch that has ended; gives whether it is the best so far. */
  report(loss: number): boolean {
    const isBest = loss < this.#best - this.#minDelta;
    if (isBest) this.#best = loss;
    this.#waited = isBest ? 0 : this.#waited + 1;
    return isBest;
  }

  get isOver(): boolean {
    return this.#waited > 0 && this.#waited >= this.#patience;
  }

  /** What the next report depends on. */
  save(): number[] {
    return [this.#best, this.#waited];
  }

  restore([best = this.#best, waited = 0]: readonly number[]): void {
    this.#best = best;
    this.#waited = waited;
  }
}
