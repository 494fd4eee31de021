/** RNN, LSTM and GRU nodes: one layer of the library each, in one or both directions. */

import type { RawModule } from '../../backend/raw.js';
import { sizes } from '../../errors.js';
import { GRU } from '../../gru.js';
import { LSTM } from '../../lstm.js';
import type { Module } from '../../module.js';
import type { Activation } from '../../options.js';
import { RNN } from '../../rnn.js';
import { countOf, wrap } from '../../tensor.js';
import { type CellKind, fromOnnx, GATES, PEEPHOLES } from '../gates.js';
import { type Made, NodeLayer, rawOf } from '../layers.js';
import type { NodeReader } from '../node-reader.js';
import type { Inputs, Plan, Planner } from '../plan.js';
import { known, memoryOrder, permuted, stretched, type Value, viewOf } from '../value.js';
import { concatenated } from './gathering.js';
import type { Operator, Operators } from './operator.js';
import { plainLayer } from './plain-cell.js';
import { type CellOptions, layerActivations, readCellOptions } from './recurrent-options.js';
import { unsqueezed } from './views.js';

/** What a layer takes beside its weights. */
const LAYER_BYTES = 2 ** 15;

/** Sizes of a node. */
interface Dims {
  readonly directions: number;
  readonly hidden: number;
  readonly features: number;
  readonly batch: number;
  readonly time: number;
}

interface Weights {
  readonly w: Value;
  readonly r: Value;
  readonly b: Value | undefined;
  readonly p: Value | undefined;
}

/** The values of a constant, with the shape that it must have. */
function constant(
  plan: Plan,
  name: string,
  value: Value,
  shape: readonly number[],
): Float32Array<ArrayBuffer> {
  if (!value.isKnown) plan.fail('unsupported', `${name} must be a constant`, 'one that is computed');
  checkShape(plan, name, value, shape);
  return plan.floats(name, value);
}

function checkShape(plan: Plan, name: string, value: Value, shape: readonly number[]): void {
  const fits = value.shape.length === shape.length && shape.every((size, axis) => size === value.shape[axis]);
  if (!fits) plan.fail('shape', `${name} must be ${sizes(shape)}`, sizes(value.shape));
}

/** The numbers of a node's weights, in ONNX's order. */
function constantsOf(
  plan: Plan,
  kind: CellKind,
  { directions, hidden, features }: Dims,
  { w, r, b, p }: Weights,
) {
  const rows = GATES[kind].onnx.length * hidden;
  return {
    w: constant(plan, 'W', w, [directions, rows, features]),
    r: constant(plan, 'R', r, [directions, rows, hidden]),
    b: b && constant(plan, 'B', b, [directions, 2 * rows]),
    p: p && constant(plan, 'P', p, [directions, 3 * hidden]),
  };
}

/** The library's parameters of a node. */
function parametersOf(
  plan: Plan,
  kind: CellKind,
  { isCoupled }: CellOptions,
  dims: Dims,
  weights: Weights,
): Record<string, ReturnType<typeof wrap>> {
  const { directions, hidden, features } = dims;
  const order = GATES[kind];
  const rows = order.onnx.length * hidden;
  const ownRows = rows - (isCoupled ? hidden : 0);
  const { w: ofInput, r: ofHidden, b: biases, p: peepholes } = constantsOf(plan, kind, dims, weights);
  const dict: Record<string, ReturnType<typeof wrap>> = {};
  for (let direction = 0; direction < directions; direction++) {
    const suffix = direction === 0 ? 'l0' : 'l0_reverse';
    const part = (values: Float32Array, count: number, at = direction): Float32Array =>
      values.subarray(at * count, (at + 1) * count);
    const put = (name: string, values: Float32Array, shape: number[], by = order): void => {
      dict[`${name}_${suffix}`] = wrap(fromOnnx(by, values, isCoupled), shape);
    };
    put('weight_ih', part(ofInput, rows * features), [ownRows, features]);
    put('weight_hh', part(ofHidden, rows * hidden), [ownRows, hidden]);
    if (biases) {
      put('bias_ih', part(biases, rows, 2 * direction), [ownRows]);
      put('bias_hh', part(biases, rows, 2 * direction + 1), [ownRows]);
    }
    if (peepholes) put('peephole', part(peepholes, 3 * hidden), [isCoupled ? 2 : 3, hidden], PEEPHOLES);
  }
  return dict;
}

function makeLayer(
  plan: Plan,
  kind: CellKind,
  options: CellOptions,
  [gate, cell, output]: readonly Activation[],
  dims: Dims,
  weights: Weights,
): Made {
  const parameters = parametersOf(plan, kind, options, dims, weights);
  const shared = {
    inputSize: dims.features,
    hiddenSize: dims.hidden,
    bidirectional: options.direction === 'bidirectional',
    reverse: options.direction === 'reverse',
    bias: weights.b !== undefined,
    clip: options.clip,
  };
  let module: Module;
  if (kind === 'RNN') module = new RNN({ ...shared, nonlinearity: gate });
  else if (kind === 'GRU') {
    module = new GRU({ ...shared, resetAfter: options.resetAfter, activations: { gate, cell } });
  } else {
    const { isCoupled: coupled } = options;
    const peephole = weights.p !== undefined;
    module = new LSTM({ ...shared, coupled, peephole, activations: { gate, cell, output } });
  }
  return { module, parameters };
}

/** A node whose activations the library's layers lack. */
function makePlain(
  plan: Plan,
  kind: CellKind,
  { direction, activations, clip, isCoupled, resetAfter }: CellOptions,
  dims: Dims,
  weights: Weights,
): Pick<RawModule, 'forward'> {
  const { hidden, features, directions } = dims;
  const { w, r, b, p } = constantsOf(plan, kind, dims, weights);
  const part = (values: Float32Array, at: number): Float32Array => {
    const length = values.length / directions;
    return values.subarray(at * length, (at + 1) * length);
  };
  const cells = activations.map((own, at) => ({
    kind,
    features,
    hidden,
    w: part(w, at),
    r: part(r, at),
    b: b && part(b, at),
    p: p && part(p, at),
    activations: own,
    clip: clip ?? Number.POSITIVE_INFINITY,
    isCoupled,
    resetAfter,
  }));
  return plainLayer(cells, direction === 'reverse' ? [true] : [false, true]);
}

/** Order of the axes [time, directions, batch, hidden] and [directions, batch, hidden] with `layout` 1. */
const BATCH_FIRST = { x: [1, 0, 2], y: [1, 2, 0, 3], state: [1, 0, 2] };

/** Where the initial state is for a call: h of all directions, then c. Undefined if it is zeros. */
function initialState(
  plan: Plan,
  parts: readonly (Value | undefined)[],
  names: readonly string[],
  { directions, batch, hidden }: Dims,
): Float32Array<ArrayBuffer> | null {
  if (parts.every((part) => part === undefined)) return null;
  const shape = [directions, batch, hidden];
  const values = parts.map((part, at) => {
    if (part === undefined) return stretched(known('float32', [], new Float32Array(1)), [1, ...shape]);
    const name = names[at] as string;
    checkShape(plan, name, part, shape);
    if (part.dtype !== 'float32') plan.fail('dtype', `${name} must be of float32`, part.dtype);
    return unsqueezed(part, [0]);
  });
  const state = concatenated(plan, values as [Value, ...Value[]], 0);
  return plan.array(state) as Float32Array<ArrayBuffer>;
}

/** Lengths for a call, filled in from those of the run. They are checked by the layer. */
function lengthsOf(plan: Plan, given: Value | undefined, batch: number): Uint32Array<ArrayBuffer> | null {
  if (given === undefined) return null;
  checkShape(plan, 'sequence_lens', given, [batch]);
  if (given.dtype !== 'int32') plan.fail('dtype', 'sequence_lens must be of int32', given.dtype);
  const from = plan.array(given) as Int32Array;
  const lengths = new Uint32Array(batch);
  plan.run(() => lengths.set(from));
  return lengths;
}

function planCall(
  plan: Plan,
  raw: Pick<RawModule, 'forward'>,
  options: CellOptions,
  dims: Dims,
  inputs: Inputs,
  hasCell: boolean,
): Value[] {
  const { directions, hidden, features, batch, time } = dims;
  const isBatchFirst = options.layout === 1;
  const turned = (value: Value | undefined, order: readonly number[]): Value | undefined =>
    value && isBatchFirst && value.shape.length === order.length ? permuted(value, order) : value;
  const x = turned(inputs[0], BATCH_FIRST.x) as Value;
  const [lens, h, c] = [
    inputs[4],
    turned(inputs[5], BATCH_FIRST.state),
    turned(inputs[6], BATCH_FIRST.state),
  ];
  // As it lies in memory, so that nothing has to be turned.
  const [outermost] = memoryOrder({ strides: x.strides.slice(0, 2) });
  const isTimeMajor = outermost === 0;
  const lead = isTimeMajor ? [time, batch] : [batch, time];
  const values = plan.floats('X', isTimeMajor ? x : permuted(x, [1, 0, 2]));
  const state = initialState(plan, hasCell ? [h, c] : [h], ['initial_h', 'initial_c'], dims);
  const lengths = lengthsOf(plan, lens, batch);
  const y = plan.make('float32', [...lead, directions, hidden]);
  const final = plan.make('float32', [hasCell ? 2 : 1, directions, batch, hidden]);
  const { where } = plan;
  const shape = [...lead, features];
  const [output, stateOut] = [y.data, final.data] as [Float32Array, Float32Array];
  plan.run(() => raw.forward(where, values, shape, isTimeMajor, lengths, state, output, stateOut));
  const steps = permuted(y, isTimeMajor ? [0, 2, 1, 3] : [1, 2, 0, 3]);
  const stateShape = [directions, batch, hidden];
  const ends = [0, ...(hasCell ? [1] : [])].map((part) =>
    viewOf(final, stateShape, part * countOf(stateShape)),
  );
  if (!isBatchFirst) return [steps, ...ends];
  return [permuted(steps, [2, 0, 1, 3]), ...ends.map((end) => permuted(end, [1, 0, 2]))];
}

function dimsOf(plan: Plan, options: CellOptions, x: Value, r: Value): Dims {
  if (x.shape.length !== 3) plan.fail('shape', 'X must have three axes', sizes(x.shape));
  if (r.shape.length !== 3) plan.fail('shape', 'R must have three axes', sizes(r.shape));
  const [first, second, features] = x.shape as [number, number, number];
  const [batch, time] = options.layout === 1 ? [first, second] : [second, first];
  const hidden = options.hidden ?? (r.shape[2] as number);
  return { directions: options.direction === 'bidirectional' ? 2 : 1, hidden, features, batch, time };
}

function recurrent(kind: CellKind): Operator {
  const hasCell = kind === 'LSTM';
  return {
    inputs: [3, hasCell ? 8 : 6],
    outputs: hasCell ? 3 : 2,
    isLayer: true,
    prepare(node: NodeReader): Planner {
      const options = readCellOptions(kind, node);
      const activations = layerActivations(options);
      const layer = new NodeLayer();
      return (plan, inputs) => {
        const [x, w, r, b, , , , p] = inputs as [Value, Value, Value, ...Inputs];
        const dims = dimsOf(plan, options, x, r);
        const weights = { w, r, b, p };
        checkShape(plan, 'W', w, [dims.directions, GATES[kind].onnx.length * dims.hidden, dims.features]);
        plan.reserve(LAYER_BYTES, 'another layer');
        const raw =
          activations === undefined
            ? makePlain(plan, kind, options, dims, weights)
            : rawOf(
                plan,
                layer.module(plan, [w, r, b, p], () =>
                  makeLayer(plan, kind, options, activations, dims, weights),
                ),
              );
        return planCall(plan, raw, options, dims, inputs, hasCell);
      };
    },
  };
}

export const RECURRENT: Operators = { RNN: recurrent('RNN'), LSTM: recurrent('LSTM'), GRU: recurrent('GRU') };
