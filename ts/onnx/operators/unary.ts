/** Operators on every value by itself. */

import { sizes } from '../../errors.js';
import type { NonlinearityKind } from '../../nonlinearity.js';
import { countOf } from '../../tensor.js';
import type { NodeReader } from '../node-reader.js';
import type { Plan, Planner } from '../plan.js';
import { memoryOrder, NUMBERS, piece, type Value, type ValueArray, type ValueType } from '../value.js';
import type { Operator, Operators } from './operator.js';

type FloatKernel = (x: Float32Array, y: Float32Array) => void;
type AnyKernel = (x: ValueArray, y: ValueArray) => void;

/**
 * Adds a kernel over values in one piece, whatever the order of the axes.
 * @param activation what it is as a layer
 */
export function mapped(kernel: AnyKernel, dtype?: ValueType, activation?: NonlinearityKind): Planner {
  return (plan, [given]) => {
    const x = given as Value;
    const order = memoryOrder(x);
    const from = piece(plan.inOrder(x, order));
    const y = plan.make(dtype ?? x.dtype, x.shape, order);
    const step = (): void => kernel(from, y.data);
    plan.run(activation === undefined ? step : { x: from, y: y.data, step, layer: activation });
    return [y];
  };
}

/** An operator on values of these types. */
function unary(
  types: readonly ValueType[],
  prepare: (node: NodeReader) => AnyKernel,
  activation?: NonlinearityKind,
): Operator {
  return {
    inputs: [1, 1],
    prepare(node) {
      const planner = mapped(prepare(node), undefined, activation);
      return (plan, inputs) => {
        const { dtype } = inputs[0] as Value;
        if (!types.includes(dtype)) plan.fail('dtype', `x must be of ${types.join(' or ')}`, dtype);
        return planner(plan, inputs);
      };
    },
  };
}

const floats = (prepare: (node: NodeReader) => FloatKernel, activation?: NonlinearityKind): Operator =>
  unary(['float32'], prepare as (node: NodeReader) => AnyKernel, activation);

/** Of a function that is seldom used: a call for each value. */
function each(f: (value: number) => number): FloatKernel {
  return (x, y) => {
    for (let at = 0; at < x.length; at++) y[at] = f(x[at] as number);
  };
}

function relu(x: Float32Array, y: Float32Array): void {
  for (let at = 0; at < x.length; at++) {
    const value = x[at] as number;
    y[at] = value < 0 ? 0 : value;
  }
}

function sigmoid(x: Float32Array, y: Float32Array): void {
  for (let at = 0; at < x.length; at++) y[at] = 1 / (1 + Math.exp(-(x[at] as number)));
}

function tanh(x: Float32Array, y: Float32Array): void {
  for (let at = 0; at < x.length; at++) y[at] = Math.tanh(x[at] as number);
}

function squareRoot(x: Float32Array, y: Float32Array): void {
  for (let at = 0; at < x.length; at++) y[at] = Math.sqrt(x[at] as number);
}

function leakyRelu(alpha: number): FloatKernel {
  return each((value) => (value < 0 ? alpha * value : value));
}

function elu(alpha: number): FloatKernel {
  return each((value) => (value < 0 ? alpha * Math.expm1(value) : value));
}

function hardSigmoid(alpha: number, beta: number): FloatKernel {
  return each((value) => Math.min(Math.max(alpha * value + beta, 0), 1));
}

/** log(1 + e^x) without overflow. */
function softplus(value: number): number {
  return Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));
}

function negate(x: ValueArray, y: ValueArray): void {
  for (let at = 0; at < x.length; at++) y[at] = -(x[at] as number) as never;
}

function absolute(x: ValueArray, y: ValueArray): void {
  for (let at = 0; at < x.length; at++) {
    const value = x[at] as number;
    y[at] = (value < 0 ? -value : value) as never;
  }
}

function not(x: ValueArray, y: ValueArray): void {
  for (let at = 0; at < x.length; at++) y[at] = (x[at] === 0 ? 1 : 0) as never;
}

/** The value itself. Layers that act in training only are this, too. */
export const pass: Planner = (_plan, [x]) => [x as Value];

/** Before version 11 the bounds are attributes. */
const clip: Operator = {
  inputs: [1, 3],
  prepare(node) {
    const hasAttributes = node.opset < 11;
    const [low, high] = hasAttributes
      ? [node.float('min', Number.NEGATIVE_INFINITY), node.float('max', Number.POSITIVE_INFINITY)]
      : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    return (plan, [x, min, max]) => {
      const least = boundOf(plan, 'min', min, x as Value) ?? Float32Array.of(low);
      const most = boundOf(plan, 'max', max, x as Value) ?? Float32Array.of(high);
      return mapped((from, to) => {
        const [a, b] = [least[0] as number, most[0] as number];
        for (let at = 0; at < from.length; at++) {
          const value = from[at] as number;
          const bounded = value < a ? a : value;
          to[at] = (bounded > b ? b : bounded) as never;
        }
      })(plan, [x]);
    };
  },
};

/** The place of a bound, which is one number of the type of x. */
function boundOf(
  plan: Plan,
  name: string,
  bound: Value | undefined,
  { dtype }: Value,
): ValueArray | undefined {
  if (bound === undefined) return undefined;
  if (bound.dtype !== dtype) plan.fail('dtype', `${name} must be of the type of x = ${dtype}`, bound.dtype);
  if (countOf(bound.shape) !== 1) plan.fail('shape', `${name} must be one number`, sizes(bound.shape));
  return piece(bound);
}

export const UNARY: Operators = {
  Relu: floats(() => relu, 'relu'),
  Sigmoid: floats(() => sigmoid, 'sigmoid'),
  Tanh: floats(() => tanh, 'tanh'),
  Sqrt: floats(() => squareRoot),
  Exp: floats(() => each(Math.exp)),
  Log: floats(() => each(Math.log)),
  Reciprocal: floats(() => each((value) => 1 / value)),
  Softplus: floats(() => each(softplus)),
  Softsign: floats(() => each((value) => value / (1 + Math.abs(value)))),
  LeakyRelu: floats((node) => leakyRelu(node.float('alpha', 0.01))),
  Elu: floats((node) => elu(node.float('alpha', 1))),
  HardSigmoid: floats((node) => hardSigmoid(node.float('alpha', 0.2), node.float('beta', 0.5))),
  Neg: unary(NUMBERS, () => negate),
  Abs: unary(NUMBERS, () => absolute),
  Not: unary(['bool'], () => not),
  Clip: clip,
};
