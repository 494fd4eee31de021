/** cellgate's two WebAssembly artefacts. */

import { openCellgate } from './cellgate.mjs';

/** @param isa `'simd128'` or `'relaxed'` */
export const open = (isa) => openCellgate({ backend: 'wasm', isa }, 'onnxruntime-web');
