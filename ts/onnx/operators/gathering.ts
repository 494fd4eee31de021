/** Operators that bring values from several places to one. */

import { describe, fail, sizes } from '../../errors.js';
import { countOf } from '../../tensor.js';
import { copier } from '../copy.js';
import type { Plan } from '../plan.js';
import { permuted, sideBySide, type Value, type ValueArray } from '../value.js';
import { stepOf } from './binary.js';
import type { Operator, Operators } from './operator.js';
import { integersOf } from './views.js';

const concat: Operator = {
  inputs: [1, Number.POSITIVE_INFINITY],
  prepare(node) {
    const index = node.int('axis', 0);
    return (plan, inputs) => {
      const [first, ...rest] = inputs as [Value, ...Value[]];
      const axis = plan.axis(index, first.shape.length);
      for (const { shape, dtype } of rest) {
        const fits =
          shape.length === first.shape.length && shape.every((s, at) => at === axis || s === first.shape[at]);
        if (!fits)
          plan.fail('shape', `inputs must fit ${sizes(first.shape)} but for axis ${axis}`, sizes(shape));
        if (dtype !== first.dtype) plan.fail('dtype', `inputs must be of ${first.dtype}`, dtype);
      }
      return [concatenated(plan, [first, ...rest], axis)];
    };
  },
};

/** Values of one type as one along an axis, copied where they do not lie so. */
export function concatenated(plan: Plan, values: readonly [Value, ...Value[]], axis: number): Value {
  const whole = sideBySide(values, axis);
  if (whole !== undefined) return whole;
  const [{ dtype, shape }] = values;
  const total = values.reduce((sum, value) => sum + (value.shape[axis] as number), 0);
  const y = plan.make(dtype, shape.with(axis, total));
  let to = 0;
  for (const value of values) {
    plan.run(copier(value, y.data, to, y.strides));
    to += (value.shape[axis] as number) * (y.strides[axis] as number);
  }
  return y;
}

/** Rows of `length` values from the places that the indices say, for each of the outer axes. */
function gatherRows(
  plan: Plan,
  from: ValueArray,
  indices: ValueArray,
  to: ValueArray,
  { outer, size, length }: { outer: number; size: number; length: number },
): () => void {
  const { where } = plan;
  return () => {
    let at = 0;
    for (let block = 0; block < outer; block++) {
      for (const index of indices) {
        const given = Number(index);
        const row = given < 0 ? given + size : given;
        if (!(row >= 0 && row < size))
          fail('value', where, `indices must be from ${-size} to ${size - 1}`, describe(given));
        const start = (block * size + row) * length;
        for (let offset = 0; offset < length; offset++) to[at++] = from[start + offset] as never;
      }
    }
  };
}

const gather: Operator = {
  inputs: [2, 2],
  prepare(node) {
    const axisIndex = node.int('axis', 0);
    return (plan, inputs) => {
      const [x, indices] = inputs as [Value, Value];
      const axis = plan.axis(axisIndex, x.shape.length);
      const size = x.shape[axis] as number;
      if (indices.dtype === 'float32') plan.fail('dtype', 'indices must be of integers', indices.dtype);
      if (indices.isKnown && countOf(indices.shape) === 1) return [taken(plan, x, axis, indices)];
      const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
      const y = plan.make(x.dtype, shape);
      if (countOf(shape) === 0) return [y];
      const outer = countOf(x.shape.slice(0, axis));
      const length = countOf(x.shape.slice(axis + 1));
      plan.run(gatherRows(plan, plan.array(x), plan.array(indices), y.data, { outer, size, length }));
      return [y];
    };
  },
};

/** One known place along an axis: a view. */
function taken(plan: Plan, x: Value, axis: number, indices: Value): Value {
  const index = plan.axis(Number(plan.array(indices)[0]), x.shape[axis] as number);
  const ones = indices.shape.map(() => 1);
  return {
    ...x,
    shape: x.shape.toSpliced(axis, 1, ...ones),
    strides: x.strides.toSpliced(axis, 1, ...ones.map(() => 0)),
    offset: x.offset + index * (x.strides[axis] as number),
  };
}

const where: Operator = {
  inputs: [3, 3],
  prepare: () => (plan, inputs) => {
    const [condition, a, b] = inputs as [Value, Value, Value];
    if (condition.dtype !== 'bool') plan.fail('dtype', 'condition must be of truth values', condition.dtype);
    if (a.dtype !== b.dtype) plan.fail('dtype', `Y must be of the type of X = ${a.dtype}`, b.dtype);
    const shape = plan.broadcast([condition, a, b]);
    const order = plan.orderOf([a, b, condition], shape);
    const arrays = [condition, a, b].map((value) => plan.aligned(value, shape, order));
    const [tests, yes, no] = arrays as [ValueArray, ValueArray, ValueArray];
    const [testStep, yesStep, noStep] = arrays.map(stepOf) as [number, number, number];
    const y = plan.make(a.dtype, shape, order);
    plan.run(() => {
      const to = y.data;
      for (let at = 0; at < to.length; at++) {
        to[at] = (tests[at * testStep] === 1 ? yes[at * yesStep] : no[at * noStep]) as never;
      }
    });
    return [y];
  },
};

const PAD_MODES = ['constant', 'reflect', 'edge', 'wrap'] as const;
type PadMode = (typeof PAD_MODES)[number];

/** Where along an axis of a size the value for a place is, which may be before its beginning or past its end; -1: nowhere. */
function sourceOf(at: number, size: number, mode: PadMode): number {
  if (at >= 0 && at < size) return at;
  if (mode === 'constant' || size === 0) return -1;
  if (mode === 'edge') return at < 0 ? 0 : size - 1;
  if (mode === 'wrap') return ((at % size) + size) % size;
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const folded = ((at % period) + period) % period;
  return folded < size ? folded : period - folded;
}

/** For each value of the result where it comes from in a row-major array; -1: nowhere. */
function padSources(
  shape: readonly number[],
  padded: readonly number[],
  before: readonly number[],
  mode: PadMode,
): Int32Array {
  let sources = Int32Array.of(0);
  for (const [axis, size] of padded.entries()) {
    const own = shape[axis] as number;
    const next = new Int32Array(sources.length * size);
    let to = 0;
    for (const outer of sources) {
      for (let at = 0; at < size; at++) {
        const source = outer < 0 ? -1 : sourceOf(at - (before[axis] as number), own, mode);
        next[to++] = source < 0 ? -1 : outer * own + source;
      }
    }
    sources = next;
  }
  return sources;
}

/** The pads of all axes, begins before ends, of which some may be named. */
function padsOf(
  plan: Plan,
  pads: readonly number[],
  axes: readonly number[] | undefined,
  rank: number,
): number[] {
  const named = axes?.map((axis) => plan.axis(axis, rank)) ?? [...Array(rank).keys()];
  if (pads.length !== 2 * named.length) {
    plan.fail('shape', `pads must be ${2 * named.length} numbers`, String(pads.length));
  }
  const all = new Array<number>(2 * rank).fill(0);
  for (const [at, axis] of named.entries()) {
    all[axis] = pads[at] as number;
    all[axis + rank] = pads[at + named.length] as number;
  }
  return all;
}

/** Before version 11 pads and value are attributes. */
const pad: Operator = {
  inputs: [1, 4],
  steeredBy: [1, 3],
  prepare(node) {
    const mode = node.word('mode', PAD_MODES);
    const preset = node.opset < 11 ? node.float('value', 0) : 0;
    const pads = integersOf(node, 'pads', 1, 11);
    const axes = integersOf(node, 'axes', 3, 11);
    return (plan, inputs) => {
      const x = inputs[0] as Value;
      const rank = x.shape.length;
      const all = padsOf(plan, pads(plan, inputs) ?? [], axes(plan, inputs), rank);
      const shape = x.shape.map((size, axis) => size + (all[axis] as number) + (all[axis + rank] as number));
      if (!shape.every((size) => size >= 0)) plan.fail('shape', 'pads must leave something', sizes(all));
      const fill = inputs[2];
      if (fill && fill.dtype !== x.dtype) plan.fail('dtype', `value must be of ${x.dtype}`, fill.dtype);
      const y = plan.make(x.dtype, shape);
      if (countOf(shape) === 0) return [y];
      plan.reserve(4 * countOf(shape));
      const sources = padSources(x.shape, shape, all, mode);
      const from = plan.array(x);
      const value = fill === undefined ? undefined : plan.array(fill);
      const zero = (x.dtype === 'int64' ? BigInt(preset) : preset) as number;
      plan.run(() => {
        const rest = (value === undefined ? zero : (value[0] ?? zero)) as never;
        for (let at = 0; at < sources.length; at++) {
          const source = sources[at] as number;
          y.data[at] = source < 0 ? rest : (from[source] as never);
        }
      });
      return [y];
    };
  },
};

/** The first steps of each sequence from the last to the first; the rest stays. */
const reverseSequence: Operator = {
  inputs: [2, 2],
  prepare(node) {
    const [batchIndex, timeIndex] = [node.int('batch_axis', 1), node.int('time_axis', 0)];
    if (batchIndex + timeIndex !== 1 || batchIndex * timeIndex !== 0) {
      node.unsupported(`batch_axis = ${batchIndex} and time_axis = ${timeIndex}`);
    }
    return (plan, inputs) => {
      const [x, lengths] = inputs as [Value, Value];
      if (x.shape.length < 2) plan.fail('shape', 'input must have two axes or more', sizes(x.shape));
      const order = [batchIndex, timeIndex, ...[...x.shape.keys()].slice(2)];
      const turned = permuted(x, order);
      const [batch, time] = turned.shape as [number, number];
      if (lengths.shape.length !== 1 || lengths.shape[0] !== batch) {
        plan.fail('shape', `sequence_lens must be [${batch}]`, sizes(lengths.shape));
      }
      if (lengths.dtype !== 'int64') plan.fail('dtype', 'sequence_lens must be of int64', lengths.dtype);
      const [from, counts] = [plan.array(turned), plan.array(lengths)];
      const width = countOf(turned.shape.slice(2));
      const y = plan.make(x.dtype, turned.shape);
      // The order of two axes is its own inverse.
      const result = permuted(y, order);
      if (countOf(x.shape) === 0) return [result];
      const { where } = plan;
      plan.run(() => {
        for (let sequence = 0; sequence < batch; sequence++) {
          const count = Number(counts[sequence]);
          if (!(count >= 0 && count <= time)) {
            fail('value', where, `sequence_lens must be from 0 to ${time}`, String(count));
          }
          for (let at = 0; at < time; at++) {
            const source = (sequence * time + (at < count ? count - 1 - at : at)) * width;
            y.data.set(from.subarray(source, source + width) as never, (sequence * time + at) * width);
          }
        }
      });
      return [result];
    };
  },
};

export const GATHERING: Operators = {
  ReverseSequence: reverseSequence,
  Concat: concat,
  Gather: gather,
  Where: where,
  Pad: pad,
};
