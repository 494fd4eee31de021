/** What an environment (Node, a browser) offers to load backends from. `node-host.ts` and `browser-host.ts` are such. */

import type { RawBackend } from './raw.js';
import type { BackendKind, WasmIsa, WasmSource } from './source.js';
import type { WasmGlue } from './wasm.js';

/** A place for lines of progress. */
export interface Terminal {
  /** Whether a line can be written over. */
  readonly isTTY?: boolean | undefined;
  /** Characters per line. */
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export interface Host {
  /** Backends that may exist here, the preferred one first. */
  readonly kinds: readonly BackendKind[];
  /** The artefact inside the script, where it is the only one. */
  readonly artefact?: { readonly isa: WasmIsa; readonly trains: boolean };
  /** Choices made outside the program. */
  environment(): { backend?: string | undefined; isa?: string | undefined };
  /** Absent where there is none. */
  readonly terminal?: Terminal;
  /** Opens the native addon; absent where there is none. Throws why it cannot. */
  native?(isa: string | null): RawBackend;
  /** Reads an artefact of this package, with or without training, at once; absent where only asynchronous loading exists. */
  readWasm?(isa: WasmIsa, training: boolean): WebAssembly.Module;
  /** The same, loaded. */
  loadWasm(isa: WasmIsa, training: boolean): Promise<WebAssembly.Module>;
  /** Compiles what the user gave. */
  compileWasm(source: WasmSource): Promise<WebAssembly.Module>;
  /** The glue for the first instance. */
  readonly glue: WasmGlue;
  /** A glue for one more instance; absent where the glue can be loaded only once. */
  moreGlue?(): Promise<WasmGlue>;
}

let registered: Host | undefined;

/** Called by the entry files. One with WebAssembly inside stands above the platform's, whichever is imported first. */
export function registerHost(host: Host): void {
  if (registered?.artefact === undefined) registered = host;
}

/** The environment; undefined where no entry file was imported. */
export function registeredHost(): Host | undefined {
  return registered;
}
