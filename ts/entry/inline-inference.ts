/** `inline` without training: half as much to download, for pages that only run networks. */
import { registerHost } from '../backend/host.js';
import { inlineHost } from '../backend/inline-host.js';

declare const INLINE_SIMD128_INFERENCE: string;

registerHost(inlineHost(INLINE_SIMD128_INFERENCE, { isa: 'simd128', trains: false }));

export * from '../index.js';
