/** Operators that only say where values are: they copy nothing, but where a new shape needs them in order. */

import { sizes } from '../../errors.js';
import { countOf } from '../../tensor.js';
import type { NodeReader } from '../node-reader.js';
import type { Inputs, Plan, Planner } from '../plan.js';
import { permuted, stretched, type Value, viewOf } from '../value.js';
import type { Operator, Operators } from './operator.js';
import { pass } from './unary.js';

const transpose: Operator = {
  inputs: [1, 1],
  prepare(node) {
    const given = node.ints('perm');
    return (plan, [value]) => {
      const x = value as Value;
      const order = given ?? [...x.shape.keys()].reverse();
      const isOrder = order.length === x.shape.length && new Set(order).size === order.length;
      if (!isOrder || !order.every((axis) => axis in x.shape)) {
        plan.fail('value', `perm must be an order of ${x.shape.length} axes`, sizes(order));
      }
      return [permuted(x, order)];
    };
  },
};

/** Where integers come from that were an attribute before a version of the operator set, and are an input since. */
export function integersOf(
  node: NodeReader,
  name: string,
  position: number,
  since: number,
): (plan: Plan, inputs: Inputs) => number[] | undefined {
  if (node.opset < since) {
    const given = node.ints(name);
    return () => given;
  }
  return (plan, inputs) => {
    const value = inputs[position];
    return value && plan.integers(name, value);
  };
}

/** The axes that these indices mean, in rising order. */
export function axesOf(plan: Plan, indices: readonly number[], rank: number): number[] {
  const axes = indices.map((index) => plan.axis(index, rank)).sort((a, b) => a - b);
  if (new Set(axes).size < axes.length) plan.fail('value', 'axes must differ', sizes(indices));
  return axes;
}

function without(value: Value, axes: readonly number[]): Value {
  const kept = [...value.shape.keys()].filter((axis) => !axes.includes(axis));
  return permuted(value, kept);
}

const squeeze: Operator = {
  inputs: [1, 2],
  steeredBy: [1],
  prepare(node) {
    const given = integersOf(node, 'axes', 1, 13);
    return (plan, inputs) => {
      const x = inputs[0] as Value;
      const indices = given(plan, inputs);
      const axes = indices
        ? axesOf(plan, indices, x.shape.length)
        : [...x.shape.keys()].filter((axis) => x.shape[axis] === 1);
      if (axes.some((axis) => x.shape[axis] !== 1)) {
        plan.fail('shape', `x must have size 1 along axes ${sizes(axes)}`, sizes(x.shape));
      }
      return [without(x, axes)];
    };
  },
};

/** With axes of size 1 put in. */
export function unsqueezed(x: Value, axes: readonly number[]): Value {
  const shape = [...x.shape];
  const strides = [...x.strides];
  for (const axis of axes) {
    shape.splice(axis, 0, 1);
    strides.splice(axis, 0, 0);
  }
  return { ...x, shape, strides };
}

const unsqueeze: Operator = {
  inputs: [1, 2],
  steeredBy: [1],
  prepare(node) {
    const given = integersOf(node, 'axes', 1, 13);
    return (plan, inputs) => {
      const x = inputs[0] as Value;
      const indices = given(plan, inputs) ?? [];
      const rank = x.shape.length + indices.length;
      plan.checkRank(rank);
      return [unsqueezed(x, axesOf(plan, indices, rank))];
    };
  },
};

/** The shape with 0 and -1 filled in. */
function resolved(
  plan: Plan,
  asked: readonly number[],
  shape: readonly number[],
  keepsZero: boolean,
): number[] {
  const target = asked.map((size, axis) => (size === 0 && !keepsZero ? (shape[axis] ?? 0) : size));
  const open = target.indexOf(-1);
  if (open >= 0) {
    target[open] = 1;
    const rest = countOf(shape) / countOf(target);
    target[open] = Number.isInteger(rest) ? rest : 0;
  }
  if (!target.every((size) => size >= 0) || countOf(target) !== countOf(shape)) {
    plan.fail('shape', `shape must be one for ${countOf(shape)} values of ${sizes(shape)}`, sizes(asked));
  }
  return target;
}

const reshape: Operator = {
  inputs: [2, 2],
  steeredBy: [1],
  prepare(node) {
    const keepsZero = node.flag('allowzero', false);
    return (plan, [x, shape]) => {
      const value = x as Value;
      const target = resolved(plan, plan.integers('shape', shape as Value), value.shape, keepsZero);
      return [viewOf(plan.rowMajor(value), target)];
    };
  },
};

const flatten: Operator = {
  inputs: [1, 1],
  prepare(node) {
    const index = node.int('axis', 1);
    return (plan, [given]) => {
      const x = given as Value;
      const axis = index === x.shape.length ? index : plan.axis(index, x.shape.length);
      const shape = [countOf(x.shape.slice(0, axis)), countOf(x.shape.slice(axis))];
      return [viewOf(plan.rowMajor(x), shape)];
    };
  },
};

const expand: Operator = {
  inputs: [2, 2],
  steeredBy: [1],
  prepare:
    () =>
    (plan, [x, shape]) => {
      const asked = plan.integers('shape', shape as Value);
      if (!asked.every((size) => size >= 0)) plan.fail('value', 'shape must be sizes', sizes(asked));
      const like: Value = { ...(x as Value), shape: asked };
      return [stretched(x as Value, plan.broadcast([x as Value, like]))];
    },
};

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Part of an axis: `end` is excluded, both count from the end if negative, and are bounded; only `end` may be before all. */
function cut(plan: Plan, x: Value, { axis, start, end, step }: Cut): Value {
  if (step === 0) plan.fail('value', 'steps must not be 0', '0');
  const size = x.shape[axis] as number;
  const stride = x.strides[axis] as number;
  const most = step > 0 ? size : size - 1;
  const bounded = (index: number, least: number): number =>
    Math.min(Math.max(index < 0 ? index + size : index, least), most);
  const [first, last] = [bounded(start, 0), bounded(end, step > 0 ? 0 : -1)];
  const count = Math.max(Math.ceil((last - first) / step), 0);
  return {
    ...x,
    shape: x.shape.with(axis, count),
    strides: x.strides.with(axis, stride * step),
    offset: count === 0 ? x.offset : x.offset + first * stride,
  };
}

const slice: Operator = {
  inputs: [1, 5],
  steeredBy: [1, 2, 3, 4],
  prepare(node) {
    const readers = ['starts', 'ends', 'axes', 'steps'].map((name, at) => integersOf(node, name, at + 1, 10));
    return (plan, inputs) => {
      const x = inputs[0] as Value;
      const [starts = [], ends = [], axes = [...starts.keys()], steps = starts.map(() => 1)] = readers.map(
        (read) => read(plan, inputs),
      );
      if (![ends, axes, steps].every(({ length }) => length === starts.length)) {
        plan.fail('shape', 'starts, ends, axes and steps must be as many', 'other numbers of them');
      }
      axesOf(plan, axes, x.shape.length);
      return [
        starts.reduce((value, start, at) => {
          const axis = plan.axis(axes[at] as number, x.shape.length);
          return cut(plan, value, { axis, start, end: ends[at] as number, step: steps[at] as number });
        }, x),
      ];
    };
  },
};

/** Sizes of the parts: given, or as even as can be with the last one smaller. */
function partsOf(plan: Plan, given: readonly number[] | undefined, count: number, size: number): number[] {
  const even = Math.ceil(size / count);
  const parts =
    given ?? Array.from({ length: count }, (_, at) => Math.max(Math.min(even, size - at * even), 0));
  const isWhole = parts.every((part) => part >= 0) && parts.reduce((sum, part) => sum + part, 0) === size;
  if (!isWhole || parts.length !== count)
    plan.fail('shape', `split must be ${count} parts of ${size}`, sizes(parts));
  return [...parts];
}

const split: Operator = {
  inputs: [1, 2],
  outputs: Number.POSITIVE_INFINITY,
  steeredBy: [1],
  prepare(node) {
    const index = node.int('axis', 0);
    const given = integersOf(node, 'split', 1, 13);
    const count = node.int('num_outputs', node.outputs.length);
    if (count !== node.outputs.length) node.unsupported(`num_outputs = ${count} with other outputs`);
    return (plan, inputs) => {
      const x = inputs[0] as Value;
      const axis = plan.axis(index, x.shape.length);
      let start = 0;
      return partsOf(plan, given(plan, inputs), node.outputs.length, x.shape[axis] as number).map((part) => {
        const end = start + part;
        const piece = cut(plan, x, { axis, start, end, step: 1 });
        start = end;
        return piece;
      });
    };
  },
};

/** Acts in training only. The second output says what was kept: all. */
const dropout: Operator = {
  inputs: [1, 3],
  outputs: 2,
  prepare(node) {
    node.ignore('ratio');
    node.ignore('seed');
    return (plan, [x, , isTraining]): ReturnType<Planner> => {
      if (isTraining && !(isTraining.isKnown && plan.array(isTraining)[0] === 0)) {
        plan.fail('unsupported', 'training_mode must be false', 'another');
      }
      const mask = plan.makeKnown('bool', (x as Value).shape);
      mask.data.fill(1 as never);
      return [x as Value, mask];
    };
  },
};

export const VIEWS: Operators = {
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Reshape: reshape,
  Flatten: flatten,
  Expand: expand,
  Slice: slice,
  Split: split,
  Dropout: dropout,
  Identity: { inputs: [1, 1], prepare: () => pass },
};
