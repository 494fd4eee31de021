/** Operators that give shapes and constants. */

import { sizes } from '../../errors.js';
import { countOf } from '../../tensor.js';
import type { Plan } from '../plan.js';
import { known, stretched, type Value } from '../value.js';
import type { Operator, Operators } from './operator.js';

function integers(plan: Plan, shape: readonly number[], values: readonly number[]): Value {
  const made = plan.makeKnown('int64', shape);
  (made.data as BigInt64Array).set(values.map(BigInt));
  return made;
}

const shape: Operator = {
  inputs: [1, 1],
  readsShapes: true,
  prepare(node) {
    const start = node.int('start', 0);
    const end = node.int('end', Number.POSITIVE_INFINITY);
    return (plan, [x]) => {
      const part = (x as Value).shape.slice(start, end);
      return [integers(plan, [part.length], part)];
    };
  },
};

const size: Operator = {
  inputs: [1, 1],
  readsShapes: true,
  prepare:
    () =>
    (plan, [x]) => [integers(plan, [], [countOf((x as Value).shape)])],
};

/** One of several attributes gives the value. */
const constant: Operator = {
  inputs: [0, 0],
  prepare(node) {
    const numbers = node.has('value_floats') ? node.floats('value_floats') : undefined;
    const whole = node.bigints('value_ints');
    const one = node.bigint('value_int');
    const value =
      node.tensor('value') ??
      (numbers && known('float32', [numbers.length], Float32Array.from(numbers))) ??
      (whole && known('int64', [whole.length], whole)) ??
      (node.has('value_float')
        ? known('float32', [], Float32Array.of(node.float('value_float', 0)))
        : undefined) ??
      (one === undefined ? undefined : known('int64', [], BigInt64Array.of(one)));
    if (value === undefined) node.unsupported('no value of numbers');
    return () => [value as Value];
  },
};

/** One value, stretched: no place for each. */
const constantOfShape: Operator = {
  inputs: [1, 1],
  steeredBy: [0],
  prepare(node) {
    const value = node.tensor('value') ?? known('float32', [1], new Float32Array(1));
    if (value.data.length !== 1) node.unsupported(`a value of ${sizes(value.shape)}`);
    return (plan, [given]) => {
      const asked = plan.integers('shape', given as Value);
      if (!asked.every((length) => length >= 0)) plan.fail('value', 'shape must be sizes', sizes(asked));
      return [stretched({ ...value, shape: [], strides: [] }, asked)];
    };
  },
};

/** start, start + delta, ... up to but not with limit. */
const range: Operator = {
  inputs: [3, 3],
  steeredBy: [0, 1, 2],
  prepare: () => (plan, inputs) => {
    const { dtype } = inputs[0] as Value;
    const [start, limit, delta] = (inputs as Value[]).map((input) => Number(plan.array(input)[0])) as [
      number,
      number,
      number,
    ];
    const count = Math.max(Math.ceil((limit - start) / delta), 0);
    if (!Number.isSafeInteger(count))
      plan.fail('value', 'delta must lead from start to limit', String(delta));
    const y = plan.makeKnown(dtype, [count]);
    const convert = dtype === 'int64' ? BigInt : Number;
    for (let at = 0; at < count; at++) y.data[at] = convert(start + at * delta) as never;
    return [y];
  },
};

export const SHAPES: Operators = {
  Shape: shape,
  Size: size,
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
};
