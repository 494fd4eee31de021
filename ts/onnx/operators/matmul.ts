/** Products of matrices: a fully connected layer where the right one is constant and large, plain loops elsewhere. */

import { sizes } from '../../errors.js';
import { Linear } from '../../linear.js';
import { countOf, wrap } from '../../tensor.js';
import { NodeLayer, runLayer } from '../layers.js';
import type { Plan } from '../plan.js';
import { permuted, stretched, type Value, viewOf } from '../value.js';
import type { Operator, Operators } from './operator.js';
import { unsqueezed } from './views.js';

/** C += A B, row-major; A is [rows, inner], B [inner, columns]. */
function multiply(
  a: Float32Array,
  aAt: number,
  b: Float32Array,
  bAt: number,
  c: Float32Array,
  cAt: number,
  [rows, inner, columns]: readonly [number, number, number],
): void {
  for (let row = 0; row < rows; row++) {
    const to = cAt + row * columns;
    for (let at = 0; at < inner; at++) {
      const factor = a[aAt + row * inner + at] as number;
      const from = bAt + at * columns;
      for (let column = 0; column < columns; column++) {
        c[to + column] = (c[to + column] as number) + factor * (b[from + column] as number);
      }
    }
  }
}

/** y = x W + b for a constant W [inner, columns] and b [columns], each with the name that errors give it. */
export interface Affine {
  readonly weight: readonly [name: string, value: Value];
  readonly bias: readonly [name: string, value: Value] | undefined;
  /** Factors of both. */
  readonly alpha?: number;
  readonly beta?: number;
}

/** Products of so few numbers take less time here than a call of a layer. */
const FEW_PRODUCTS = 256;

/** The parameters of a Linear: weight [columns, inner], bias [columns]. */
function parametersOf(plan: Plan, { weight: [name, weight], bias, alpha = 1, beta = 1 }: Affine) {
  const scaled = (values: Float32Array<ArrayBuffer>, by: number) =>
    by === 1 ? values : values.map((value) => by * value);
  const [inner, columns] = weight.shape as [number, number];
  return {
    weight: wrap(scaled(plan.floats(name, permuted(weight, [1, 0])), alpha), [columns, inner]),
    ...(bias && { bias: wrap(scaled(plan.floats(...bias), beta), [columns]) }),
  };
}

function affine(
  x: Float32Array,
  weight: Float32Array,
  bias: Float32Array | undefined,
  [inner, columns]: readonly [number, number],
  y: Float32Array,
): void {
  for (let row = 0, at = 0; at < y.length; row++) {
    for (let column = 0; column < columns; column++, at++) {
      let sum = bias === undefined ? 0 : (bias[column] as number);
      for (let term = 0; term < inner; term++) {
        sum += (x[row * inner + term] as number) * (weight[column * inner + term] as number);
      }
      y[at] = sum;
    }
  }
}

/** Rows x [..., inner], of which errors say `name`, through a layer, or here where they are few. */
export function planAffine(plan: Plan, layer: NodeLayer, name: string, x: Value, by: Affine): Value {
  const [inner, columns] = by.weight[1].shape as [number, number];
  const y = plan.make('float32', [...x.shape.slice(0, -1), columns]);
  const from = plan.floats(name, x);
  if (from.length * columns <= FEW_PRODUCTS) {
    const { weight, bias } = parametersOf(plan, by);
    plan.run(() => affine(from, weight.data, bias?.data, [inner, columns], y.data as Float32Array));
    return y;
  }
  const module = layer.module(plan, [by.weight[1], by.bias?.[1]], () => ({
    module: new Linear({ inputSize: inner, outputSize: columns, bias: by.bias !== undefined }),
    parameters: parametersOf(plan, by),
  }));
  runLayer(plan, module, from, x.shape, y);
  return y;
}

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
  const other = plan.floats('B', stretched(b, [...lead, inner, columns]));
  const to = y.data as Float32Array;
  const blocks = countOf(lead);
  plan.run(() => {
    to.fill(0);
    for (let at = 0; at < blocks; at++) {
      multiply(from, at * rows * inner, other, at * inner * columns, to, at * rows * columns, [
        rows,
        inner,
        columns,
      ]);
    }
  });
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
        ? planAffine(plan, layer, 'A', a, { weight: ['B', b], bias: undefined })
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
        return [planAffine(plan, layer, 'A', a, { weight: ['B', b], bias: row && ['C', row], alpha, beta })];
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
