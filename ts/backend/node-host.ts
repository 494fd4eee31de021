/** Node: the native addon, or else WebAssembly read from `dist/wasm`; both without waiting. */

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { reasonOf } from '../errors.js';
import * as glue from '../wasm/cellgate.js';
import { type Addon, environmentVariable, loadAddon } from './addon.js';
import { compileSource } from './compile.js';
import type { Host } from './host.js';
import { nativeBackend } from './native.js';
import type { RawBackend } from './raw.js';
import type { WasmIsa } from './source.js';
import type { WasmGlue } from './wasm.js';

function wasmPath(isa: WasmIsa, training: boolean): string {
  return fileURLToPath(new URL(`../wasm/${isa}${training ? '' : '-inference'}.wasm`, import.meta.url));
}

function readArtefact(isa: WasmIsa, training: boolean): WebAssembly.Module {
  const path = wasmPath(isa, training);
  try {
    return new WebAssembly.Module(readFileSync(path));
  } catch (error) {
    throw new Error(`${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Text without a scheme of the web is a path: `C:\\cellgate.wasm` parses as a URL, too. */
function readAddress(address: URL | string): Promise<Response | BufferSource> {
  const text = String(address);
  if (/^(https?|data|blob):/.test(text)) return fetch(text);
  return readFile(text.startsWith('file:') ? new URL(text) : text);
}

let addon: Addon | undefined;
let glueCount = 1;

/** The environment of Node. */
export const nodeHost: Host = {
  kinds: ['native', 'wasm'],
  environment: () => ({
    backend: environmentVariable('CELLGATE_BACKEND'),
    isa: environmentVariable('CELLGATE_ISA'),
  }),
  // Not the stream itself: it is opened when it is first asked for.
  get terminal() {
    return process.stderr;
  },
  native(isa): RawBackend {
    addon ??= loadAddon();
    return nativeBackend(addon, isa);
  },
  readWasm: readArtefact,
  // Compiling beside the program takes three times as long until it is done.
  loadWasm: async (isa, training) => readArtefact(isa, training),
  compileWasm: (source) => compileSource(source, readAddress),
  glue,
  async moreGlue(): Promise<WasmGlue> {
    // Another query makes Node evaluate the glue anew: the glue has room for one instance.
    const url = new URL(`../wasm/cellgate.js?instance=${glueCount++}`, import.meta.url);
    return (await import(url.href)) as WasmGlue;
  },
};
