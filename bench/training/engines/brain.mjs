/**
 * Peer, but not the same computation: brain.js has cells, an output layer, a loss and a rule of its own, and learns to
 * say the next frame of one sequence at a time. It gets sequences of the work's sizes, as many as the batch has.
 */

import { createRequire } from 'node:module';
import brain from 'brain.js';
import { LEARNING_RATE } from '../shapes.mjs';

const require = createRequire(import.meta.url);
const NETWORKS = { lstm: 'LSTMTimeStep', gru: 'GRUTimeStep' };

function load({ cell, steps, batch, inputSize, hiddenSize }, { x }) {
  const net = new brain.recurrent[NETWORKS[cell]]({
    inputSize,
    hiddenLayers: [hiddenSize],
    outputSize: inputSize,
  });
  const frames = Array.from({ length: steps }, (_, step) =>
    x.slice(step * inputSize, (step + 1) * inputSize),
  );
  // The last frame is only a target.
  const sequence = [...frames, frames[0]];
  const options = { iterations: 1, learningRate: LEARNING_RATE, errorThresh: 0 };
  return {
    stepsPerStep: batch,
    step: () => net.train([sequence], options).error,
    close() {},
  };
}

export async function open() {
  return { name: 'brain.js', version: require('brain.js/package.json').version, isOther: true, load };
}
