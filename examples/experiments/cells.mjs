// The cells that are compared, by name, and models made of one of them.

import { GRU, Linear, LSTM, RNN, Sequential, tensor } from 'cellgate';
import { Random } from '../random.mjs';

/** How a layer is made from options that all cells share, and its gates (`g`, `n`: candidate) in the parameters' order. */
export const CELLS = {
  RNN: { create: (options) => new RNN(options), gates: '' },
  GRU: { create: (options) => new GRU(options), gates: 'rzn' },
  LSTM: { create: (options) => new LSTM(options), gates: 'ifgo' },
  'LSTM, no forget gate': { create: (options) => new LSTM({ ...options, forgetGate: false }), gates: 'igo' },
  'LSTM, peepholes': { create: (options) => new LSTM({ ...options, peephole: true }), gates: 'ifgo' },
  'LSTM, coupled gates': { create: (options) => new LSTM({ ...options, coupled: true }), gates: 'fgo' },
  'LSTM, no input gate': { create: (options) => new LSTM({ ...options, inputGate: false }), gates: 'fgo' },
  'LSTM, no output gate': { create: (options) => new LSTM({ ...options, outputGate: false }), gates: 'ifg' },
  'LSTM, no input activation': { create: (options) => linearAt(options, 'cell'), gates: 'ifgo' },
  'LSTM, no output activation': { create: (options) => linearAt(options, 'output'), gates: 'ifgo' },
};

/**
 * A recurrent layer and a linear readout of its last step, or with `returnSequences` of every step. `memory` are the
 * steps over which it should remember, see {@link remember}; the usual beginning if left out.
 */
export function createModel(cell, { inputSize, hiddenSize, outputSize, seed, memory, ...options }) {
  const { create, gates } = CELLS[cell];
  const layer = create({ inputSize, hiddenSize, seed, ...options });
  if (memory) remember(layer, gates, memory, new Random(seed, 'memory'));
  return new Sequential([layer, new Linear({ inputSize: hiddenSize, outputSize, seed })]);
}

/**
 * Sets the first biases so that units forget after 2 to `memory` steps ("chrono initialisation", Tallec & Ollivier 2018):
 * that of the forget gate, or of a GRU's update gate, is log(u) with u uniform in [1, memory - 1), that of the input gate
 * -log(u). A cell without gates is left alone.
 */
function remember(layer, gates, memory, random) {
  const size = layer.hiddenSize;
  const keep = Float32Array.from({ length: size }, () => Math.log(1 + random.next() * (memory - 2)));
  const first = { f: keep, z: keep, i: keep.map((bias) => -bias) };
  const biases = ['bias_ih_l0', 'bias_hh_l0'].map((name, which) => {
    const { data, shape } = layer.parameters()[name];
    const values = data.slice();
    [...gates].forEach((gate, block) => {
      if (!first[gate]) return;
      values.set(which === 0 ? first[gate] : new Float32Array(size), block * size);
    });
    return [name, tensor(values, shape)];
  });
  layer.loadStateDict({ ...layer.stateDict(), ...Object.fromEntries(biases) });
}

function linearAt(options, place) {
  return new LSTM({ ...options, activations: { [place]: 'identity' } });
}
