/** One `fit` at a time. */

import { fail } from '../errors.js';
import type { Module } from '../module.js';

/** Models and layers that learn at the moment. */
const running = new WeakSet<Module>();

/**
 * Runs work that trains a model and its layers, which models can share: two at a time would overwrite each other.
 * @throws CellgateError `busy`
 */
export async function alone<T>(where: string, model: Module, work: () => Promise<T>): Promise<T> {
  const learners = [model, ...('layers' in model ? (model.layers as Module[]) : [])];
  if (learners.some((learner) => running.has(learner)))
    fail('busy', where, 'the model and its layers must have ended their last fit', 'a fit at the same time');
  for (const learner of learners) running.add(learner);
  try {
    return await work();
  } finally {
    for (const learner of learners) running.delete(learner);
  }
}
