/** States of streams: as values, as they cross to the raw side (`[h | c]` of each recurrent layer), and their rows. */

import { allocate } from './buffers.js';
import { describe, fail } from './errors.js';
import { checkState, packState, type StateLayout, stateCount, unpackState } from './state.js';
import type { StreamPlan } from './stream-plan.js';

/** Number of values of all layers' states. */
export function countStates(layouts: readonly StateLayout[], batch: number): number {
  return layouts.reduce((sum, layout) => sum + stateCount(layout, batch), 0);
}

/** A place for all layers' states. */
export function allocateStates(
  where: string,
  layouts: readonly StateLayout[],
  batch: number,
): Float32Array<ArrayBuffer> {
  return allocate(where, 'state', countStates(layouts, batch));
}

/** The state that a user sees: of a layer itself, of a model a list. The type is the caller's word. */
export function unpackStates<State>(
  { layouts, isList }: StreamPlan,
  packed: Float32Array<ArrayBuffer>,
  batch: number,
): State {
  let offset = 0;
  const states = layouts.map((layout) => {
    const state = unpackState(packed, layout, batch, offset);
    offset += stateCount(layout, batch);
    return state;
  });
  return (isList ? states : states[0]) as State;
}

function checkList(where: string, state: unknown, count: number): readonly unknown[] {
  if (Array.isArray(state) && state.length === count) return state;
  return fail(
    'state',
    where,
    `state must be a list with ${count} entries, one per recurrent layer`,
    describe(state),
  );
}

/**
 * The state of a user as it crosses.
 * @throws CellgateError `state` for that of another layer, model or batch, `dtype` for other tensors
 */
export function packStates(
  where: string,
  { layouts, isList }: StreamPlan,
  state: unknown,
  batch: number,
): Float32Array<ArrayBuffer> {
  const states = isList ? checkList(where, state, layouts.length) : [state];
  const parts = layouts.flatMap((layout, index) =>
    checkState(where, isList ? `state[${index}]` : 'state', states[index], layout, batch),
  );
  return packState(where, parts);
}

/** Packed states of a batch. */
export interface StateBatch {
  readonly values: Float32Array;
  readonly batch: number;
}

/** Copies the state of one sequence of a batch to one of another. */
export function copyStateRow(
  layouts: readonly StateLayout[],
  from: StateBatch,
  fromRow: number,
  to: StateBatch,
  toRow: number,
): void {
  let [fromAt, toAt] = [0, 0];
  for (const { rows, hidden, cell } of layouts) {
    for (const width of [hidden, cell]) {
      for (let row = 0; row < rows; row++) {
        const start = fromAt + fromRow * width;
        to.values.set(from.values.subarray(start, start + width), toAt + toRow * width);
        fromAt += from.batch * width;
        toAt += to.batch * width;
      }
    }
  }
}
