/** ONNX Runtime's native addon or its WebAssembly build, and sessions of it. */

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

const PACKAGES = {
  async node(threads) {
    const { default: ort } = await import('onnxruntime-node');
    const { version } = require('onnxruntime-node/package.json');
    const options = { executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1 };
    return { ort, version, options };
  },
  /** Without its worker. */
  async web(threads) {
    const { default: ort } = await import('onnxruntime-web');
    ort.env.wasm.numThreads = threads;
    ort.env.wasm.proxy = false;
    return { ort, version: ort.env.versions.web, options: { executionProviders: ['wasm'] } };
  },
};

/** @param kind `'node'` or `'web'` */
export const openRuntime = (kind, threads) => PACKAGES[kind](threads);

/** @param model bytes of a file */
export function createSession({ ort, options }, model) {
  return ort.InferenceSession.create(model, {
    ...options,
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  });
}
