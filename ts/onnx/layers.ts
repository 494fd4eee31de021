/**
 * The library's layers inside a network: made when they are first used, freed with the last plan that runs them. Layers that
 * follow each other run in one call.
 */

import type { RawModule } from '../backend/raw.js';
import { activeBackend } from '../init.js';
import { internals, type Module, type StateDict } from '../module.js';
import { Nonlinearity, type NonlinearityKind } from '../nonlinearity.js';
import { Sequential } from '../sequential.js';
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
  /** How many plans run it. */
  plans: number;
}

/** The layer of a node. Plans share it as long as its weights are the same constants. */
export class NodeLayer {
  #held: Held | undefined;

  /**
   * The layer with these weights.
   * @param make makes it
   */
  module(plan: Plan, weights: Weights, make: () => Made): Module {
    const held = this.#shared(weights);
    if (held !== undefined) return hold(plan, held);
    const { module, parameters } = make();
    const made = { module, weights, plans: 0 };
    this.#held = made;
    hold(plan, made);
    module.loadStateDict(parameters);
    return module;
  }

  #shared(weights: Weights): Held | undefined {
    const held = this.#held;
    if (held === undefined || held.module.disposed) return undefined;
    return weights.every((value, at) => isSameView(value, held.weights[at])) ? held : undefined;
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

/** A layer without state, from tensors of one shape to those of another. */
interface LayerPart {
  readonly module: Module;
  readonly takes: readonly number[];
  readonly gives: readonly number[];
}

/** An activation of every value. */
interface ActivationPart {
  readonly activation: NonlinearityKind;
}

/** A step that a layer does or could do, from one array to another. */
export interface LayerStep<P = LayerPart | ActivationPart> {
  readonly part: P;
  readonly x: ValueArray;
  readonly y: ValueArray;
  /** Does it by itself. */
  readonly step: Step;
}

function callOf(
  { where }: Plan,
  raw: RawModule,
  x: ValueArray,
  takes: readonly number[],
  y: ValueArray,
): Step {
  const [from, to, dims] = [x as Float32Array, y as Float32Array, [...takes]];
  return () => raw.forward(where, from, dims, false, null, null, to, NO_VALUES);
}

/** Adds a call of a layer without state, on row-major values of the shape that it takes. */
export function runLayer(
  plan: Plan,
  module: Module,
  x: ValueArray,
  takes: readonly number[],
  y: Value,
): void {
  const step = callOf(plan, rawOf(plan, module), x, takes, y.data);
  plan.run({ part: { module, takes, gives: y.shape }, x, y: y.data, step });
}

/** Steps of layers, each of which goes on with what the one before gives. */
interface Chain {
  readonly first: LayerStep<LayerPart>;
  readonly rest: LayerStep[];
  gives: readonly number[];
}

function isLayer(step: LayerStep): step is LayerStep<LayerPart> {
  return 'module' in step.part;
}

/** Whether the step takes all that the chain gives, as it gives it. */
function goesOn({ where }: Plan, { first, rest, gives }: Chain, step: LayerStep): boolean {
  const { backend } = internals(first.part.module);
  const fits = isLayer(step)
    ? isSameList(step.part.takes, gives) && internals(step.part.module).backend === backend
    : activeBackend(where) === backend;
  return fits && step.x.length === (rest.at(-1) ?? first).y.length;
}

function joinedStep(plan: Plan, { first, rest }: Chain): Step {
  const last = rest.at(-1);
  if (last === undefined) return first.step;
  const own = <M extends Module>(module: M): M => {
    plan.atEnd(() => module.dispose());
    return module;
  };
  const modules = rest.map((step) =>
    isLayer(step) ? step.part.module : own(new Nonlinearity((step.part as ActivationPart).activation)),
  );
  const model = own(new Sequential([first.part.module, ...modules]));
  return callOf(plan, rawOf(plan, model), first.x, first.part.takes, last.y);
}

/**
 * The steps of a plan, with one call for layers that follow each other.
 * @param isReadOnce whether one step alone reads that memory
 */
export function joined(
  plan: Plan,
  steps: readonly (Step | LayerStep)[],
  isReadOnce: (memory: ArrayBufferLike) => boolean,
): Step[] {
  const open = new Map<ArrayBufferLike, Chain>();
  const all: (Step | Chain)[] = [];
  for (const step of steps) {
    if (typeof step === 'function') {
      all.push(step);
      continue;
    }
    const before = isReadOnce(step.x.buffer) ? open.get(step.x.buffer) : undefined;
    if (before !== undefined && goesOn(plan, before, step)) {
      before.rest.push(step);
      if (isLayer(step)) before.gives = step.part.gives;
      open.set(step.y.buffer, before);
    } else if (isLayer(step)) {
      const chain = { first: step, rest: [], gives: step.part.gives };
      open.set(step.y.buffer, chain);
      all.push(chain);
    } else {
      all.push(step.step);
    }
  }
  return all.map((step) => (typeof step === 'function' ? step : joinedStep(plan, step)));
}
