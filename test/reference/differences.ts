/** Gradients by central differences of the float64 reference, and the comparison of others with them. */

import { at, sizeOf } from './arithmetic.js';
import { runLayers } from './layers.js';
import { type ModuleSpec, predict } from './modules.js';
import { directionSuffixes, hiddenOutputSize } from './parameters.js';
import type { Call, Kind, OptionsOf, Parameters, State, Values } from './types.js';

/** Small for the curvature of a layer norm; rounding leaves about 1e-9. */
const STEP = 2 ** -19;
/** Of the largest gradient of a tensor: how near a gradient must be. */
const RELATIVE = 1e-4;
/** Of the largest gradient of all tensors: what float32 leaves of a tensor whose gradient cancels. */
const CANCELLED = 1e-7;
/** What rounding leaves of a difference that is zero. */
const ROUNDING = 1e-8;

export interface Variable {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** What a loss depends on, by names such as 'x', 'state.h' and those of the parameters. */
export interface Problem {
  readonly variables: Record<string, Variable>;
  readonly loss: () => number;
}

export interface Difference {
  readonly slope: number;
  /** The slopes to both sides, which differ at a kink; the smaller one first. */
  readonly sides: readonly [number, number];
}

export const variable = ({ shape, data }: Values): Variable => ({ shape, data: Float64Array.from(data) });

/** How fast `loss` changes where `data` moves by `direction`, amounts by index. `data` ends as it began. */
export function difference(
  loss: () => number,
  data: Float64Array,
  direction: ReadonlyMap<number, number>,
  center = loss(),
): Difference {
  const original = Float64Array.from(data);
  const lossAt = (step: number) => {
    for (const [index, amount] of direction) data[index] = at(original, index) + step * amount;
    return loss();
  };
  const [above, below] = [lossAt(STEP), lossAt(-STEP)];
  data.set(original);
  const [left, right] = [(center - below) / STEP, (above - center) / STEP];
  return { slope: (left + right) / 2, sides: left < right ? [left, right] : [right, left] };
}

const dot = (a: Values, b: Values): number => {
  if (a.shape.join() !== b.shape.join()) throw new RangeError(`[${a.shape}] times [${b.shape}]`);
  return Array.from(a.data).reduce((sum, value, index) => sum + value * at(b.data, index), 0);
};

const variables = (values: Record<string, Values>): Record<string, Variable> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, variable(value)]));

/** sum(outputGradient * output) + sum(stateGradient * final state) */
export function layerProblem<K extends Kind>(
  kind: K,
  options: OptionsOf[K],
  parameters: Parameters,
  x: Values,
  call: Call,
  outputGradient: Values,
  stateGradient?: State,
): Problem {
  const p = variables(parameters);
  const input = variable(x);
  const rows = (options.layers ?? 1) * directionSuffixes(options).length;
  const batch = at(x.shape, call.timeMajor ? 1 : 0);
  const start = (given: Values | undefined, width: number): Variable => {
    const shape = [rows, batch, width];
    return given ? variable(given) : { shape, data: new Float64Array(sizeOf(shape)) };
  };
  const state: { h: Variable; c?: Variable } = { h: start(call.state?.h, hiddenOutputSize(options)) };
  if (kind === 'LSTM') state.c = start(call.state?.c, options.hiddenSize);
  const loss = () => {
    const result = runLayers(kind, options, p, input, { ...call, state });
    let sum = dot(outputGradient, result.output);
    if (stateGradient) sum += dot(stateGradient.h, result.state.h);
    if (stateGradient?.c && result.state.c) sum += dot(stateGradient.c, result.state.c);
    return sum;
  };
  const states = { 'state.h': state.h, ...(state.c ? { 'state.c': state.c } : {}) };
  return { variables: { x: input, ...states, ...p }, loss };
}

/** sum(outputGradient * output) of a stack of modules; ids are no variable. */
export function stackProblem(
  specs: readonly ModuleSpec[],
  parameters: Parameters,
  x: Values,
  outputGradient: Values,
  lengths?: readonly number[],
): Problem {
  const p = variables(parameters);
  const ids = specs[0]?.kind === 'Embedding';
  const input = ids ? x : variable(x);
  const loss = () => dot(outputGradient, predict(specs, p, input, lengths));
  return { variables: { ...(ids ? {} : { x: input as Variable }), ...p }, loss };
}

export interface Report {
  /** Derivatives that were compared. */
  compared: number;
  /** Those with a kink within a step, where a slope between those of both sides is right. */
  kinks: number;
  /** The largest gradient of all that were compared. */
  largest: number;
  /** Sentences about those that differ. */
  wrong: string[];
}

export interface Sampling {
  /** Entries of each tensor; if it has more, one difference in a random direction covers all. */
  entries: number;
  /** Numbers in [0, 1). */
  next: () => number;
}

function place(index: number, shape: readonly number[]): string {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  return `[${strides.map((stride, axis) => Math.floor(index / stride) % at(shape, axis)).join(', ')}]`;
}

function sampleOf(size: number, { entries, next }: Sampling): number[] {
  const all = Array.from({ length: size }, (_, index) => index);
  if (size <= entries) return all;
  for (let picked = 0; picked < entries; picked++) {
    const other = picked + Math.floor(next() * (size - picked));
    [all[picked], all[other]] = [at(all, other), at(all, picked)];
  }
  return all.slice(0, entries);
}

/**
 * Whether `actual` are the gradients of the problem: each entry within 1e-4 of the largest of its tensor. The
 * derivative in a random direction of length 1 has the same bound.
 */
export function compareGradients(
  { variables: tensors, loss }: Problem,
  actual: Record<string, Values>,
  sampling: Sampling,
): Report {
  const report: Report = { compared: 0, kinks: 0, largest: 0, wrong: [] };
  const names = Object.keys(tensors);
  if (Object.keys(actual).sort().join() !== [...names].sort().join()) {
    report.wrong.push(`gradients of ${Object.keys(actual).join(', ')} instead of ${names.join(', ')}`);
    return report;
  }
  const center = loss();
  const found = names.map((name) => {
    const [{ shape, data }, own] = [at([tensors[name]], 0) as Variable, actual[name] as Values];
    if (own.shape.join() !== shape.join() || own.data.length !== data.length) {
      report.wrong.push(`${name} has shape [${own.shape}] instead of [${shape}]`);
      return { name, largest: 0, pairs: [] };
    }
    const pairs = sampleOf(data.length, sampling).map((index) => ({
      where: `${name}${place(index, shape)}`,
      have: at(own.data, index),
      ...difference(loss, data, new Map([[index, 1]]), center),
    }));
    let largest = pairs.reduce((most, { slope }) => Math.max(most, Math.abs(slope)), 0);
    if (pairs.length < data.length) {
      const direction = Array.from(data, (_, index): [number, number] => [
        index,
        (sampling.next() < 0.5 ? -1 : 1) / Math.sqrt(data.length),
      ]);
      pairs.push({
        where: `${name} in a random direction`,
        have: direction.reduce((sum, [index, amount]) => sum + amount * at(own.data, index), 0),
        ...difference(loss, data, new Map(direction), center),
      });
      largest = Array.from(own.data).reduce((most, value) => Math.max(most, Math.abs(value)), largest);
    }
    return { name, largest, pairs };
  });
  const overall = Math.max(0, ...found.map(({ largest }) => largest));
  report.largest = overall;
  for (const { largest, pairs } of found) {
    const bound = Math.max(RELATIVE * largest, CANCELLED * overall, ROUNDING);
    for (const { where, have, slope, sides } of pairs) {
      report.compared++;
      if (Math.abs(have - slope) <= bound) continue;
      if (have >= sides[0] - bound && have <= sides[1] + bound) report.kinks++;
      else report.wrong.push(`${where}: expected ${slope}, actual ${have}, largest ${largest}`);
    }
  }
  return report;
}
