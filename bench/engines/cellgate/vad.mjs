/** cellgate: the voice detector of examples/vad, built of layers, or the network of the file as the importer runs it. */

import { SpeechDetector } from '../../../examples/vad/detector.mjs';
import { readModel } from '../../../examples/vad/model.mjs';
import { readWeights } from '../../../examples/vad/weights.mjs';
import { importEntry, openCellgate } from './open.mjs';

async function layers(bytes, { rate }, cellgate) {
  const detector = new SpeechDetector(cellgate, readWeights(bytes, rate));
  return {
    probability: (frame) => detector.probability(frame),
    reset: () => detector.reset(),
    close: () => detector.dispose(),
  };
}

async function importer(bytes, { rate, frameSize, context }, { tensor }) {
  const { loadOnnx } = await importEntry('./onnx');
  const network = loadOnnx(bytes);
  const length = context + frameSize;
  const input = tensor(new Float32Array(length), [1, length]);
  const sr = tensor(BigInt64Array.of(BigInt(rate)), []);
  let state;
  const reset = () => {
    input.data.fill(0);
    state = tensor(new Float32Array(256), [2, 1, 128]);
  };
  reset();
  return {
    probability(frame) {
      input.data.copyWithin(0, frameSize);
      input.data.set(frame, context);
      const { output, stateN } = network.run({ input, state, sr });
      state = stateN;
      return output.data[0];
    },
    reset,
    close: () => network.dispose(),
  };
}

const FORMS = { layers, importer };

/** @param form `'layers'` or `'importer'` */
export async function open(backend, isa, form) {
  const { cellgate, about } = await openCellgate(backend, isa);
  const bytes = await readModel();
  const load = async (work, { frames }) => {
    const { probability, reset, close } = await FORMS[form](bytes, work, cellgate);
    let next = 0;
    const run = (count) => {
      for (let call = 0; call < count; call++) {
        probability(frames[next]);
        next = (next + 1) % frames.length;
      }
    };
    return {
      run,
      answer(count) {
        reset();
        next = 0;
        return { probabilities: Float32Array.from({ length: count }, (_, at) => probability(frames[at])) };
      },
      close,
    };
  };
  return { ...about, load };
}
