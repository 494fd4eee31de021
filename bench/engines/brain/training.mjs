/**
 * Peer, but not the same computation: brain.js has cells, an output layer, a loss and a rule of its own, and learns to
 * say the next frame of one sequence at a time. It gets sequences of the work's sizes, as many as the batch has.
 */

import { LEARNING_RATE } from '../../training/works.mjs';
import { about, framesOf, makeNetwork } from './network.mjs';

function load(work, { x }) {
  const { steps, batch, inputSize } = work;
  const net = makeNetwork(work);
  const frames = framesOf(x, { steps, stride: inputSize, inputSize });
  // The last frame is only a target.
  const sequence = [...frames, frames[0]];
  const options = { iterations: 1, learningRate: LEARNING_RATE, errorThresh: 0 };
  return {
    callsPerCall: batch,
    run(count) {
      for (let call = 0; call < count; call++) net.train([sequence], options);
    },
    close() {},
  };
}

export const open = () => ({ ...about, load });
