/**
 * What ONNX Runtime's two packages share: one session per work, called the cheapest way its API has.
 *
 * Outputs are new tensors on each run. Handing in tensors to write into is no option: natively it gains nothing, and the
 * WebAssembly build leaves them as they were (both seen in 1.30).
 */

import { onnxModel, stateNames } from '../onnx-model.mjs';

/** One run per call, with every output read by the caller of a recurrent layer: Y, Y_h and Y_c. */
function sequenceCandidate(ort, session, { steps, batch, width }, inputs) {
  const feeds = { X: new ort.Tensor('float32', inputs[0], [steps, batch, width]) };
  let last;
  return {
    reset() {},
    async run(count) {
      for (let call = 0; call < count; call++) last = await session.run(feeds);
    },
    output: () => last.Y.data,
  };
}

/** The state goes out of one run and into the next as the same tensors. */
function stepCandidate(ort, session, { cell, batch, width }, inputs) {
  const frames = inputs.map((input) => new ort.Tensor('float32', input, [1, batch, width]));
  const states = stateNames(cell).map((state) => ({ initial: `initial_${state}`, final: `Y_${state}` }));
  const feeds = {};
  let next = 0;
  return {
    reset() {
      next = 0;
      for (const { initial } of states) {
        feeds[initial] = new ort.Tensor('float32', new Float32Array(batch * width), [1, batch, width]);
      }
    },
    async run(count) {
      for (let call = 0; call < count; call++) {
        feeds.X = frames[next];
        next = (next + 1) % frames.length;
        const results = await session.run(feeds);
        for (const { initial, final } of states) feeds[initial] = results[final];
      }
    },
    output: () => feeds.initial_h.data,
  };
}

/** @returns the engine's `load(work, data)`, which gives a list with its one candidate */
export function ortLoader(ort, sessionOptions) {
  return async (work, { parameters, inputs }) => {
    const session = await ort.InferenceSession.create(onnxModel(work, parameters), {
      ...sessionOptions,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
    const open = work.calls === 'step' ? stepCandidate : sequenceCandidate;
    return [
      { call: 'run', isCompared: true, ...open(ort, session, work, inputs), close: () => session.release() },
    ];
  };
}
