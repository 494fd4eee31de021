/** Operators on two tensors whose shapes broadcast. */

import type { Plan, Planner } from '../plan.js';
import type { Value, ValueArray, ValueType } from '../value.js';
import { converted } from './cast.js';
import type { Operator, Operators } from './operator.js';

/** Over values side by side, of one type; a step of 0 stands for one value for all. */
type Kernel = (a: ValueArray, aStep: number, b: ValueArray, bStep: number, y: ValueArray) => void;

/** The same for float32, in which networks compute. */
type FloatKernel = (a: Float32Array, aStep: number, b: Float32Array, bStep: number, y: Float32Array) => void;

/** Kernels by type of the operands, and the type of the result where it is another. */
type Kernels = Partial<Record<ValueType, Kernel>> & { readonly result?: ValueType };

/** The step of a kernel in operands that are aligned. */
export const stepOf = (array: ValueArray): number => (array.length === 1 ? 0 : 1);

function planBinary(plan: Plan, kernels: Kernels, a: Value, b: Value): Value {
  if (a.dtype !== b.dtype) plan.fail('dtype', `b must be of the type of a = ${a.dtype}`, b.dtype);
  return planMixed(plan, kernels, a, b);
}

/** The same with kernels that take any type on the right. */
function planMixed(plan: Plan, kernels: Kernels, a: Value, b: Value): Value {
  const kernel = kernels[a.dtype];
  if (kernel === undefined) plan.fail('dtype', 'operands must be of a type that it takes', a.dtype);
  const shape = plan.broadcast([a, b]);
  const order = plan.orderOf([a, b], shape);
  const [from, other] = [plan.aligned(a, shape, order), plan.aligned(b, shape, order)];
  const y = plan.make(kernels.result ?? a.dtype, shape, order);
  const [aStep, bStep] = [stepOf(from), stepOf(other)];
  plan.run(() => kernel(from, aStep, other, bStep, y.data));
  return y;
}

function binary(kernels: Kernels): Operator {
  return {
    inputs: [2, 2],
    prepare:
      () =>
      (plan, [a, b]) => [planBinary(plan, kernels, a as Value, b as Value)],
  };
}

/** The same from left to right over any number of operands. */
function variadic(kernels: Kernels): Operator {
  const planner: Planner = (plan, [first, ...rest]) => [
    (rest as Value[]).reduce((a, b) => planBinary(plan, kernels, a, b), first as Value),
  ];
  return { inputs: [1, Number.POSITIVE_INFINITY], prepare: () => planner };
}

/** Of a function that is seldom used: a call for each value. */
function each<T>(f: (a: T, b: T) => T | boolean): Kernel {
  return (a, aStep, b, bStep, y) => {
    for (let at = 0; at < y.length; at++) y[at] = f(a[at * aStep] as T, b[at * bStep] as T) as never;
  };
}

/** A function for all numbers; results of integers wrap around as they are stored. */
function numbers(
  float32: FloatKernel,
  int32: (a: number, b: number) => number,
  int64: (a: bigint, b: bigint) => bigint,
): Kernels {
  return { float32: float32 as Kernel, int32: each(int32), int64: each(int64) };
}

const add: FloatKernel = (a, aStep, b, bStep, y) => {
  for (let at = 0; at < y.length; at++) y[at] = (a[at * aStep] as number) + (b[at * bStep] as number);
};

const subtract: FloatKernel = (a, aStep, b, bStep, y) => {
  for (let at = 0; at < y.length; at++) y[at] = (a[at * aStep] as number) - (b[at * bStep] as number);
};

const multiply: FloatKernel = (a, aStep, b, bStep, y) => {
  for (let at = 0; at < y.length; at++) y[at] = (a[at * aStep] as number) * (b[at * bStep] as number);
};

const divide: FloatKernel = (a, aStep, b, bStep, y) => {
  for (let at = 0; at < y.length; at++) y[at] = (a[at * aStep] as number) / (b[at * bStep] as number);
};

/** Squares are what power spectra are made of. */
const power: FloatKernel = (a, aStep, b, bStep, y) => {
  if (bStep === 0 && b[0] === 2) multiply(a, aStep, a, aStep, y);
  else powers(a as ValueArray, aStep, b as ValueArray, bStep, y as ValueArray);
};

const powers = each((a: number, b: number) => a ** b);

/** Division of integers, of which 0 by 0 and the like have no result; hardware traps, here it is 0. */
const quotientOf = (a: bigint, b: bigint): bigint => (b === 0n ? 0n : a / b);

/** A power of an integer, within the numbers that a float64 holds; the exponent is of any type. */
function powerOf(a: bigint, b: bigint | number): bigint {
  const value = Number(a) ** Number(b);
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

/** The same words for all types, with a truth value as the result. */
function comparison(f: (a: number, b: number) => boolean, bool?: (a: number, b: number) => boolean): Kernels {
  const kernel = each(f);
  return { float32: kernel, int32: kernel, int64: kernel, ...(bool && { bool: each(bool) }), result: 'bool' };
}

const isEqual = (a: number, b: number): boolean => a === b;

const ADD = numbers(
  add,
  (a, b) => a + b,
  (a, b) => a + b,
);

const POWERS = numbers(power, (a, b) => a ** Number(b), powerOf);

export const BINARY: Operators = {
  Add: binary(ADD),
  Sub: binary(
    numbers(
      subtract,
      (a, b) => a - b,
      (a, b) => a - b,
    ),
  ),
  Mul: binary(numbers(multiply, Math.imul, (a, b) => a * b)),
  Div: binary(numbers(divide, (a, b) => a / b, quotientOf)),
  Pow: {
    inputs: [2, 2],
    prepare:
      () =>
      (plan, [a, b]) => {
        const [base, exponent] = [a, b] as [Value, Value];
        const isFloat = base.dtype === 'float32';
        return [planMixed(plan, POWERS, base, isFloat ? converted(plan, exponent, 'float32') : exponent)];
      },
  },
  Sum: variadic({ float32: add as Kernel }),
  Min: variadic(numbers(each(Math.min) as FloatKernel, Math.min, (a, b) => (a < b ? a : b))),
  Max: variadic(numbers(each(Math.max) as FloatKernel, Math.max, (a, b) => (a > b ? a : b))),
  Equal: binary(comparison(isEqual, isEqual)),
  Less: binary(comparison((a, b) => a < b)),
  LessOrEqual: binary(comparison((a, b) => a <= b)),
  Greater: binary(comparison((a, b) => a > b)),
  GreaterOrEqual: binary(comparison((a, b) => a >= b)),
  And: binary({ bool: each((a: number, b: number) => a & b) }),
  Or: binary({ bool: each((a: number, b: number) => a | b) }),
  Xor: binary({ bool: each((a: number, b: number) => a ^ b) }),
};
