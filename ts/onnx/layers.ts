/** The library's layers inside a network: made when they are first used, freed with the last plan that runs them. */

import type { RawModule } from '../backend/raw.js';
import { internals, type Module, type StateDict } from '../module.js';
import type { Plan } from './plan.js';
import { isSameView, type Value } from './value.js';

const NO_VALUES = new Float32Array(0);

/** The constants that a layer is made of; undefined for one that is left out. */
type Weights = readonly (Value | undefined)[];

/** A layer, and what it shall hold. */
export interface Made {
  readonly module: Module;
  readonly parameters: StateDict;
}

interface Held {
  readonly module: Module;
  readonly weights: Weights;
  /** How many plans run it. */
  plans: number;
}

/** The layer of a node. Plans share it as long as its weights are the same constants. */
export class NodeLayer {
  #held: Held | undefined;

  /**
   * What runs a layer with these weights.
   * @param make makes it
   */
  raw(plan: Plan, weights: Weights, make: () => Made): RawModule {
    const held = this.#shared(weights);
    if (held !== undefined) return hold(plan, held);
    const { module, parameters } = make();
    const made = { module, weights, plans: 0 };
    this.#held = made;
    const raw = hold(plan, made);
    module.loadStateDict(parameters);
    return raw;
  }

  #shared(weights: Weights): Held | undefined {
    const held = this.#held;
    if (held === undefined || held.module.disposed) return undefined;
    return weights.every((value, at) => isSameView(value, held.weights[at])) ? held : undefined;
  }
}

/** Keeps a layer for as long as the plan. */
function hold(plan: Plan, held: Held): RawModule {
  held.plans++;
  plan.atEnd(() => {
    held.plans--;
    if (held.plans === 0) held.module.dispose();
  });
  return internals(held.module).handle.open(plan.where);
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
