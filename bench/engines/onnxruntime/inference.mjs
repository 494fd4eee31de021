/**
 * Peer: ONNX Runtime's native addon or its WebAssembly build, one session per work, called the cheapest way its API has.
 *
 * Outputs are new tensors on each run. Handing in tensors to write into is no option: natively it gains nothing, and the
 * WebAssembly build leaves them as they were (both seen in 1.30).
 */

import { onnxModel, statesOf } from './model.mjs';
import { createSession, openRuntime } from './runtime.mjs';

/** One run per call, with every output read by the caller of a recurrent layer: Y and the states. */
function sequenceModel(ort, session, { steps, batch, inputSize }, { inputs }) {
  const feeds = { X: new ort.Tensor('float32', inputs[0], [steps, batch, inputSize]) };
  let last;
  const run = async (count) => {
    for (let call = 0; call < count; call++) last = await session.run(feeds);
  };
  return {
    run,
    async answer(count) {
      await run(count);
      return { output: last.Y.data };
    },
    close: () => session.release(),
  };
}

/** The state goes out of one run and into the next as the same tensors. */
function stepModel(ort, session, work, { inputs }) {
  const { batch, inputSize, hiddenSize } = work;
  const frames = inputs.map((input) => new ort.Tensor('float32', input, [1, batch, inputSize]));
  const states = statesOf(work);
  const lastHidden = states.findLast(({ initial }) => initial.startsWith('initial_h')).initial;
  const feeds = {};
  let next = 0;
  const run = async (count) => {
    for (let call = 0; call < count; call++) {
      feeds.X = frames[next];
      next = (next + 1) % frames.length;
      const results = await session.run(feeds);
      for (const { initial, final } of states) feeds[initial] = results[final];
    }
  };
  const rewind = () => {
    next = 0;
    for (const { initial } of states) {
      const zeros = new Float32Array(batch * hiddenSize);
      feeds[initial] = new ort.Tensor('float32', zeros, [1, batch, hiddenSize]);
    }
  };
  rewind();
  return {
    run,
    async answer(count) {
      rewind();
      await run(count);
      return { output: feeds[lastHidden].data };
    },
    close: () => session.release(),
  };
}

/** @param kind `'node'` or `'web'` */
export async function open(kind, threads) {
  const runtime = await openRuntime(kind, Number(threads));
  const { ort, version } = runtime;
  const load = async (work, data) => {
    const session = await createSession(runtime, onnxModel(work, data.parameters));
    return (work.calls === 'step' ? stepModel : sequenceModel)(ort, session, work, data);
  };
  return { name: `onnxruntime-${kind}`, version, load };
}
