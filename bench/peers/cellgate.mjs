/**
 * What cellgate's two backends share. A sequence is one `forward` on time-major data, the layout that ONNX has. A
 * single step is timed twice: as `forward` that is given the last state, and as `step` of a stream, which keeps it.
 */

import { readFileSync } from 'node:fs';
import { GRU, init, LSTM, tensor } from '../../dist/entry/node.js';

export const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const LAYERS = { lstm: LSTM, gru: GRU };

function makeLayer({ cell, width }, parameters) {
  const layer = new LAYERS[cell]({ inputSize: width, hiddenSize: width });
  const entries = Object.entries(parameters).map(([name, { data, shape }]) => [name, tensor(data, shape)]);
  layer.loadStateDict(Object.fromEntries(entries));
  return layer;
}

function sequenceCandidate(layer, { steps, batch, width }, inputs) {
  const x = tensor(inputs[0], [steps, batch, width]);
  const options = { timeMajor: true };
  let last;
  return {
    call: 'forward',
    isCompared: true,
    reset() {},
    run(count) {
      for (let call = 0; call < count; call++) last = layer.forward(x, options);
    },
    output: () => last.output.data,
  };
}

function forwardStepCandidate(layer, { batch, width }, inputs) {
  const frames = inputs.map((input) => tensor(input, [1, batch, width]));
  let next = 0;
  let last;
  return {
    call: 'forward',
    isCompared: false,
    reset() {
      next = 0;
      last = undefined;
    },
    run(count) {
      for (let call = 0; call < count; call++) {
        last = layer.forward(frames[next], { timeMajor: true, state: last?.state });
        next = (next + 1) % frames.length;
      }
    },
    output: () => last.output.data,
  };
}

function streamStepCandidate(layer, { batch }, inputs) {
  const stream = layer.stream({ batch });
  let next = 0;
  let last;
  return {
    call: 'step',
    isCompared: true,
    reset() {
      next = 0;
      stream.reset();
    },
    run(count) {
      for (let call = 0; call < count; call++) {
        last = stream.step(inputs[next]);
        next = (next + 1) % inputs.length;
      }
    },
    output: () => last,
    close: () => stream.dispose(),
  };
}

function candidates(layer, work, inputs) {
  if (work.calls === 'sequence') return [sequenceCandidate(layer, work, inputs)];
  return [forwardStepCandidate(layer, work, inputs), streamStepCandidate(layer, work, inputs)];
}

/**
 * Opens a backend beside those that are open already.
 * @param options of `init`
 * @param peer name of the engine whose time is divided by this one's
 */
export async function openCellgate(options, peer) {
  const { kind, isa } = await init(options);
  return {
    name: `cellgate ${kind} ${isa}`,
    version,
    isa,
    peer,
    async load(work, { parameters, inputs }) {
      // Modules belong to the backend that was chosen last.
      await init({ ...options, isa });
      const layer = makeLayer(work, parameters);
      return candidates(layer, work, inputs).map((candidate) => ({
        ...candidate,
        close() {
          candidate.close?.();
          layer.dispose();
        },
      }));
    },
  };
}
