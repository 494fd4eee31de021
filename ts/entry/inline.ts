/** The package with WebAssembly inside the script: no asset, and no `init` where it may be compiled at once. */
import { registerHost } from '../backend/host.js';
import { inlineHost } from '../backend/inline-host.js';

declare const INLINE_SIMD128: string;

registerHost(inlineHost(INLINE_SIMD128, { isa: 'simd128', trains: true }));

export * from '../index.js';
