/** Browsers and workers: WebAssembly by address, which bundlers see as assets of this module. */

import { initSync, RawModule, rawIsa } from '../wasm/cellgate.js';
import { compileSource } from './compile.js';
import type { Host } from './host.js';
import type { WasmSource } from './source.js';

function compile(source: WasmSource): Promise<WebAssembly.Module> {
  return compileSource(source, (address) => fetch(address));
}

/** The environment of a page or worker. */
export const browserHost: Host = {
  kinds: ['wasm'],
  environment: () => ({}),
  // Written out twice: bundlers need the literal paths.
  loadWasm: (isa) =>
    compile(
      isa === 'relaxed'
        ? new URL('../wasm/relaxed.wasm', import.meta.url)
        : new URL('../wasm/simd128.wasm', import.meta.url),
    ),
  compileWasm: compile,
  // By name: the glue's own loader, with an address of its own, stays out of what is bundled.
  glue: { initSync, RawModule, rawIsa },
};
