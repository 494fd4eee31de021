/**
 * Peer: TensorFlow.js, `trainOnBatch` of a layers model on one backend and one thread.
 *
 * Its own GRU only resets before the product: the call of its cell is replaced by one that resets after it, with one
 * product less and no splitting of weights.
 */

import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { TORCH_GATES } from '../../data.mjs';
import { LEARNING_RATE } from '../shapes.mjs';

/** Columns of kernel and recurrent kernel. */
const KERAS_GATES = { lstm: ['i', 'f', 'g', 'o'], gru: ['z', 'r', 'n'] };
const EPSILON = 1e-8;

function resetAfter([x, h]) {
  return tf.tidy(() => {
    const [xz, xr, xn] = tf.split(tf.matMul(x, this.kernel.read()), 3, 1);
    const [hz, hr, hn] = tf.split(tf.matMul(h, this.recurrentKernel.read()), 3, 1);
    const z = tf.sigmoid(tf.add(xz, hz));
    const r = tf.sigmoid(tf.add(xr, hr));
    const n = tf.tanh(tf.add(xn, tf.mul(r, hn)));
    const next = tf.add(n, tf.mul(z, tf.sub(h, n)));
    return [next, next];
  });
}

function makeLayer({ cell, steps, inputSize, hiddenSize }) {
  // Zeros, because weights follow, and its orthogonal matrices take long.
  const layer = layers[cell]({
    units: hiddenSize,
    inputShape: [steps, inputSize],
    recurrentActivation: 'sigmoid',
    kernelInitializer: 'zeros',
    recurrentInitializer: 'zeros',
    useBias: false,
  });
  if (cell === 'gru') layer.cell.call = resetAfter;
  return layer;
}

/** `[gates * hidden, columns]` by blocks of rows, each in another's place. */
function reorder(data, from, to) {
  const block = data.length / from.length;
  const out = new Float32Array(data.length);
  to.forEach((gate, index) => {
    const start = from.indexOf(gate) * block;
    out.set(data.subarray(start, start + block), index * block);
  });
  return out;
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
  const names = ['weight_ih_l0', 'weight_hh_l0'];
  const weights = names.map((name) => {
    const ordered = reorder(parameters[name], TORCH_GATES[cell], KERAS_GATES[cell]);
    return transposed(tf.tensor2d(ordered, [rows, ordered.length / rows]));
  });
  model.setWeights(weights);
  const inputs = tf.tensor3d(x, [batch, steps, inputSize]);
  const targets = tf.tensor2d(y, [batch, hiddenSize]);
  return {
    step: () => model.trainOnBatch(inputs, targets),
    parameters: () =>
      Object.fromEntries(
        model.getWeights().map((weight, index) => {
          const data = transposed(weight).dataSync();
          return [names[index], reorder(data, KERAS_GATES[cell], TORCH_GATES[cell])];
        }),
      ),
    close() {
      tf.dispose([weights, inputs, targets]);
      model.dispose();
    },
  };
}

export async function open(backend) {
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend ${backend}`);
  await tf.ready();
  return { name: `tensorflow.js ${backend}`, version: tf.version_core, load };
}
