/** Bytes that a page loads before it can run a recurrent layer: the smallest bundle that each engine publishes. */

import { fileURLToPath } from 'node:url';
import { browserFiles } from './browser-files.mjs';
import { brotliBytes, gzipBytes, rawBytes } from './compressed.mjs';

const PEERS = {
  'onnxruntime-web': [
    'onnxruntime-web/dist/ort.wasm.min.mjs',
    'onnxruntime-web/dist/ort-wasm-simd-threaded.mjs',
    'onnxruntime-web/dist/ort-wasm-simd-threaded.wasm',
  ],
  'tensorflow.js wasm': [
    '@tensorflow/tfjs-core/dist/tf-core.fesm.min.js',
    '@tensorflow/tfjs-layers/dist/tf-layers.fesm.min.js',
    '@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.fesm.min.js',
    '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm',
  ],
  'tensorflow.js cpu': [
    '@tensorflow/tfjs-core/dist/tf-core.fesm.min.js',
    '@tensorflow/tfjs-layers/dist/tf-layers.fesm.min.js',
    '@tensorflow/tfjs-backend-cpu/dist/tf-backend-cpu.fesm.min.js',
  ],
  'brain.js': ['brain.js/browser.min.js'],
};

const installed = (path) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url));

/** @returns `{ engine, raw, gzip, brotli }` */
export function shipped() {
  const files = {
    'cellgate, inference': browserFiles({ training: false }),
    'cellgate, with training': browserFiles({ training: true }),
    ...Object.fromEntries(Object.entries(PEERS).map(([name, paths]) => [name, paths.map(installed)])),
  };
  return Object.entries(files).map(([engine, paths]) => ({
    engine,
    raw: rawBytes(paths),
    gzip: gzipBytes(paths),
    brotli: brotliBytes(paths),
  }));
}
