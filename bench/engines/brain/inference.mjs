/**
 * Peer, but not the same computation: brain.js has cells of its own and an output layer, and runs one sequence from its
 * beginning. It gets the frames of one sequence, as many times as the batch has sequences.
 *
 * It cannot go on from a state: a step is timed as the share of one frame in a sequence of `STEP_SEQUENCE`, which is less
 * than a program would have to wait for the next frame.
 */

import { about, framesOf, makeNetwork } from './network.mjs';

const STEP_SEQUENCE = 100;
/** Beyond it a call takes minutes, and the equations of its steps more memory than there is. */
const MOST_FLOPS = 5e8;

function load(work, { inputs }) {
  const { calls, steps, batch, inputSize, isBidirectional, flops } = work;
  const isStep = calls === 'step';
  const sequenceSteps = isStep ? STEP_SEQUENCE : steps;
  if (isBidirectional || (flops / batch / steps) * sequenceSteps > MOST_FLOPS) return undefined;
  const net = makeNetwork(work);
  net.initialize();
  net.bindEquation();
  const frames = isStep
    ? Array.from({ length: STEP_SEQUENCE }, (_, step) =>
        framesOf(inputs[step % inputs.length], { steps: 1, stride: 0, inputSize }),
      ).flat()
    : framesOf(inputs[0], { steps, stride: batch * inputSize, inputSize });
  return {
    callsPerCall: (batch * steps) / sequenceSteps,
    run(count) {
      for (let call = 0; call < count; call++) net.run(frames);
    },
    close() {},
  };
}

export const open = () => ({ ...about, load });
