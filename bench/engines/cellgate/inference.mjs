/**
 * cellgate: a sequence is one `forward` on time-major data, the layout that ONNX has; a step is `step` of a stream, with one
 * array that is filled anew for each frame, as a program does that gets its frames from somewhere.
 */

import { makeLayer, openCellgate } from './open.mjs';

function sequenceModel({ tensor }, layer, { steps, batch, inputSize }, { inputs }) {
  const x = tensor(inputs[0], [steps, batch, inputSize]);
  const options = { timeMajor: true };
  let last;
  const run = (count) => {
    for (let call = 0; call < count; call++) last = layer.forward(x, options);
  };
  return {
    run,
    answer(count) {
      run(count);
      return { output: last.output.data };
    },
    close: () => layer.dispose(),
  };
}

function stepModel({ tensor }, layer, { batch }, { inputs, start }) {
  const stream = layer.stream({ batch });
  const frame = new Float32Array(inputs[0].length);
  let next = 0;
  let last;
  const run = (count) => {
    for (let call = 0; call < count; call++) {
      frame.set(inputs[next]);
      last = stream.step(frame);
      next = (next + 1) % inputs.length;
    }
  };
  const rewind = () => {
    next = 0;
    stream.reset();
    if (start === undefined) return;
    const filled = Object.entries(stream.state).map(([name, { data, shape }]) => [
      name,
      tensor(new Float32Array(data.length).fill(start), shape),
    ]);
    stream.state = Object.fromEntries(filled);
  };
  return {
    run,
    answer(count) {
      rewind();
      run(count);
      return { output: last.slice() };
    },
    close() {
      stream.dispose();
      layer.dispose();
    },
  };
}

export async function open(backend, isa, root) {
  const { cellgate, about } = await openCellgate(backend, isa, root);
  const load = (work, data) => {
    const { cell, resetAfter, inputSize, hiddenSize, layers, isBidirectional } = work;
    const sizes = { inputSize, hiddenSize, layers, bidirectional: isBidirectional };
    const options = { ...sizes, ...(cell === 'gru' && { resetAfter }) };
    const layer = makeLayer(cellgate, cell, options, data.parameters);
    return (work.calls === 'step' ? stepModel : sequenceModel)(cellgate, layer, work, data);
  };
  return { ...about, load };
}
