/** Means over the rows of many calls. */

import type { Evaluation } from './history.js';

/** Sums over rows: of losses, of weights, of the weights of those that are right. As data, so that they can be saved. */
export type Tally = [loss: number, weight: number, hits: number];

/** Adds what a trainer's `step` or `evaluate` gave. */
export function count(tally: Tally, report: ArrayLike<number>): void {
  tally.forEach((sum, index) => {
    tally[index] = sum + (report[index] as number);
  });
}

/** The means. */
export function meanOf([loss, weight, hits]: Tally, hasAccuracy: boolean): Omit<Evaluation, 'metrics'> {
  return { loss: loss / weight, ...(hasAccuracy ? { accuracy: hits / weight } : {}) };
}
