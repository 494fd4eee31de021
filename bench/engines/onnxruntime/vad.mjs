/** Peer: ONNX Runtime runs the published detector as its own package does: a frame with the end of the one before, the state. */

import { readModel } from '../../../examples/vad/model.mjs';
import { createSession, openRuntime } from './runtime.mjs';

/** @param kind `'node'` or `'web'` */
export async function open(kind) {
  const runtime = await openRuntime(kind, 1);
  const { ort } = runtime;
  const bytes = await readModel();
  const load = async ({ rate, frameSize, context }, { frames }) => {
    const session = await createSession(runtime, bytes);
    const samples = new Float32Array(context + frameSize);
    const feeds = { sr: new ort.Tensor('int64', BigInt64Array.of(BigInt(rate)), []) };
    const reset = () => {
      samples.fill(0);
      feeds.state = new ort.Tensor('float32', new Float32Array(256), [2, 1, 128]);
    };
    reset();
    const probability = async (frame) => {
      samples.copyWithin(0, frameSize);
      samples.set(frame, context);
      feeds.input = new ort.Tensor('float32', samples, [1, samples.length]);
      const { output, stateN } = await session.run(feeds);
      feeds.state = stateN;
      return output.data[0];
    };
    let next = 0;
    return {
      async run(count) {
        for (let call = 0; call < count; call++) {
          await probability(frames[next]);
          next = (next + 1) % frames.length;
        }
      },
      async answer(count) {
        reset();
        next = 0;
        const probabilities = new Float32Array(count);
        for (let at = 0; at < count; at++) probabilities[at] = await probability(frames[at]);
        return { probabilities };
      },
      close: () => session.release(),
    };
  };
  return { name: `onnxruntime-${kind}`, version: runtime.version, load };
}
