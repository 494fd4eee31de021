/** Products of matrices: a fully connected layer where the right one is constant, plain loops elsewhere. */

import { sizes } from '../../errors.js';
import { Linear } from '../../linear.js';
import { countOf, wrap } from '../../tensor.js';
import { type Made, NodeLayer, runLayer } from '../layers.js';
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

/** The layer y = x W + bias for a constant W [inner, columns]. */
function linearOf(
  plan: Plan,
  weight: Value,
  bias: Float32Array<ArrayBuffer> | undefined,
  scale: number,
): Made {
  const [inputSize, outputSize] = weight.shape as [number, number];
  const values = plan.floats('B', permuted(weight, [1, 0]));
  const scaled = scale === 1 ? values : values.map((value) => scale * value);
  return {
    module: new Linear({ inputSize, outputSize, bias: bias !== undefined }),
    parameters: {
      weight: wrap(scaled, [outputSize, inputSize]),
      ...(bias && { bias: wrap(bias, [outputSize]) }),
    },
  };
}

/** Whether a layer can have these weights. */
function isLayerWeight({ isKnown, shape }: Value): boolean {
  return isKnown && shape.length === 2 && countOf(shape) > 0;
}

function planLinear(
  plan: Plan,
  layer: NodeLayer,
  x: Value,
  weight: Value,
  bias: Value | undefined,
  make: () => Made,
): Value {
  const columns = weight.shape[1] as number;
  const raw = layer.raw(plan, [weight, bias], make);
  const y = plan.make('float32', [...x.shape.slice(0, -1), columns]);
  const from = plan.floats('A', x);
  runLayer(plan, raw, from, [countOf(x.shape.slice(0, -1)), x.shape.at(-1) as number], y.data as never);
  return y;
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
        ? planLinear(plan, layer, a, b, undefined, () => linearOf(plan, b, undefined, 1))
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
        const row = bias && plan.floats('C', { ...bias, shape: [shape[1]], strides: bias.strides.slice(1) });
        const scaled = row?.map((value) => beta * value);
        return [planLinear(plan, layer, a, b, bias, () => linearOf(plan, b, scaled, alpha))];
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
