/** Peer: ONNX Runtime's WebAssembly build, on one thread and without its worker. */

import { ortLoader } from './ort.mjs';

export async function open() {
  const { default: ort } = await import('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.proxy = false;
  return {
    name: 'onnxruntime-web',
    version: ort.env.versions.web,
    load: ortLoader(ort, { executionProviders: ['wasm'] }),
  };
}
