/** Products of matrices: a fully connected layer where the right one is constant and large, plain loops elsewhere. */

import { sizes } from '../../errors.js';
import { Linear } from '../../linear.js';
import { countOf, wrap } from '../../tensor.js';
import { NodeLayer, runLayer } from '../layers.js';
import type { Plan } from '../plan.js';
import { permuted, stretched, type Value, viewOf } from '../value.js';
import type { Operator, Operators } from './operator.js';
import { unsqueezed } from './views.js';

/** y = alpha x W + beta b for constants W [inner, columns] and b [columns]. */
export interface Affine {
  /** What errors call x, W and b. */
  readonly names: readonly [x: string, weight: string, bias: string];
  readonly weight: Value;
  readonly bias: Value | undefined;
  readonly alpha?: number;
  readonly beta?: number;
}

/** Products of so few numbers take less time here than a call of a layer. */
const FEW_PRODUCTS = 256;

/** The parameters of a layer: weight [columns, inner], bias [columns]. */
function parametersOf(plan: Plan, { names, weight, bias, alpha = 1, beta = 1 }: Affine) {
  const read = (at: 1 | 2, value: Value, factor: number) => {
    const values = plan.floats(names[at], value);
    return wrap(factor === 1 ? values : values.map((one) => factor * one), [...value.shape]);
  };
  return { weight: read(1, permuted(weight, [1, 0]), alpha), ...(bias && { bias: read(2, bias, beta) }) };
}

/** y = x Wᵀ + b for each x [rows, inner] and W [columns, inner] of a list, and b [columns]. */
function affine(
  x: Float32Array,
  weight: Float32Array,
  bias: Float32Array | undefined,
  [rows, inner, columns]: readonly [number, number, number],
  y: Float32Array,
): void {
  for (let row = 0, at = 0; at < y.length; row++) {
    const first = Math.floor(row / rows) * columns;
    for (let column = 0; column < columns; column++, at++) {
      let sum = bias === undefined ? 0 : (bias[column] as number);
      for (let term = 0; term < inner; term++) {
        sum += (x[row * inner + term] as number) * (weight[(first + column) * inner + term] as number);
      }
      y[at] = sum;
    }
  }
}

/** Rows x [..., inner] through a layer, or here where they are few. */
export function planAffine(plan: Plan, layer: NodeLayer, x: Value, by: Affine): Value {
  const { names, weight, bias } = by;
  const [inputSize, outputSize] = weight.shape as [number, number];
  const y = plan.make('float32', [...x.shape.slice(0, -1), outputSize]);
  const from = plan.floats(names[0], x);
  if (from.length * outputSize > FEW_PRODUCTS) {
    const module = layer.module(plan, [weight, bias], () => {
      const parameters = parametersOf(plan, by);
      return { module: new Linear({ inputSize, outputSize, bias: bias !== undefined }), parameters };
    });
    runLayer(plan, module, from, x.shape, y);
  } else {
    const own = parametersOf(plan, by);
    const dims = [Number.POSITIVE_INFINITY, inputSize, outputSize] as const;
    plan.run(() => affine(from, own.weight.data, own.bias?.data, dims, y.data as Float32Array));
  }
  return y;
}

const NAMES = ['A', 'B', 'C'] as const;

/** Whether a layer can have these weights. */
function isLayerWeight({ isKnown, shape }: Value): boolean {
  return isKnown && shape.length === 2 && countOf(shape) > 0;
}

function planProduct(plan: Plan, a: Value, b: Value): Value {
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const columns = b.shape.at(-1) as number;
  const batch = (value: Value): Value => ({ ...value, shape: value.shape.slice(0, -2) });
  const lead = plan.broadcast([batch(a), batch(b)]);
  const y = plan.make('float32', [...lead, rows, columns]);
  if (countOf(y.shape) === 0) return y;
  const from = plan.floats('A', stretched(a, [...lead, rows, inner]));
  const axes = [...lead.keys(), lead.length + 1, lead.length];
  const other = plan.floats('B', permuted(stretched(b, [...lead, inner, columns]), axes));
  plan.run(() => affine(from, other, undefined, [rows, inner, columns], y.data as Float32Array));
  return y;
}

function checkInner(plan: Plan, a: Value, b: Value): void {
  if (a.shape.at(-1) === b.shape.at(-2)) return;
  plan.fail(
    'shape',
    `B must have ${a.shape.at(-1)} rows as A has columns`,
    `A ${sizes(a.shape)}, B ${sizes(b.shape)}`,
  );
}

const matMul: Operator = {
  inputs: [2, 2],
  isLayer: true,
  prepare() {
    const layer = new NodeLayer();
    return (plan, inputs) => {
      const [x, w] = inputs as [Value, Value];
      if (x.shape.length === 0 || w.shape.length === 0)
        plan.fail('shape', 'operands must have axes', 'one without');
      // A vector is a row on the left, a column on the right, and its axis is missing in the result.
      const a = x.shape.length === 1 ? unsqueezed(x, [0]) : x;
      const b = w.shape.length === 1 ? unsqueezed(w, [1]) : w;
      checkInner(plan, a, b);
      const y = isLayerWeight(b)
        ? planAffine(plan, layer, a, { names: NAMES, weight: b, bias: undefined })
        : planProduct(plan, a, b);
      const shape = [...y.shape];
      if (w.shape.length === 1) shape.pop();
      if (x.shape.length === 1) shape.splice(w.shape.length === 1 ? -1 : -2, 1);
      return [viewOf(y, shape)];
    };
  },
};

/** alpha A B + beta C */
const gemm: Operator = {
  inputs: [2, 3],
  isLayer: true,
  prepare(node) {
    const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)];
    const [isLeftTurned, isRightTurned] = [node.flag('transA', false), node.flag('transB', false)];
    node.ignore('broadcast');
    const layer = new NodeLayer();
    return (plan, inputs) => {
      const [x, w, c] = inputs as [Value, Value, Value | undefined];
      if (x.shape.length !== 2) plan.fail('shape', 'A must have two axes', sizes(x.shape));
      if (w.shape.length !== 2) plan.fail('shape', 'B must have two axes', sizes(w.shape));
      const a = isLeftTurned ? permuted(x, [1, 0]) : x;
      const b = isRightTurned ? permuted(w, [1, 0]) : w;
      checkInner(plan, a, b);
      const shape = [a.shape[0], b.shape[1]] as [number, number];
      const bias = c && stretchedTo(plan, c, shape);
      if (isLayerWeight(b) && (bias === undefined || (bias.isKnown && bias.strides[0] === 0))) {
        const row = bias && permuted(bias, [1]);
        return [planAffine(plan, layer, a, { names: NAMES, weight: b, bias: row, alpha, beta })];
      }
      const y = planProduct(plan, a, b);
      const to = y.data as Float32Array;
      const added = bias && plan.floats('C', bias);
      plan.run(() => {
        for (let at = 0; at < to.length; at++) {
          to[at] = alpha * (to[at] as number) + (added === undefined ? 0 : beta * (added[at] as number));
        }
      });
      return [y];
    };
  },
};

function stretchedTo(plan: Plan, value: Value, shape: readonly number[]): Value {
  const target = plan.broadcast([value, { ...value, shape }]);
  if (countOf(target) !== countOf(shape))
    plan.fail('shape', `C must broadcast to ${sizes(shape)}`, sizes(value.shape));
  return stretched(value, shape);
}

export const PRODUCTS: Operators = { MatMul: matMul, Gemm: gemm };
