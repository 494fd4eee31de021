/** States of recurrent layers: values that a user can hold, and their one flat layout on the raw side. */

import { Scratch } from './buffers.js';
import { describe, fail, sizes } from './errors.js';
import { checkTensor, isTensor, type Tensor, wrap } from './tensor.js';

/**
 * State of a GRU or RNN: hidden state `[layers*directions, batch, hiddenSize]`, of which the first axis
 * counts `layer * directions + direction`.
 */
export interface HiddenState<Batch extends number = number, Hidden extends number = number> {
  /** Hidden state. */
  readonly h: Tensor<[number, Batch, Hidden]>;
}

/**
 * State of an LSTM: hidden state `[layers*directions, batch, projectionSize ?? hiddenSize]` and cell state
 * `[layers*directions, batch, hiddenSize]`. The first axis counts `layer * directions + direction`.
 */
export interface LSTMState<
  Batch extends number = number,
  Hidden extends number = number,
  Cell extends number = number,
> extends HiddenState<Batch, Hidden> {
  /** Cell state. */
  readonly c: Tensor<[number, Batch, Cell]>;
}

/** State of any recurrent layer; `c` is there for an LSTM. */
export interface RecurrentState extends HiddenState {
  /** Cell state of an LSTM. */
  readonly c?: Tensor<[number, number, number]>;
}

/** Sizes of one recurrent layer's state. */
export interface StateLayout {
  /** Of the layer. */
  readonly kind: 'RNN' | 'LSTM' | 'GRU';
  /** layers * directions */
  readonly rows: number;
  /** projectionSize ?? hiddenSize */
  readonly hidden: number;
  readonly hiddenAxis: 'hiddenSize' | 'projectionSize';
  /** 0: the layer has no cell state. */
  readonly cell: number;
}

/** Number of values of a state. */
export function stateCount({ rows, hidden, cell }: StateLayout, batch: number): number {
  return rows * batch * (hidden + cell);
}

function checkPart(
  where: string,
  name: string,
  part: unknown,
  shape: readonly number[],
  lastAxis: string,
): Tensor {
  if (part === undefined) fail('state', where, `${name} must be a Tensor ${sizes(shape)}`, 'undefined');
  checkTensor(where, name, part, 'float32');
  const fits = part.shape.length === shape.length && shape.every((size, axis) => size === part.shape[axis]);
  if (!fits) {
    const axes = `[layers*directions, batch, ${lastAxis}]`;
    fail('state', where, `${name} must be ${axes} = ${sizes(shape)}`, sizes(part.shape));
  }
  return part;
}

function checkKeys(where: string, name: string, state: unknown, hasCell: boolean): Partial<RecurrentState> {
  const parts = hasCell ? '{ h, c }' : '{ h }';
  if (typeof state !== 'object' || state === null || Array.isArray(state) || isTensor(state)) {
    fail('state', where, `${name} must be ${parts}`, describe(state));
  }
  const extra = Object.keys(state).find((key) => key !== 'h' && !(hasCell && key === 'c'));
  if (extra !== undefined) fail('state', where, `${name} must be ${parts}`, `a state with '${extra}'`);
  return state;
}

/**
 * The tensors of a state, h before c.
 * @throws CellgateError `state` for anything but the state of such a layer and batch, `dtype` for unusable tensors
 */
export function checkState(
  where: string,
  name: string,
  state: unknown,
  { rows, hidden, hiddenAxis, cell }: StateLayout,
  batch: number,
): Tensor[] {
  const { h, c } = checkKeys(where, name, state, cell > 0);
  const parts = [checkPart(where, `${name}.h`, h, [rows, batch, hidden], hiddenAxis)];
  if (cell > 0) parts.push(checkPart(where, `${name}.c`, c, [rows, batch, cell], 'hiddenSize'));
  return parts;
}

/** Checked parts, [h | c] of each layer, in one array. */
export function packState(
  where: string,
  parts: readonly Tensor[],
  scratch = new Scratch(),
): Float32Array<ArrayBuffer> {
  let length = 0;
  for (const { data } of parts) length += data.length;
  const packed = scratch.take(where, 'state', length);
  let offset = 0;
  for (const { data } of parts) {
    packed.set(data, offset);
    offset += data.length;
  }
  return packed;
}

/** The state that lies at `offset` of a packed array, as copies. */
export function unpackState(
  packed: Float32Array<ArrayBuffer>,
  { rows, hidden, cell }: StateLayout,
  batch: number,
  offset = 0,
): RecurrentState {
  const cellAt = offset + rows * batch * hidden;
  const h = wrap<[number, number, number]>(packed.slice(offset, cellAt), [rows, batch, hidden]);
  if (cell === 0) return { h };
  return { h, c: wrap(packed.slice(cellAt, cellAt + rows * batch * cell), [rows, batch, cell]) };
}
