/** Operators along whole axes. */

import { sizes } from '../../errors.js';
import { countOf } from '../../tensor.js';
import type { Plan, Planner } from '../plan.js';
import { NUMBERS, permuted, stretched, type Value, type ValueArray, type ValueType } from '../value.js';
import type { Operator, Operators } from './operator.js';
import { axesOf, integersOf, unsqueezed } from './views.js';

/** Reduces each row of `length` values to one. */
type Reduction = (rows: ValueArray, length: number, results: ValueArray, dtype: ValueType) => void;

/** Sums of float32 in double precision. */
const sum: Reduction = (rows, length, results, dtype) => {
  const values = rows as Float32Array;
  const zero = (dtype === 'int64' ? 0n : 0) as number;
  for (let row = 0, at = 0; row < results.length; row++) {
    let total = zero;
    for (const end = at + length; at < end; at++) total += values[at] as number;
    results[row] = total as never;
  }
};

const mean: Reduction = (rows, length, results, dtype) => {
  sum(rows, length, results, dtype);
  for (let row = 0; row < results.length; row++) results[row] = ((results[row] as number) / length) as never;
};

/** A reduction that takes in one value after the other. Integers must wrap around at each, lest totals grow without end. */
function running(
  first: number,
  float32: (total: number, value: number) => number,
  int32: (total: number, value: number) => number,
  int64: (total: bigint, value: bigint) => bigint,
): Reduction {
  const takes = { float32, int32, int64 } as Record<string, typeof float32 | typeof int64>;
  return (rows, length, results, dtype) => {
    const convert = (dtype === 'int64' ? BigInt : Number) as (value: number) => number;
    const take = takes[dtype] as typeof float32;
    for (let row = 0, at = 0; row < results.length; row++) {
      let total = convert(first);
      for (const end = at + length; at < end; at++) total = take(total, rows[at] as number);
      results[row] = total as never;
    }
  };
}

/** The first value that no other of the row is before; of none, what all others would be before. */
function extreme(
  isBefore: (a: number, b: number) => boolean,
  ofNone: Record<ValueType, number | bigint>,
): Reduction {
  return (rows, length, results, dtype) => {
    const values = rows as Float32Array;
    for (let row = 0, at = 0; row < results.length; row++) {
      let best = (length === 0 ? ofNone[dtype] : rows[at]) as number;
      for (const end = at + length; at < end; at++)
        if (isBefore(values[at] as number, best)) best = values[at] as number;
      results[row] = best as never;
    }
  };
}

/** Smallest and largest numbers. */
const LEAST = { float32: Number.NEGATIVE_INFINITY, int32: -(2 ** 31), int64: -(2n ** 63n), bool: 0 };
const MOST = { float32: Number.POSITIVE_INFINITY, int32: 2 ** 31 - 1, int64: 2n ** 63n - 1n, bool: 1 };

/**
 * @param since the version from which the axes are an input
 * @param takes types of the data
 */
function reduction(since: number, kernel: Reduction, takes: readonly ValueType[]): Operator {
  return {
    inputs: [1, 2],
    steeredBy: [1],
    prepare(node) {
      const given = integersOf(node, 'axes', 1, since);
      const keeps = node.flag('keepdims', true);
      const isNothing = node.flag('noop_with_empty_axes', false);
      return (plan, inputs) => {
        const x = inputs[0] as Value;
        if (!takes.includes(x.dtype)) plan.fail('dtype', `data must be of ${takes.join(' or ')}`, x.dtype);
        const indices = given(plan, inputs) ?? [];
        if (indices.length === 0 && isNothing) return [x];
        const rank = x.shape.length;
        const axes = indices.length === 0 ? [...x.shape.keys()] : axesOf(plan, indices, rank);
        const kept = [...x.shape.keys()].filter((axis) => !axes.includes(axis));
        const shape = kept.map((axis) => x.shape[axis] as number);
        const y = plan.make(x.dtype, shape);
        const length = countOf(axes.map((axis) => x.shape[axis] as number));
        const rows = plan.array(permuted(x, [...kept, ...axes]));
        plan.run(() => kernel(rows, length, y.data, x.dtype));
        return [keeps ? unsqueezed(y, axes) : y];
      };
    },
  };
}

/** Turns each row of `length` values into as many. */
type RowKernel = (rows: Float32Array, length: number, results: Float32Array) => void;

function softmax(rows: Float32Array, length: number, results: Float32Array): void {
  for (let start = 0; start < rows.length; start += length) {
    const [most, total] = exponentials(rows, start, length);
    for (let at = start; at < start + length; at++)
      results[at] = Math.exp((rows[at] as number) - most) / total;
  }
}

function logSoftmax(rows: Float32Array, length: number, results: Float32Array): void {
  for (let start = 0; start < rows.length; start += length) {
    const [most, total] = exponentials(rows, start, length);
    const shift = most + Math.log(total);
    for (let at = start; at < start + length; at++) results[at] = (rows[at] as number) - shift;
  }
}

/** The largest value of a row, and the sum of the exponentials of what the others are less. */
function exponentials(rows: Float32Array, start: number, length: number): [number, number] {
  let most = Number.NEGATIVE_INFINITY;
  for (let at = start; at < start + length; at++) most = Math.max(most, rows[at] as number);
  let total = 0;
  for (let at = start; at < start + length; at++) total += Math.exp((rows[at] as number) - most);
  return [most, total];
}

/** Before version 13 all axes from the given one on count as one. */
function normalised(kernel: RowKernel): Operator {
  return {
    inputs: [1, 1],
    prepare(node) {
      const isJoined = node.opset < 13;
      const index = node.int('axis', isJoined ? 1 : -1);
      return (plan, [given]) => {
        const x = given as Value;
        const rank = x.shape.length;
        const axis = isJoined && index === rank ? rank : plan.axis(index, rank);
        const all = [...x.shape.keys()];
        const order = isJoined ? all : [...all.filter((at) => at !== axis), axis];
        const turned = permuted(x, order);
        const length = isJoined ? countOf(x.shape.slice(axis)) : (x.shape[axis] as number);
        const rows = plan.floats('input', turned);
        const y = plan.make('float32', turned.shape);
        if (length > 0) plan.run(() => kernel(rows, length, y.data as Float32Array));
        return [
          permuted(
            y,
            all.map((at) => order.indexOf(at)),
          ),
        ];
      };
    },
  };
}

/** Each row to mean 0 and deviation 1, then scaled and shifted value by value. */
function layerNorm(
  rows: Float32Array,
  scale: Float32Array,
  shift: Float32Array | undefined,
  epsilon: number,
  [results, means, factors]: readonly [Float32Array, Float32Array, Float32Array],
): void {
  const { length } = scale;
  for (let start = 0, row = 0; start < rows.length; start += length, row++) {
    const end = start + length;
    let total = 0;
    for (let at = start; at < end; at++) total += rows[at] as number;
    const center = total / length;
    let squares = 0;
    for (let at = start; at < end; at++) squares += ((rows[at] as number) - center) ** 2;
    const factor = 1 / Math.sqrt(squares / length + epsilon);
    means[row] = center;
    factors[row] = factor;
    for (let at = start, unit = 0; at < end; at++, unit++) {
      const value = ((rows[at] as number) - center) * factor * (scale[unit] as number);
      results[at] = value + (shift?.[unit] ?? 0);
    }
  }
}

const layerNormalization: Operator = {
  inputs: [2, 3],
  outputs: 3,
  prepare(node) {
    const index = node.int('axis', -1);
    const epsilon = node.float('epsilon', 1e-5);
    node.ignore('stash_type');
    return (plan, inputs): ReturnType<Planner> => {
      const [x, scale, shift] = inputs as [Value, Value, Value | undefined];
      const axis = plan.axis(index, x.shape.length);
      const row = x.shape.slice(axis);
      const rows = plan.floats('X', x);
      const factors = wholeRow(plan, 'Scale', scale, row);
      const offsets = shift && wholeRow(plan, 'B', shift, row);
      const ofRows = x.shape.map((size, at) => (at < axis ? size : 1));
      const results = [x.shape, ofRows, ofRows].map((shape) => plan.make('float32', shape));
      const places = results.map(({ data }) => data) as [Float32Array, Float32Array, Float32Array];
      if (factors.length > 0) plan.run(() => layerNorm(rows, factors, offsets, epsilon, places));
      return results;
    };
  },
};

/** A value for each of a row. */
function wholeRow(plan: Plan, name: string, value: Value, row: readonly number[]): Float32Array {
  const target = plan.broadcast([value, { ...value, shape: row }]);
  if (countOf(target) !== countOf(row))
    plan.fail('shape', `${name} must broadcast to ${sizes(row)}`, sizes(value.shape));
  return plan.floats(name, stretched(value, row));
}

/** The mean over all axes behind those of the batch and the channels. */
const globalAveragePool: Operator = {
  inputs: [1, 1],
  prepare:
    () =>
    (plan, [given]) => {
      const x = given as Value;
      if (x.shape.length < 2) plan.fail('shape', 'X must be [batch, channels, ...]', sizes(x.shape));
      const rows = plan.floats('X', x);
      const y = plan.make('float32', [...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)]);
      const length = countOf(x.shape.slice(2));
      plan.run(() => mean(rows as ValueArray, length, y.data, 'float32'));
      return [y];
    },
};

/** Each channel, the second axis, by the statistics of training: (x - mean) / sqrt(var + epsilon) * scale + B. */
const batchNormalization: Operator = {
  inputs: [5, 5],
  prepare(node) {
    const epsilon = node.float('epsilon', 1e-5);
    node.ignore('momentum');
    if (node.flag('training_mode', false)) node.unsupported('training_mode = 1');
    return (plan, inputs) => {
      const [x, ...perChannel] = inputs as [Value, ...Value[]];
      if (x.shape.length < 2) plan.fail('shape', 'X must be [batch, channels, ...]', sizes(x.shape));
      const [batch, channels] = x.shape as [number, number];
      const [scale, shift, center, variance] = perChannel.map((value, at) =>
        wholeRow(plan, ['scale', 'B', 'mean', 'var'][at] as string, value, [channels]),
      ) as [Float32Array, Float32Array, Float32Array, Float32Array];
      const length = countOf(x.shape.slice(2));
      const rows = plan.floats('X', x);
      const y = plan.make('float32', x.shape);
      if (countOf(x.shape) === 0) return [y];
      plan.run(() => {
        for (let row = 0, at = 0; row < batch * channels; row++) {
          const channel = row % channels;
          const factor = (scale[channel] as number) / Math.sqrt((variance[channel] as number) + epsilon);
          const offset = (shift[channel] as number) - factor * (center[channel] as number);
          for (const end = at + length; at < end; at++) y.data[at] = factor * (rows[at] as number) + offset;
        }
      });
      return [y];
    };
  },
};

export const REDUCING: Operators = {
  ReduceMean: reduction(18, mean, ['float32']),
  ReduceSum: reduction(13, sum, NUMBERS),
  ReduceProd: reduction(
    18,
    running(
      1,
      (total, value) => total * value,
      Math.imul,
      (total, value) => BigInt.asIntN(64, total * value),
    ),
    NUMBERS,
  ),
  ReduceSumSquare: reduction(
    18,
    running(
      0,
      (total, value) => total + value * value,
      (total, value) => (total + Math.imul(value, value)) | 0,
      (total, value) => BigInt.asIntN(64, total + value * value),
    ),
    NUMBERS,
  ),
  GlobalAveragePool: globalAveragePool,
  ReduceMax: reduction(
    18,
    extreme((a, b) => a > b, LEAST),
    [...NUMBERS, 'bool'],
  ),
  ReduceMin: reduction(
    18,
    extreme((a, b) => a < b, MOST),
    [...NUMBERS, 'bool'],
  ),
  Softmax: normalised(softmax),
  LogSoftmax: normalised(logSoftmax),
  LayerNormalization: layerNormalization,
  BatchNormalization: batchNormalization,
};
