/** Wherever scripts run: WebAssembly inside the script, with nothing to fetch, so that it also starts at once. */

import { initSync, RawModule, rawIsa } from '../wasm/cellgate.js';
import { decodeAscii } from './ascii.js';
import { compileSource } from './compile.js';
import type { Host } from './host.js';
import type { WasmIsa } from './source.js';

/**
 * An environment whose script holds one artefact.
 * @param text as `bindings/build/ascii.mjs` writes it
 */
export function inlineHost(text: string, artefact: { isa: WasmIsa; trains: boolean }): Host {
  const bytesFor = (isa: WasmIsa, training: boolean): Uint8Array<ArrayBuffer> => {
    if (isa !== artefact.isa) throw new Error(`this script holds '${artefact.isa}' only`);
    if (training && !artefact.trains) throw new Error('this script holds no training');
    return decodeAscii(text);
  };
  return {
    kinds: ['wasm'],
    artefact,
    environment: () => ({}),
    readWasm: (isa, training) => new WebAssembly.Module(bytesFor(isa, training)),
    loadWasm: async (isa, training) => WebAssembly.compile(bytesFor(isa, training)),
    compileWasm: (source) => compileSource(source, (address) => fetch(address)),
    glue: { initSync, RawModule, rawIsa },
  };
}
