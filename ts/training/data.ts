/** What a model learns from, checked as a whole before anything begins. */

import type { DType } from '../buffers.js';
import { describe, fail, sizes } from '../errors.js';
import { type Network, outputShape } from '../network.js';
import { anything, readLengths, readOptions } from '../options.js';
import type { Shape } from '../shape-types.js';
import { checkTensor, countOf, isTensor, type Tensor } from '../tensor.js';
import type { RawLoss } from './loss.js';

/** Inputs and what the model should make of them; the first axis counts the sequences. */
export interface TrainingData<X = Tensor<Shape, DType>> {
  /** As `predict` takes it, `[batch, time, inputSize]` or `[batch, time]` ids. */
  x: X;
  /**
   * What the output should be: float32 of the output's shape, `[batch, outputSize]` or `[batch, time, outputSize]`; for
   * `crossEntropy` also classes from 0 to outputSize - 1, int32 `[batch]` or `[batch, time]`.
   */
  y: Tensor<Shape, DType>;
  /** Length of each sequence, integers from 0 to time; all full if left out. What lies past an end does not count. */
  lengths?: readonly number[] | undefined;
  /** How much each sequence counts, `[batch]`, or each step of it, `[batch, time]`: numbers from 0; 1 if left out. */
  weights?: Tensor | undefined;
}

/** Checked data. Every array has one part per sequence. */
export interface Samples {
  readonly count: number;
  /** Steps of x; 1 for a model that has no time axis. */
  readonly time: number;
  readonly x: Tensor<Shape, DType>;
  readonly y: Tensor<Shape, DType>;
  readonly lengths: Uint32Array | null;
  /** Weight of every output row, 0 for one that does not count; null: 1 for all. */
  readonly weights: Float32Array | null;
}

const dataReaders = { x: anything, y: anything, lengths: anything, weights: anything };

function fits(shape: Shape, expected: Shape): boolean {
  return shape.length === expected.length && expected.every((size, axis) => size === shape[axis]);
}

/** `name[2][5]` for the value at an index of a shape. */
function place(name: string, index: number, shape: Shape): string {
  let rest = index;
  const at = shape.map((_, axis) => {
    const stride = countOf(shape.slice(axis + 1));
    const position = Math.floor(rest / stride);
    rest %= stride;
    return `[${position}]`;
  });
  return name + at.join('');
}

function checkX(
  where: string,
  name: string,
  x: unknown,
  network: Network,
): asserts x is Tensor<Shape, DType> {
  const { dtype, hasTime, inputSize, vocabularySize } = network;
  checkTensor(where, name, x, dtype);
  const { shape } = x;
  const features = dtype === 'int32' || inputSize === undefined ? [] : [inputSize];
  const axes = ['batch', ...(hasTime ? ['time'] : [])];
  const rank = axes.length + features.length;
  const fitsRank = hasTime ? shape.length === rank : shape.length >= rank;
  if (!fitsRank || features.some((size) => size !== shape.at(-1))) {
    const names = [...axes, ...(hasTime ? [] : ['...']), ...features.map(() => 'inputSize')].join(', ');
    const values = [...axes.map(() => '*'), ...(hasTime ? [] : ['...']), ...features].join(', ');
    fail('shape', where, `${name} must be [${names}] = [${values}]`, sizes(shape));
  }
  if (x.data.length === 0) fail('shape', where, `${name} must not be empty`, sizes(shape));
  if (vocabularySize === undefined) return;
  const wrong = x.data.findIndex((id) => id < 0 || id >= vocabularySize);
  if (wrong < 0) return;
  const expected = `${place(name, wrong, shape)} must be in [0, ${vocabularySize})`;
  fail('value', where, expected, String(x.data[wrong]));
}

function checkClasses(
  where: string,
  name: string,
  y: Tensor<Shape, DType>,
  loss: RawLoss,
  width: number,
): void {
  const { ignoreIndex } = loss;
  const wrong = y.data.findIndex((id) => (id < 0 || id >= width) && id !== ignoreIndex);
  if (wrong < 0) return;
  const expected = `${place(name, wrong, y.shape)} must be a class in [0, ${width}) or the ignored ${ignoreIndex}`;
  fail('value', where, expected, String(y.data[wrong]));
}

function checkY(
  where: string,
  name: string,
  y: unknown,
  output: readonly number[],
  loss: RawLoss,
): asserts y is Tensor<Shape, DType> {
  const isClasses = isTensor(y) && y.dtype === 'int32' && loss.loss === 'crossEntropy';
  checkTensor(where, name, y, isClasses ? 'int32' : 'float32');
  const shape = isClasses ? output.slice(0, -1) : output;
  if (!fits(y.shape, shape)) {
    const [what, or] = isClasses
      ? ['a class per row of the output', '']
      : [
          'of the output',
          loss.loss === 'crossEntropy' ? `, or int32 classes ${sizes(output.slice(0, -1))}` : '',
        ];
    fail('shape', where, `${name} must be ${what} = ${sizes(shape)}${or}`, sizes(y.shape));
  }
  if (isClasses) checkClasses(where, name, y, loss, output.at(-1) ?? 0);
}

function checkLengths(
  where: string,
  name: string,
  value: unknown,
  network: Network,
  [batch = 0, time = 0]: Shape,
): Uint32Array | null {
  const lengths = readLengths(where, name, value);
  if (lengths === null) return null;
  if (!network.hasTime) {
    fail(
      'value',
      where,
      `${name} must be left out for a model without a layer that goes along time`,
      describe(value),
    );
  }
  if (lengths.length !== batch) {
    fail('shape', where, `${name} must be [batch] = [${batch}]`, sizes([lengths.length]));
  }
  const wrong = lengths.findIndex((length) => length > time);
  if (wrong < 0) return lengths;
  return fail(
    'value',
    where,
    `${name}[${wrong}] must be at most the steps of x = ${time}`,
    String(lengths[wrong]),
  );
}

/** The weight of each of `rows` output rows of each sequence; undefined if the data give none. */
function givenWeights(
  where: string,
  name: string,
  value: unknown,
  output: readonly number[],
): Float32Array | null {
  if (value === undefined) return null;
  checkTensor(where, name, value, 'float32');
  const rows = output.slice(0, -1);
  const [count = 0] = rows;
  const isPerRow = fits(value.shape, rows);
  if (!isPerRow && !fits(value.shape, [count])) {
    const or = rows.length > 1 ? ` or one per row of the output = ${sizes(rows)}` : '';
    fail('shape', where, `${name} must be [batch] = [${count}]${or}`, sizes(value.shape));
  }
  const wrong = value.data.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY));
  if (wrong >= 0) {
    const expected = `${place(name, wrong, value.shape)} must be a finite number from 0`;
    fail('value', where, expected, String(value.data[wrong]));
  }
  const each = countOf(rows) / count;
  return isPerRow
    ? value.data.slice()
    : Float32Array.from({ length: each * count }, (_, row) => value.data[Math.floor(row / each)] as number);
}

/** Weights of all rows, 0 for those past an end and those of the ignored class; null: 1 for all. */
function rowWeights(
  given: Float32Array | null,
  lengths: Uint32Array | null,
  y: Tensor<Shape, DType>,
  loss: RawLoss,
  rows: readonly number[],
  network: Network,
): Float32Array | null {
  const hasIgnored = y.dtype === 'int32' && y.data.includes(loss.ignoreIndex);
  const hasPast = lengths !== null && network.givesSteps;
  if (!hasIgnored && !hasPast) return given;
  const weights = given ?? new Float32Array(countOf(rows)).fill(1);
  if (hasPast) {
    const [, time = 0] = rows;
    lengths.forEach((length, index) => {
      weights.fill(0, index * time + network.stepsBehind(length), (index + 1) * time);
    });
  }
  if (hasIgnored) {
    y.data.forEach((id, row) => {
      if (id === loss.ignoreIndex) weights[row] = 0;
    });
  }
  return weights;
}

/**
 * Data that fit a network and a loss. `path` is the name of the argument and begins the names of its parts, but for `data`.
 * @throws CellgateError `value`, `shape` or `dtype`
 */
export function readData(
  where: string,
  path: string,
  data: unknown,
  network: Network,
  loss: RawLoss,
): Samples {
  if (data === undefined) fail('value', where, `${path} must be { x, y }`, 'undefined');
  const given = readOptions(where, data, dataReaders, path);
  const prefix = path === 'data' ? '' : `${path}.`;
  const { x, y } = given;
  checkX(where, `${prefix}x`, x, network);
  const output = outputShape(network, x.shape);
  checkY(where, `${prefix}y`, y, output, loss);
  const lengths = checkLengths(where, `${prefix}lengths`, given.lengths, network, x.shape);
  const rows = output.slice(0, -1);
  const own = givenWeights(where, `${prefix}weights`, given.weights, output);
  const weights = rowWeights(own, lengths, y, loss, rows, network);
  const [count = 0, time = 0] = x.shape;
  return { count, time: network.hasTime ? time : 1, x, y, lengths, weights };
}

/**
 * Refuses samples from `first` on of which no row counts: they have no mean.
 * @throws CellgateError `value`
 */
export function checkRows(
  where: string,
  name: string,
  samples: Samples,
  first = 0,
  count = samples.count,
): void {
  const { weights } = samples;
  if (weights === null) return;
  const each = weights.length / samples.count;
  if (weights.subarray(first * each, (first + count) * each).some((weight) => weight > 0)) return;
  fail(
    'value',
    where,
    `${name} must hold a row that counts`,
    'weights of 0, ignored classes or lengths of 0 only',
  );
}
