/** Linear, Embedding and a stack of modules, as `Sequential.predict` runs it. */

import { activate } from './activations.js';
import { at, multiply, sizeOf, vector, zeros } from './arithmetic.js';
import { type Conv1dOptions, conv1d, convolvedSteps } from './conv1d.js';
import { runLayers } from './layers.js';
import { required } from './parameters.js';
import { type LayerNormOptions, layerNorm, type MergeOptions, merge, softmax } from './rowwise.js';
import type { Activation, Kind, LayerOptions, OptionsOf, Parameters, Values } from './types.js';

export interface LinearOptions {
  inputSize: number;
  outputSize: number;
  bias?: boolean;
  seed?: number;
}

export interface EmbeddingOptions {
  vocabularySize: number;
  size: number;
  padding?: number;
  seed?: number;
}

export type ModuleSpec =
  | { [K in Kind]: { kind: K; options: OptionsOf[K] } }[Kind]
  | { kind: 'Linear'; options: LinearOptions }
  | { kind: 'Conv1d'; options: Conv1dOptions }
  | { kind: 'Nonlinearity'; options: { activation: Activation | 'softmax' } }
  | { kind: 'LayerNorm'; options: LayerNormOptions }
  | { kind: 'Merge'; options: MergeOptions }
  | { kind: 'Embedding'; options: EmbeddingOptions }
  | { kind: 'Dropout'; options: { p: number } };

/** x [..., inputSize] -> [..., outputSize] */
export function linear(parameters: Parameters, x: Values): Values {
  const weight = required(parameters, 'weight');
  const bias = Object.hasOwn(parameters, 'bias') ? required(parameters, 'bias') : undefined;
  const size = at(x.shape, x.shape.length - 1);
  const outer = x.shape.slice(0, -1);
  const data: number[] = [];
  for (let row = 0; row < sizeOf(outer); row++) {
    const y = multiply(
      weight,
      Array.from({ length: size }, (_, index) => at(x.data, row * size + index)),
    );
    const b = bias ? vector(bias) : zeros(y.length);
    data.push(...y.map((value, index) => value + at(b, index)));
  }
  return { shape: [...outer, at(weight.shape, 0)], data };
}

/** ids [...] -> [..., size] */
export function embedding(parameters: Parameters, ids: Values): Values {
  const weight = required(parameters, 'weight');
  const size = at(weight.shape, 1);
  const rows = Array.from(ids.data, (id) =>
    Array.from({ length: size }, (_, index) => at(weight.data, id * size + index)),
  );
  return { shape: [...ids.shape, size], data: rows.flat() };
}

const isRecurrent = (spec: ModuleSpec): spec is Extract<ModuleSpec, { options: LayerOptions }> =>
  spec.kind === 'RNN' || spec.kind === 'GRU' || spec.kind === 'LSTM';

const takesTime = (spec: ModuleSpec): boolean => isRecurrent(spec) || spec.kind === 'Conv1d';

/** h [layers*dirs, B, width] of the last layer -> [B, dirs*width] */
function lastHidden(h: Values, directions: number): Values {
  const [rows = 0, batch = 0, width = 0] = h.shape;
  const data: number[] = [];
  for (let b = 0; b < batch; b++) {
    for (let row = rows - directions; row < rows; row++) {
      for (let unit = 0; unit < width; unit++) data.push(at(h.data, (row * batch + b) * width + unit));
    }
  }
  return { shape: [batch, directions * width], data };
}

/** Zeros past the end of each sequence of [B, T, width]. */
function toEnds({ shape, data }: Values, ends: readonly number[]): Values {
  const [, time = 0, width = 0] = shape;
  const isPast = (index: number) =>
    Math.floor(index / width) % time >= at(ends, Math.floor(index / (time * width)));
  return { shape, data: Array.from(data, (value, index) => (isPast(index) ? 0 : value)) };
}

/** Parameters are named as in torch.nn.Sequential: '0.weight', '1.weight_ih_l0'. */
export function predict(
  specs: readonly ModuleSpec[],
  parameters: Parameters,
  x: Values,
  lengths?: readonly number[],
): Values {
  let values = x;
  let ends = lengths;
  specs.forEach((spec, index) => {
    const prefix = `${index}.`;
    const own = Object.entries(parameters).filter(([name]) => name.startsWith(prefix));
    const p = Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value]));
    if (isRecurrent(spec)) {
      const { output, state } = runLayers(spec.kind, spec.options, p, values, ends ? { lengths: ends } : {});
      const whole = spec.options.returnSequences || specs.slice(index + 1).some(takesTime);
      values = whole ? output : lastHidden(state.h, spec.options.bidirectional ? 2 : 1);
    } else if (spec.kind === 'Linear') {
      values = linear(p, values);
    } else if (spec.kind === 'Conv1d') {
      values = conv1d(spec.options, p, values, ends);
      ends = ends?.map((length) => convolvedSteps(spec.options, length));
    } else if (spec.kind === 'Nonlinearity') {
      const { activation } = spec.options;
      values =
        activation === 'softmax'
          ? softmax(values)
          : { shape: values.shape, data: Array.from(values.data, (value) => activate(activation, value)) };
    } else if (spec.kind === 'LayerNorm') {
      values = layerNorm(spec.options, p, values);
    } else if (spec.kind === 'Merge') {
      values = merge(spec.options, values);
    } else if (spec.kind === 'Embedding') {
      values = embedding(p, values);
    }
  });
  return ends && specs.some(takesTime) && values.shape.length === 3 ? toEnds(values, ends) : values;
}
