/** Networks of brain.js with the sizes of a work. */

import { createRequire } from 'node:module';
import brain from 'brain.js';

const require = createRequire(import.meta.url);
const NETWORKS = { lstm: 'LSTMTimeStep', gru: 'GRUTimeStep', rnn: 'RNNTimeStep' };

export const about = {
  name: 'brain.js',
  version: require('brain.js/package.json').version,
  isOther: true,
};

export function makeNetwork({ cell, inputSize, hiddenSize, layers = 1 }) {
  return new brain.recurrent[NETWORKS[cell]]({
    inputSize,
    hiddenLayers: new Array(layers).fill(hiddenSize),
    outputSize: inputSize,
  });
}

/** The first sequence of time-major data, frame by frame; a frame of one value is a number to brain.js. */
export function framesOf(data, { steps, stride, inputSize }) {
  return Array.from({ length: steps }, (_, step) =>
    inputSize === 1 ? data[step * stride] : data.slice(step * stride, step * stride + inputSize),
  );
}
