/** Browsers and workers: WebAssembly by address, which bundlers see as assets of this module. */

import { initSync, RawModule, rawIsa } from '../wasm/cellgate.js';
import { compileSource } from './compile.js';
import type { Host } from './host.js';
import type { WasmIsa, WasmSource } from './source.js';

function compile(source: WasmSource): Promise<WebAssembly.Module> {
  return compileSource(source, (address) => fetch(address));
}

/** Written out: bundlers need the literal paths. */
function addressOf(isa: WasmIsa, training: boolean): URL {
  if (training) {
    return isa === 'relaxed'
      ? new URL('../wasm/relaxed.wasm', import.meta.url)
      : new URL('../wasm/simd128.wasm', import.meta.url);
  }
  return isa === 'relaxed'
    ? new URL('../wasm/relaxed-inference.wasm', import.meta.url)
    : new URL('../wasm/simd128-inference.wasm', import.meta.url);
}

/** The environment of a page or worker. */
export const browserHost: Host = {
  kinds: ['wasm'],
  environment: () => ({}),
  loadWasm: (isa, training) => compile(addressOf(isa, training)),
  compileWasm: compile,
  // By name: the glue's own loader, with an address of its own, stays out of what is bundled.
  glue: { initSync, RawModule, rawIsa },
};
