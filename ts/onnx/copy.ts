/** Copies between views with strides. */

import { memoryOrder, type Value, type ValueArray } from './value.js';

interface Axis {
  size: number;
  from: number;
  to: number;
}

/** Axes of more than one value, outermost where they go first; neighbours that both sides step through evenly become one. */
function mergedAxes(from: Value, toStrides: readonly number[]): Axis[] {
  const merged: Axis[] = [];
  for (const axis of memoryOrder({ strides: toStrides })) {
    const size = from.shape[axis] as number;
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

/** Rows of at least so many values are copied as blocks, where they are few enough to be listed. */
const BLOCK_VALUES = 24;
const MAX_BLOCKS = 256;

/** Calls back with the place of every row on both sides. */
function eachRow(
  axes: readonly Axis[],
  depth: number,
  fromAt: number,
  toAt: number,
  row: (from: number, to: number) => void,
): void {
  const axis = axes[depth];
  if (axis === undefined) {
    row(fromAt, toAt);
    return;
  }
  for (let index = 0; index < axis.size; index++) {
    eachRow(axes, depth + 1, fromAt + index * axis.from, toAt + index * axis.to, row);
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
  const rows = axes.reduce((count, { size }) => count * size, 1);
  const isBlock = inner.from === 1 && inner.to === 1;
  if (isBlock && inner.size >= BLOCK_VALUES && rows <= MAX_BLOCKS) {
    const sources: ValueArray[] = [];
    const targets: number[] = [];
    eachRow(axes, 0, offset, toOffset, (fromAt, toAt) => {
      sources.push(data.subarray(fromAt, fromAt + inner.size));
      targets.push(toAt);
    });
    return () => {
      for (let row = 0; row < rows; row++) to.set(sources[row] as never, targets[row]);
    };
  }
  const copy = (fromAt: number, toAt: number): void => {
    copyRow(data, fromAt, inner.from, to, toAt, inner.to, inner.size);
  };
  return () => eachRow(axes, 0, offset, toOffset, copy);
}
