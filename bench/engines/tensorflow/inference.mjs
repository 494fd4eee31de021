/**
 * Peer: TensorFlow.js on one backend and one thread. A sequence goes through `apply` of its layers; a step through `call` of
 * their cells, which costs a fraction of a stateful layer's `predict`. Each call makes a tensor of its input and reads its
 * output.
 */

import * as tf from '@tensorflow/tfjs-core';
import { layers as keras } from '@tensorflow/tfjs-layers';
import { reorderGates, TORCH_GATES } from '../../data.mjs';
import { partsOf } from '../../inference/data.mjs';
import { KERAS_GATES, openTensorflow, resetAfter, ZEROS } from './keras.mjs';

const LAYERS = { lstm: 'lstm', gru: 'gru', rnn: 'simpleRNN' };
const CELLS = { lstm: 'lstmCell', gru: 'gruCell', rnn: 'simpleRNNCell' };
/** Plain JavaScript takes minutes beyond it; WebAssembly is the faster backend there by far. */
const MOST_FLOPS = { cpu: 5e8 };

function sum(left, right) {
  return left.map((value, index) => value + right[index]);
}

/** What Keras has of a layer and direction; a GRU that resets after the product keeps the bias of its product apart. */
function weightsOf({ cell, hiddenSize, resetAfter: isAfter }, { suffix, inputSize }, parameters) {
  const rows = TORCH_GATES[cell].length * hiddenSize;
  const ordered = (kind) =>
    reorderGates(parameters[`${kind}_${suffix}`], TORCH_GATES[cell], KERAS_GATES[cell]);
  const matrix = (kind, columns) => tf.tidy(() => tf.transpose(tf.tensor2d(ordered(kind), [rows, columns])));
  const isApart = cell === 'gru' && isAfter;
  const bias = isApart ? ordered('bias_ih') : sum(ordered('bias_ih'), ordered('bias_hh'));
  return {
    weights: [matrix('weight_ih', inputSize), matrix('weight_hh', hiddenSize), tf.tensor1d(bias)],
    recurrentBias: isApart ? tf.variable(tf.tensor2d(ordered('bias_hh'), [1, rows]), false) : undefined,
  };
}

const optionsOf = ({ hiddenSize }) => ({
  ...ZEROS,
  units: hiddenSize,
  recurrentActivation: 'sigmoid',
  unitForgetBias: false,
});

/** `[rows, columns]` of blocks of `size` values, transposed. */
function swapAxes(data, rows, columns, size) {
  const out = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = (row * columns + column) * size;
      out.set(data.subarray(from, from + size), (column * rows + row) * size);
    }
  }
  return out;
}

function makeLayer(work, parts, parameters) {
  const { steps, batch, isBidirectional } = work;
  const options = { ...optionsOf(work), returnSequences: true };
  const plain = keras[LAYERS[work.cell]](options);
  const layer = isBidirectional ? keras.bidirectional({ layer: plain, mergeMode: 'concat' }) : plain;
  // Its first call makes its weights.
  tf.tidy(() => layer.apply(tf.zeros([batch, steps, parts[0].inputSize])));
  const given = parts.map((part) => weightsOf(work, part, parameters));
  const weights = given.flatMap((own) => own.weights);
  layer.setWeights(weights);
  tf.dispose(weights);
  const directions = isBidirectional ? [layer.forwardLayer, layer.backwardLayer] : [layer];
  given.forEach(({ recurrentBias }, index) => {
    if (recurrentBias) directions[index].cell.call = resetAfter(recurrentBias);
  });
  return layer;
}

function sequenceModel(work, { parameters, inputs }) {
  const { steps, batch, inputSize, hiddenSize, isBidirectional } = work;
  const parts = partsOf(work);
  const layers = Array.from({ length: work.layers }, (_, layer) =>
    makeLayer(
      work,
      parts.filter((part) => part.layer === layer),
      parameters,
    ),
  );
  // Its own layout has the batch first.
  const x = swapAxes(inputs[0], steps, batch, inputSize);
  let last;
  const run = (count) => {
    for (let call = 0; call < count; call++) {
      last = tf.tidy(() => {
        const input = tf.tensor3d(x, [batch, steps, inputSize]);
        return layers.reduce((value, layer) => layer.apply(value), input).dataSync();
      });
    }
  };
  return {
    run,
    answer(count) {
      run(count);
      return { output: swapAxes(last, batch, steps, hiddenSize * (isBidirectional ? 2 : 1)) };
    },
    close: () => tf.disposeVariables(),
  };
}

function makeCell(work, part, parameters) {
  const cell = keras[CELLS[work.cell]](optionsOf(work));
  cell.build([work.batch, part.inputSize]);
  const { weights, recurrentBias } = weightsOf(work, part, parameters);
  cell.setWeights(weights);
  tf.dispose(weights);
  if (recurrentBias) cell.call = resetAfter(recurrentBias);
  return cell;
}

function stepModel(work, { parameters, inputs }) {
  const { cell, batch, inputSize, hiddenSize } = work;
  const cells = partsOf(work).map((part) => makeCell(work, part, parameters));
  const statesPerCell = cell === 'lstm' ? 2 : 1;
  const zeros = () =>
    cells.map(() => Array.from({ length: statesPerCell }, () => tf.zeros([batch, hiddenSize])));
  let states = zeros();
  let next = 0;
  let last;
  const run = (count) => {
    for (let call = 0; call < count; call++) {
      const before = states;
      states = tf.tidy(() => {
        let value = tf.tensor2d(inputs[next], [batch, inputSize]);
        const after = cells.map((own, index) => {
          const [output, ...kept] = own.call([value, ...before[index]], {});
          value = output;
          return kept;
        });
        last = value.dataSync();
        return after;
      });
      tf.dispose(before);
      next = (next + 1) % inputs.length;
    }
  };
  return {
    run,
    answer(count) {
      tf.dispose(states);
      states = zeros();
      next = 0;
      run(count);
      return { output: last };
    },
    close() {
      tf.dispose(states);
      tf.disposeVariables();
    },
  };
}

export async function open(backend) {
  const load = (work, data) => {
    if (work.flops > (MOST_FLOPS[backend] ?? Infinity)) return undefined;
    return (work.calls === 'step' ? stepModel : sequenceModel)(work, data);
  };
  return { ...(await openTensorflow(backend)), load };
}
