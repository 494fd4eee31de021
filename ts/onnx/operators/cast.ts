/** Conversion between types. Other floating-point types than float32 are float32 here. */

import { dataTypeName, valueTypeOf } from '../constants.js';
import type { Plan } from '../plan.js';
import type { Value, ValueArray, ValueType } from '../value.js';
import type { Operators } from './operator.js';
import { mapped } from './unary.js';

const MAX_INT64 = 2n ** 63n - 1n;

/** Towards zero. What no int64 is near becomes the nearest, and no number 0. */
function toInt64(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= 2 ** 63) return MAX_INT64;
  return value <= -(2 ** 63) ? -MAX_INT64 - 1n : BigInt(Math.trunc(value));
}

function kernelTo(dtype: ValueType, from: ValueType): (x: ValueArray, y: ValueArray) => void {
  const convert = converterTo(dtype, from);
  return (x, y) => {
    for (let at = 0; at < x.length; at++) y[at] = convert(x[at] as never) as never;
  };
}

function converterTo(dtype: ValueType, from: ValueType): (value: never) => number | bigint {
  if (dtype === 'bool') return (value: number | bigint) => (Number(value) !== 0 ? 1 : 0);
  if (dtype === 'int64') return from === 'float32' ? toInt64 : (value: number) => BigInt(value);
  if (from !== 'int64') return (value: number) => value;
  return dtype === 'int32'
    ? (value: bigint) => Number(BigInt.asIntN(32, value))
    : (value: bigint) => Number(value);
}

/** The values as another type. */
export function converted(plan: Plan, value: Value, dtype: ValueType): Value {
  if (value.dtype === dtype) return value;
  return mapped(kernelTo(dtype, value.dtype), dtype)(plan, [value])[0] as Value;
}

export const CAST: Operators = {
  Cast: {
    inputs: [1, 1],
    prepare(node) {
      const to = node.int('to', 0);
      // It acts on 8-bit floating-point numbers only.
      node.ignore('saturate');
      node.ignore('round_mode');
      const dtype = valueTypeOf(to);
      if (dtype === undefined) node.unsupported(`to = ${dataTypeName(to)}`);
      return (plan, [x]) => [converted(plan, x as Value, dtype ?? 'float32')];
    },
  },
  CastLike: {
    inputs: [2, 2],
    prepare(node) {
      node.ignore('saturate');
      node.ignore('round_mode');
      return (plan, [x, like]) => [converted(plan, x as Value, (like as Value).dtype)];
    },
  },
};
