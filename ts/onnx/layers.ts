/** The library's layers inside a network: made when they are first used, freed with the network. */

import type { RawModule } from '../backend/raw.js';
import { internals, type Module } from '../module.js';
import type { Plan } from './plan.js';
import type { Value } from './value.js';

const NO_VALUES = new Float32Array(0);

/** The layer of a node. Plans share it as long as its weights are the same constants. */
export class NodeLayer {
  #raw: RawModule | undefined;
  #weights: readonly (Value | undefined)[] = [];

  /**
   * What runs a layer with these weights.
   * @param make makes it
   */
  raw(plan: Plan, weights: readonly (Value | undefined)[], make: () => Module): RawModule {
    const isSame = weights.every((value, at) => {
      const old = this.#weights[at];
      return value?.data === old?.data && value?.offset === old?.offset;
    });
    if (this.#raw === undefined || !isSame) {
      const module = make();
      plan.own(module);
      this.#raw = internals(module).handle.open(plan.where);
      this.#weights = weights;
    }
    return this.#raw;
  }
}

/** Adds a call of a layer without state. */
export function runLayer(
  plan: Plan,
  raw: RawModule,
  x: Float32Array<ArrayBuffer>,
  dims: number[],
  y: Float32Array<ArrayBuffer>,
): void {
  const { where } = plan;
  plan.run(() => raw.forward(where, x, dims, false, null, null, y, NO_VALUES));
}
