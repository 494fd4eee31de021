/** Compiles WebAssembly from wherever it comes. */

import type { WasmSource } from './source.js';

async function compileResponse(response: Response): Promise<WebAssembly.Module> {
  if (!response.ok) throw new Error(`${response.url}: status ${response.status}`);
  // Streaming compilation refuses other media types; servers that do not know .wasm are common.
  return response.headers.get('content-type') === 'application/wasm'
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

/** Whether this can be compiled by {@link compileSource}. */
export function isWasmSource(source: unknown): source is WasmSource {
  return (
    typeof source === 'string' ||
    source instanceof URL ||
    source instanceof WebAssembly.Module ||
    source instanceof ArrayBuffer ||
    ArrayBuffer.isView(source) ||
    (typeof Response !== 'undefined' && source instanceof Response)
  );
}

/**
 * Compiles a source that `init` was given; `open` fetches addresses.
 * @throws what the fetch or the compiler throws
 */
export async function compileSource(
  source: WasmSource,
  open: (address: URL | string) => Promise<Response | BufferSource>,
): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source === 'string' || source instanceof URL) return compileSource(await open(source), open);
  return ArrayBuffer.isView(source) || source instanceof ArrayBuffer
    ? WebAssembly.compile(source)
    : compileResponse(source);
}
