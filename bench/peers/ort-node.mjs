/** Peer: ONNX Runtime's native addon, its CPU provider on one thread. */

import { createRequire } from 'node:module';
import { ortLoader } from './ort.mjs';

const require = createRequire(import.meta.url);

export async function open() {
  const { default: ort } = await import('onnxruntime-node');
  return {
    name: 'onnxruntime-node',
    version: require('onnxruntime-node/package.json').version,
    load: ortLoader(ort, { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1 }),
  };
}
