/** cellgate's native addon on the best instruction set, or the one of `CELLGATE_ISA`. */

import { openCellgate } from './cellgate.mjs';

export const open = () => openCellgate({ backend: 'native' }, 'onnxruntime-node');
