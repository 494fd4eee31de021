/** Copies between views with strides. */

import type { Value, ValueArray } from './value.js';

interface Axis {
  size: number;
  from: number;
  to: number;
}

/** Axes of more than one value, outermost first; neighbours that both sides step through evenly become one. */
function mergedAxes(from: Value, toStrides: readonly number[]): Axis[] {
  const merged: Axis[] = [];
  for (const [axis, size] of from.shape.entries()) {
    if (size === 1) continue;
    const next = { size, from: from.strides[axis] as number, to: toStrides[axis] as number };
    const last = merged.at(-1);
    if (last !== undefined && last.from === next.from * size && last.to === next.to * size) {
      merged[merged.length - 1] = { ...next, size: last.size * size };
    } else {
      merged.push(next);
    }
  }
  return merged;
}

function copyRow(
  from: ValueArray,
  fromAt: number,
  fromStep: number,
  to: ValueArray,
  toAt: number,
  toStep: number,
  count: number,
): void {
  // One type on both sides: which one, the compiler cannot know.
  const source = from as Float32Array;
  const target = to as Float32Array;
  for (let index = 0, a = fromAt, b = toAt; index < count; index++, a += fromStep, b += toStep) {
    target[b] = source[a] as number;
  }
}

/** A function that copies a view to where another array has the same axes at these strides. */
export function copier(
  from: Value,
  to: ValueArray,
  toOffset: number,
  toStrides: readonly number[],
): () => void {
  if (from.shape.includes(0)) return () => {};
  const axes = mergedAxes(from, toStrides);
  const inner = axes.pop() ?? { size: 1, from: 1, to: 1 };
  const { data, offset } = from;
  if (axes.length === 0 && inner.from === 1 && inner.to === 1) {
    const source = data.subarray(offset, offset + inner.size);
    return () => to.set(source as never, toOffset);
  }
  const walk = (axis: number, fromAt: number, toAt: number): void => {
    const outer = axes[axis];
    if (outer === undefined) {
      copyRow(data, fromAt, inner.from, to, toAt, inner.to, inner.size);
      return;
    }
    for (let index = 0; index < outer.size; index++) {
      walk(axis + 1, fromAt + index * outer.from, toAt + index * outer.to);
    }
  };
  return () => walk(0, offset, toOffset);
}
