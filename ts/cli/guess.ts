/** A model made of nothing but weights: names and shapes tell the layers that PyTorch has. */
import { Embedding } from '../embedding.js';
import { fail, sizes } from '../errors.js';
import { GRU } from '../gru.js';
import { Linear } from '../linear.js';
import { LSTM } from '../lstm.js';
import type { Module, StateDict } from '../module.js';
import { RNN } from '../rnn.js';
import { Sequential } from '../sequential.js';
import type { Tensor } from '../tensor.js';

const RECURRENT = /^(?:weight|bias)_(?:ih|hh|hr)_l\d+(?:_reverse)?$/;

/** Weights by the module that they are of, in the order of the file. */
function groupsOf(dict: StateDict): Map<string, StateDict> {
  const groups = new Map<string, StateDict>();
  for (const [name, tensor] of Object.entries(dict)) {
    const dot = name.lastIndexOf('.');
    const group = groups.get(name.slice(0, Math.max(0, dot))) ?? {};
    group[name.slice(dot + 1)] = tensor;
    groups.set(name.slice(0, Math.max(0, dot)), group);
  }
  return groups;
}

function recurrentOf(where: string, weights: StateDict): Module {
  const [ih, hh] = [weights.weight_ih_l0, weights.weight_hh_l0];
  if (!ih || !hh || ih.shape.length !== 2 || hh.shape.length !== 2) {
    return fail('unsupported', where, 'recurrent weights must have weight_ih_l0 and weight_hh_l0', 'others');
  }
  const projection = weights.weight_hr_l0?.shape;
  const [rows = 0, inputSize = 0] = ih.shape;
  const hiddenSize = projection?.[1] ?? hh.shape[1] ?? 0;
  const names = Object.keys(weights);
  const options = {
    inputSize,
    hiddenSize,
    layers: names.filter((name) => /^weight_ih_l\d+$/.test(name)).length,
    bidirectional: 'weight_ih_l0_reverse' in weights,
    bias: 'bias_ih_l0' in weights,
    returnSequences: true,
  };
  switch (rows / hiddenSize) {
    case 4:
      return new LSTM({ ...options, projectionSize: projection?.[0] });
    case 3:
      return new GRU(options);
    case 1:
      return new RNN(options);
    default:
      return fail(
        'unsupported',
        where,
        'weight_ih_l0 must have the rows of 1, 3 or 4 gates',
        sizes(ih.shape),
      );
  }
}

/** A layer with these weights; `isFirst` where ids may come in. */
function layerOf(where: string, weights: StateDict, isFirst: boolean): Module {
  const names = Object.keys(weights);
  if (names.every((name) => RECURRENT.test(name))) return recurrentOf(where, weights);
  const { weight, bias, ...others } = weights;
  if (weight?.shape.length === 2 && Object.keys(others).length === 0) {
    const [outputSize = 0, inputSize = 0] = weight.shape;
    return isFirst && !bias
      ? new Embedding({ vocabularySize: outputSize, size: inputSize })
      : new Linear({ inputSize, outputSize, bias: bias !== undefined });
  }
  return fail(
    'unsupported',
    where,
    'weights must be of recurrent, linear and embedding layers',
    names.join(', '),
  );
}

/**
 * The layers one after the other, each handing on every step.
 * @throws CellgateError `unsupported` for weights of other layers; `shape` where they do not follow on each other
 */
export function modelOfWeights(where: string, dict: StateDict): Sequential {
  const layers: Module[] = [];
  const all: Record<string, Tensor> = {};
  try {
    for (const weights of groupsOf(dict).values()) {
      const index = layers.length;
      layers.push(layerOf(where, weights, index === 0));
      for (const [name, tensor] of Object.entries(weights)) all[`${index}.${name}`] = tensor;
    }
    const model: Sequential = new Sequential(layers);
    model.loadStateDict(all);
    return model;
  } catch (error) {
    for (const layer of layers) layer.dispose();
    throw error;
  }
}
