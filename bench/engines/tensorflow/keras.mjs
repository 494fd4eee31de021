/** What the suites of TensorFlow.js share: its backends, and layers that compute what PyTorch's do. */

import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';

/** Columns of kernel, recurrent kernel and bias. */
export const KERAS_GATES = { lstm: ['i', 'f', 'g', 'o'], gru: ['z', 'r', 'n'], rnn: ['h'] };

/** One thread: its threads need a browser. */
export async function openTensorflow(backend) {
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend ${backend}`);
  await tf.ready();
  return { name: `tensorflow.js ${backend}`, version: tf.version_core };
}

/** Zeros, because weights follow, and its orthogonal matrices take long. */
export const ZEROS = { kernelInitializer: 'zeros', recurrentInitializer: 'zeros' };

/**
 * Its own GRU only resets before the product: this is the call of a cell that resets after it, with one product less and no
 * splitting of weights.
 *
 * @param recurrentBias `[1, 3 * hidden]`, left out where there are none
 */
export function resetAfter(recurrentBias) {
  return function call([x, h]) {
    return tf.tidy(() => {
      const product = tf.matMul(x, this.kernel.read());
      const recurrent = tf.matMul(h, this.recurrentKernel.read());
      const [xz, xr, xn] = tf.split(this.useBias ? tf.add(product, this.bias.read()) : product, 3, 1);
      const [hz, hr, hn] = tf.split(recurrentBias ? tf.add(recurrent, recurrentBias) : recurrent, 3, 1);
      const z = tf.sigmoid(tf.add(xz, hz));
      const r = tf.sigmoid(tf.add(xr, hr));
      const n = tf.tanh(tf.add(xn, tf.mul(r, hn)));
      const next = tf.add(n, tf.mul(z, tf.sub(h, n)));
      return [next, next];
    });
  };
}
