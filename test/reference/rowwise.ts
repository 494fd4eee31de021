/** Maps of rows: softmax, layer normalisation, and what makes one of two halves. */

import { at, sizeOf } from './arithmetic.js';
import { required } from './parameters.js';
import type { Parameters, Values } from './types.js';

export interface LayerNormOptions {
  size: number;
  epsilon?: number;
}

export interface MergeOptions {
  inputSize: number;
  mode: 'sum' | 'average' | 'product';
}

/** Every row of x through a function. */
function mapRows({ shape, data }: Values, map: (row: readonly number[]) => readonly number[]): Values {
  const width = at(shape, shape.length - 1);
  const outer = shape.slice(0, -1);
  const rows = Array.from({ length: sizeOf(outer) }, (_, row) =>
    map(Array.from({ length: width }, (_, index) => at(data, row * width + index))),
  );
  return { shape: [...outer, rows[0]?.length ?? width], data: rows.flat() };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export function softmax(x: Values): Values {
  return mapRows(x, (row) => {
    const total = sum(row.map(Math.exp));
    return row.map((value) => Math.exp(value) / total);
  });
}

export function layerNorm({ epsilon = 1e-5 }: LayerNormOptions, parameters: Parameters, x: Values): Values {
  const { data: weight } = required(parameters, 'weight');
  const { data: bias } = required(parameters, 'bias');
  return mapRows(x, (row) => {
    const mean = sum(row) / row.length;
    const variance = sum(row.map((value) => (value - mean) ** 2)) / row.length;
    return row.map(
      (value, index) =>
        ((value - mean) / Math.sqrt(variance + epsilon)) * at(weight, index) + at(bias, index),
    );
  });
}

export function merge({ mode }: MergeOptions, x: Values): Values {
  const made = {
    sum: (a: number, b: number) => a + b,
    average: (a: number, b: number) => (a + b) / 2,
    product: (a: number, b: number) => a * b,
  };
  return mapRows(x, (row) => {
    const half = row.length / 2;
    return row.slice(0, half).map((value, index) => made[mode](value, at(row, half + index)));
  });
}
