/** Peer: TensorFlow.js, `trainOnBatch` of a layers model on one backend and one thread. */

import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { reorderGates, TORCH_GATES } from '../../data.mjs';
import { LEARNING_RATE } from '../../training/works.mjs';
import { KERAS_GATES, openTensorflow, resetAfter, ZEROS } from './keras.mjs';

const EPSILON = 1e-8;
const NAMES = ['weight_ih_l0', 'weight_hh_l0'];

function makeLayer({ cell, steps, inputSize, hiddenSize }) {
  const layer = layers[cell]({
    ...ZEROS,
    units: hiddenSize,
    inputShape: [steps, inputSize],
    recurrentActivation: 'sigmoid',
    useBias: false,
  });
  if (cell === 'gru') layer.cell.call = resetAfter();
  return layer;
}

const transposed = (tensor) => tf.tidy(() => tf.transpose(tensor));

function load(work, { parameters, x, y }) {
  const { cell, steps, batch, inputSize, hiddenSize } = work;
  const rows = TORCH_GATES[cell].length * hiddenSize;
  const model = sequential();
  model.add(makeLayer(work));
  model.compile({
    optimizer: tf.train.adam(LEARNING_RATE, 0.9, 0.999, EPSILON),
    loss: 'meanSquaredError',
  });
  const weights = NAMES.map((name) => {
    const ordered = reorderGates(parameters[name], TORCH_GATES[cell], KERAS_GATES[cell]);
    return transposed(tf.tensor2d(ordered, [rows, ordered.length / rows]));
  });
  model.setWeights(weights);
  const inputs = tf.tensor3d(x, [batch, steps, inputSize]);
  const targets = tf.tensor2d(y, [batch, hiddenSize]);
  return {
    async run(count) {
      for (let call = 0; call < count; call++) await model.trainOnBatch(inputs, targets);
    },
    async answer(count) {
      const losses = [];
      for (let call = 0; call < count; call++) losses.push(await model.trainOnBatch(inputs, targets));
      const updated = model.getWeights().map((weight, index) => {
        const data = transposed(weight).dataSync();
        return [NAMES[index], reorderGates(data, KERAS_GATES[cell], TORCH_GATES[cell])];
      });
      return { losses: Float32Array.from(losses), ...Object.fromEntries(updated) };
    },
    close() {
      tf.dispose([weights, inputs, targets]);
      model.dispose();
    },
  };
}

export const open = async (backend) => ({ ...(await openTensorflow(backend)), load });
