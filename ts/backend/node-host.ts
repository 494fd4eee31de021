/** Node: the native addon from `dist/native`, or else WebAssembly read from `dist/wasm`; both without waiting. */

import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { reasonOf } from '../errors.js';
import * as glue from '../wasm/cellgate.js';
import { compileSource } from './compile.js';
import type { Host } from './host.js';
import { nativeBackend } from './native.js';
import type { RawBackend } from './raw.js';
import type { WasmIsa } from './source.js';
import type { WasmGlue } from './wasm.js';

function wasmPath(isa: WasmIsa, training: boolean): string {
  return fileURLToPath(new URL(`../wasm/${isa}${training ? '' : '-inference'}.wasm`, import.meta.url));
}

const LINUX_ABIS: Record<string, readonly string[]> = { arm: ['gnueabihf', 'musleabihf'] };

/** Names that the napi tools give to the addon for this platform. Of two C libraries, the running one's first. */
function platformNames(): string[] {
  const { platform, arch } = process;
  if (platform === 'win32') return [`win32-${arch}-msvc`];
  if (platform === 'darwin') return [`darwin-${arch}`, 'darwin-universal'];
  if (platform !== 'linux') return [`${platform}-${arch}`];
  return (LINUX_ABIS[arch] ?? ['gnu', 'musl']).map((abi) => `linux-${arch}-${abi}`);
}

function runsOnMusl(): boolean {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report !== undefined && report.header?.glibcVersionRuntime === undefined;
}

function addonPaths(): string[] {
  // For the tests of the fallback: a path to load in place of the package's own addon.
  const override = variable('CELLGATE_NATIVE_PATH');
  if (override !== undefined) return [override];
  const paths = platformNames().map((name) =>
    fileURLToPath(new URL(`../native/cellgate.${name}.node`, import.meta.url)),
  );
  const existing = paths.filter((path) => existsSync(path));
  if (existing.length === 0) throw new Error(`no addon for this platform: ${paths.join(', ')} not found`);
  // The report takes milliseconds, so it is made only where there is something to choose.
  return existing.length > 1 && process.platform === 'linux' && runsOnMusl() ? existing.reverse() : existing;
}

/** The addon as its own declarations have it, which the compiler holds against what the adapter expects. */
type Addon = typeof import('../native/cellgate.js');

function isAddon(loaded: unknown): loaded is Addon {
  return (
    typeof loaded === 'object' &&
    loaded !== null &&
    'rawInit' in loaded &&
    'rawLimitMemory' in loaded &&
    'RawModule' in loaded
  );
}

let addon: Addon | undefined;

function loadAddon(): Addon {
  const load = createRequire(import.meta.url);
  const reasons: string[] = [];
  for (const path of addonPaths()) {
    try {
      const loaded: unknown = load(path);
      if (isAddon(loaded)) {
        // A container's limit; 0 or more than the machine has, where there is none.
        const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
        loaded.rawLimitMemory(Math.min(totalmem(), limit));
        return loaded;
      }
      reasons.push(`${path}: not an addon of cellgate`);
    } catch (error) {
      reasons.push(reasonOf(error));
    }
  }
  throw new Error(reasons.join('; '));
}

/** Text without a scheme of the web is a path: `C:\\cellgate.wasm` parses as a URL, too. */
function readAddress(address: URL | string): Promise<Response | BufferSource> {
  const text = String(address);
  if (/^(https?|data|blob):/.test(text)) return fetch(text);
  return readFile(text.startsWith('file:') ? new URL(text) : text);
}

/** Deno has variables only where they are allowed. */
function variable(name: string): string | undefined {
  try {
    return process.env[name] || undefined;
  } catch {
    return undefined;
  }
}

let glueCount = 1;

/** The environment of Node. */
export const nodeHost: Host = {
  kinds: ['native', 'wasm'],
  environment: () => ({
    backend: variable('CELLGATE_BACKEND'),
    isa: variable('CELLGATE_ISA'),
  }),
  // Not the stream itself: it is opened when it is first asked for.
  get terminal() {
    return process.stderr;
  },
  native(isa): RawBackend {
    addon ??= loadAddon();
    return nativeBackend(addon, isa);
  },
  readWasm: (isa, training) => new WebAssembly.Module(readFileSync(wasmPath(isa, training))),
  loadWasm: async (isa, training) => WebAssembly.compile(await readFile(wasmPath(isa, training))),
  compileWasm: (source) => compileSource(source, readAddress),
  glue,
  async moreGlue(): Promise<WasmGlue> {
    // Another query makes Node evaluate the glue anew: the glue has room for one instance.
    const url = new URL(`../wasm/cellgate.js?instance=${glueCount++}`, import.meta.url);
    return (await import(url.href)) as WasmGlue;
  },
};
