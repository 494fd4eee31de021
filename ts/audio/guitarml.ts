/** Models of Automated-GuitarAmpModelling, which GuitarML's plug-ins read: PyTorch's weights as JSON. */

import { describe, fail } from '../errors.js';
import { GRU } from '../gru.js';
import { asObject, asSize, type Json } from '../json.js';
import { buildModel } from '../keras/build.js';
import { checkDepth } from '../keras/model.js';
import { Linear } from '../linear.js';
import { LSTM } from '../lstm.js';
import { RNN } from '../rnn.js';
import { Tensor } from '../tensor.js';
import { AudioModel } from './audio-model.js';
import { nestedWeight } from './numbers.js';

interface Sizes {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
}

const UNITS = {
  RNN: (sizes: Sizes) => new RNN({ ...sizes, returnSequences: true }),
  LSTM: (sizes: Sizes) => new LSTM({ ...sizes, returnSequences: true }),
  GRU: (sizes: Sizes) => new GRU({ ...sizes, returnSequences: true }),
};

/** Weights under a prefix, as they are. */
function dictOf(where: string, weights: Json, prefix: string): Record<string, Tensor> {
  const own = Object.entries(weights).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(
    own.map(([name, value]) => {
      const { shape, read } = nestedWeight(where, name, value);
      return [name.slice(prefix.length), new Tensor(read(where), [...shape])];
    }),
  );
}

/** The network of a file: a recurrent layer `rec`, a linear one `lin`, and as many input values as `skip` added. */
export function readGuitar(where: string, { model_data: data, state_dict: weights }: Json): AudioModel {
  const config = asObject(where, 'model_data', data);
  const { model = 'SimpleRNN', unit_type: unit, bias_fl: bias = true } = config;
  if (model !== 'SimpleRNN' || typeof unit !== 'string' || !Object.hasOwn(UNITS, unit)) {
    const expected = `the model must be a SimpleRNN of ${Object.keys(UNITS).join(', ')}`;
    fail('unsupported', where, expected, `${describe(model)} of ${describe(unit)}`);
  }
  const size = (name: string) => asSize(where, `model_data.${name}`, config[name]);
  const [inputSize, hiddenSize, outputSize] = [size('input_size'), size('hidden_size'), size('output_size')];
  const layers = size('num_layers');
  checkDepth(where, layers);
  const { skip = 1 } = config;
  const most = Math.min(inputSize, outputSize);
  if (!Number.isInteger(skip) || (skip as number) < 0 || (skip as number) > most) {
    fail('file', where, `model_data.skip must be an integer from 0 to ${most}`, describe(skip));
  }
  const dict = asObject(where, 'state_dict', weights);
  const [recurrent, linear] = [dictOf(where, dict, 'rec.'), dictOf(where, dict, 'lin.')];
  // Layers are made before their weights are compared: those of far more weights than there are would take all memory.
  const count = (tensors: Record<string, Tensor>) =>
    Object.values(tensors).reduce((sum, { data: values }) => sum + values.length, 0);
  const least = layers * hiddenSize * (hiddenSize + 1) + inputSize * hiddenSize;
  if (count(recurrent) < least || count(linear) < hiddenSize * outputSize) {
    const expected = `state_dict must have the weights of ${layers} layers of ${hiddenSize} units`;
    fail('file', where, expected, `${count(recurrent) + count(linear)} numbers`);
  }
  const make = UNITS[unit as keyof typeof UNITS];
  const parts = [
    { make: () => make({ inputSize, hiddenSize, layers }), dict: recurrent },
    { make: () => new Linear({ inputSize: hiddenSize, outputSize, bias: bias !== false }), dict: linear },
  ];
  return new AudioModel({
    model: buildModel(where, { parts, mask: undefined }),
    skip: skip as number,
  });
}
