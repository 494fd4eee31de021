/** A model made of nothing but weights: names and shapes tell the layers that PyTorch has. */

import { Embedding } from '../embedding.js';
import { fail, sizes } from '../errors.js';
import { GRU } from '../gru.js';
import { Linear } from '../linear.js';
import { LSTM } from '../lstm.js';
import { entriesOf, type Module, type StateDict, type StateDictLike } from '../module.js';
import { RNN } from '../rnn.js';
import { Sequential } from '../sequential.js';
import { checkTensor, type Tensor } from '../tensor.js';

const WHERE = 'modelOf';
const RECURRENT = /^(?:weight|bias)_(?:ih|hh|hr)_l\d+(?:_reverse)?$/;

/** Weights by the module that they are of, in order. */
function groupsOf(dict: unknown): Map<string, StateDict> {
  const groups = new Map<string, StateDict>();
  for (const [name, tensor] of entriesOf(WHERE, dict)) {
    checkTensor(WHERE, `dict[${JSON.stringify(name)}]`, tensor, 'float32');
    const dot = name.lastIndexOf('.');
    const group = groups.get(name.slice(0, Math.max(0, dot))) ?? {};
    group[name.slice(dot + 1)] = tensor;
    groups.set(name.slice(0, Math.max(0, dot)), group);
  }
  return groups;
}

function recurrentOf(weights: StateDict): Module {
  const [ih, hh] = [weights.weight_ih_l0, weights.weight_hh_l0];
  if (!ih || !hh || ih.shape.length !== 2 || hh.shape.length !== 2) {
    return fail('unsupported', WHERE, 'recurrent weights must have weight_ih_l0 and weight_hh_l0', 'others');
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
        WHERE,
        'weight_ih_l0 must have the rows of 1, 3 or 4 gates',
        sizes(ih.shape),
      );
  }
}

/** A layer with these weights; `isFirst` where ids may come in. */
function layerOf(weights: StateDict, isFirst: boolean): Module {
  const names = Object.keys(weights);
  if (names.every((name) => RECURRENT.test(name))) return recurrentOf(weights);
  const { weight, bias, ...others } = weights;
  if (weight?.shape.length === 2 && Object.keys(others).length === 0) {
    const [outputSize = 0, inputSize = 0] = weight.shape;
    return isFirst && !bias
      ? new Embedding({ vocabularySize: outputSize, size: inputSize })
      : new Linear({ inputSize, outputSize, bias: bias !== undefined });
  }
  return fail(
    'unsupported',
    WHERE,
    'weights must be of recurrent, linear and embedding layers',
    names.join(', '),
  );
}

/**
 * A model of PyTorch's weights whose layers nobody has named: recurrent and linear layers, and an embedding, are told by the
 * names and shapes of their weights, and follow each other as the weights do. Each hands on every step.
 *
 * What weights do not tell is taken to be usual: an RNN is of tanh, nothing acts between the layers, and a first matrix
 * without a bias is an embedding.
 *
 * @param dict weights by name, as `loadTorch` gives them; copied
 * @throws CellgateError `unsupported` for weights of other layers; `shape` where layers do not fit each other; `parameters` for
 * weights that do not fit a layer; `dtype` for anything but float32 tensors; `value` for no weights at all
 *
 * @example
 * ```ts
 * import { LSTM, Linear, Sequential, tensor } from 'cellgate';
 * import { loadTorch, modelOf, saveTorch } from 'cellgate/torch';
 *
 * // Instead of these bytes: await readFile('tagger.pt')
 * const layers = [new LSTM({ inputSize: 2, hiddenSize: 3, layers: 2 }), new Linear({ inputSize: 3, outputSize: 1 })] as const;
 * const bytes = saveTorch(new Sequential(layers).stateDict());
 * const model = modelOf(loadTorch(bytes));
 * console.log(model.predict(tensor([[[1, 2], [3, 4]]])).shape); // [ 1, 2, 1 ]
 * ```
 */
export function modelOf(dict: StateDictLike): Sequential {
  const groups = groupsOf(dict);
  if (groups.size === 0) fail('value', WHERE, 'dict must hold weights', 'none');
  const layers: Module[] = [];
  const all: Record<string, Tensor> = {};
  try {
    for (const weights of groups.values()) {
      const index = layers.length;
      layers.push(layerOf(weights, index === 0));
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
