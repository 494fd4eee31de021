/** Compiles WebAssembly from wherever it comes. */

import { reasonOf } from '../errors.js';
import type { CompilableSource, WasmSource } from './source.js';

async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) throw new Error(`status ${response.status}`);
  // Streaming compilation refuses other media types; servers that do not know .wasm are common.
  return response.headers.get('content-type') === 'application/wasm'
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

/** Whether this can be compiled without waiting; narrower than the types tell, to which a module is an empty object. */
export function isCompilable(source: unknown): boolean {
  return (
    source instanceof ArrayBuffer ||
    ArrayBuffer.isView(source) ||
    (typeof WebAssembly !== 'undefined' && source instanceof WebAssembly.Module)
  );
}

/** Whether this can be compiled by {@link compileSource}. */
export function isWasmSource(source: unknown): source is WasmSource {
  return (
    typeof source === 'string' ||
    (typeof URL !== 'undefined' && source instanceof URL) ||
    (typeof Response !== 'undefined' && source instanceof Response) ||
    isCompilable(source)
  );
}

/** @throws what the compiler throws */
export function compileNow(source: CompilableSource): WebAssembly.Module {
  return source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source);
}

/**
 * Compiles a source that `init` was given; `open` fetches addresses.
 * @throws what the fetch or the compiler throws, behind the address
 */
export async function compileSource(
  source: WasmSource,
  open: (address: URL | string) => Promise<Response | BufferSource>,
): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return WebAssembly.compile(source);
  const isAddress = typeof source === 'string' || source instanceof URL;
  try {
    const opened = isAddress ? await open(source) : source;
    return await (opened instanceof Response ? compileResponse(opened) : WebAssembly.compile(opened));
  } catch (error) {
    throw new Error(`${isAddress ? source : source.url}: ${reasonOf(error)}`, { cause: error });
  }
}
