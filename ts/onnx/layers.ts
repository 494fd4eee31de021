/**
 * The library's layers inside a network: made when they are first used, freed with the last plan that runs them. Layers that
 * follow each other run in one call.
 */

import type { RawModule } from '../backend/raw.js';
import { activeBackend } from '../init.js';
import { internals, Module, type StateDict } from '../module.js';
import { Nonlinearity, type NonlinearityKind } from '../nonlinearity.js';
import { Sequential } from '../sequential.js';
import type { Shape } from '../shape-types.js';
import type { Plan, Step } from './plan.js';
import { isSameList, isSameView, type Value, type ValueArray } from './value.js';

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
  readonly options: string;
  /** How many plans run it. */
  plans: number;
}

/** The layer of a node. Plans share it as long as its weights are the same constants, and its options. */
export class NodeLayer {
  #held: Held | undefined;

  /**
   * The layer with these weights.
   * @param make makes it
   * @param options what of its options follows from the plan
   */
  module(plan: Plan, weights: Weights, make: () => Made, options = ''): Module {
    const last = this.#held;
    if (last?.options === options && !last.module.disposed) {
      const isSame = weights.every((value, at) => isSameView(value, last.weights[at]));
      if (isSame) return hold(plan, last);
    }
    const { module, parameters } = make();
    this.#held = { module, weights, options, plans: 0 };
    hold(plan, this.#held).loadStateDict(parameters);
    return module;
  }
}

/** Keeps a layer for as long as the plan. */
function hold(plan: Plan, held: Held): Module {
  held.plans++;
  plan.atEnd(() => {
    held.plans--;
    if (held.plans === 0) held.module.dispose();
  });
  return held.module;
}

/** What runs a module. */
export function rawOf(plan: Plan, module: Module): RawModule {
  return internals(module).handle.open(plan.where);
}

/** A step that a layer does or could do, from one array to another. */
export interface LayerStep {
  readonly x: ValueArray;
  readonly y: ValueArray;
  /** Does it by itself. */
  readonly step: Step;
  /** A layer without state, or an activation of every value. */
  readonly layer: Module | NonlinearityKind;
  /** Shapes of the tensors of a layer. */
  readonly takes?: Shape;
  readonly gives?: Shape;
}

/** Adds a call of a layer without state, on row-major values of the shape that it takes. */
export function runLayer(plan: Plan, layer: Module, x: ValueArray, takes: Shape, y: Value): void {
  plan.run({ x, y: y.data, step: callOf(plan, layer, x, takes, y.data), layer, takes, gives: y.shape });
}

function callOf(plan: Plan, layer: Module, x: ValueArray, takes: Shape, y: ValueArray): Step {
  const { where } = plan;
  const raw = rawOf(plan, layer);
  const [from, to, dims] = [x as Float32Array, y as Float32Array, [...takes]];
  return () => raw.forward(where, from, dims, false, null, null, to, NO_VALUES);
}

/** Layers, each of which goes on with what the one before gives. */
interface Chain {
  readonly first: LayerStep;
  readonly layers: [Module, ...Module[]];
  gives: Shape;
  y: ValueArray;
}

/**
 * The steps of a plan, with one call for layers that follow each other.
 * @param isReadOnce whether one operation alone reads that memory
 */
export function joined(
  plan: Plan,
  steps: readonly (Step | LayerStep)[],
  isReadOnce: (memory: ArrayBufferLike) => boolean,
): Step[] {
  const own = (module: Module): Module => {
    plan.atEnd(() => module.dispose());
    return module;
  };
  /** By the memory that they fill. */
  const open = new Map<ArrayBufferLike, Chain>();
  const all: (Step | Chain)[] = [];
  for (const step of steps) {
    if (typeof step === 'function') {
      all.push(step);
      continue;
    }
    const { x, y, layer, gives } = step;
    const before = isReadOnce(x.buffer) ? open.get(x.buffer) : undefined;
    if (before?.y.length === x.length && goesOn(plan, before, step)) {
      before.layers.push(layer instanceof Module ? layer : own(new Nonlinearity(layer)));
      if (gives) before.gives = gives;
      before.y = y;
      open.set(y.buffer, before);
    } else if (layer instanceof Module) {
      const chain: Chain = { first: step, layers: [layer], gives: gives as Shape, y };
      open.set(y.buffer, chain);
      all.push(chain);
    } else {
      all.push(step.step);
    }
  }
  return all.map((step) => {
    if (typeof step === 'function') return step;
    const { first, layers, y } = step;
    if (layers.length === 1) return first.step;
    return callOf(plan, own(new Sequential(layers)), first.x, first.takes as Shape, y);
  });
}

/** Layers of one call. A module looks back at all its layers when one is added. */
const MOST_LAYERS = 64;

/** Whether a step takes what a chain gives, and is of the same backend. */
function goesOn({ where }: Plan, { layers, gives }: Chain, { layer, takes }: LayerStep): boolean {
  if (layers.length === MOST_LAYERS) return false;
  const [first] = layers;
  const backend = layer instanceof Module ? internals(layer).backend : activeBackend(where);
  return isSameList(takes ?? gives, gives) && backend === internals(first).backend;
}
