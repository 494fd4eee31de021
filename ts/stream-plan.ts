/** What streams and pools are opened on. */

import type { DType } from './buffers.js';
import { fail } from './errors.js';
import type { LayerInfo } from './module.js';
import { networkOf } from './network.js';
import type { StateLayout } from './state.js';

export interface StreamPlan {
  /** `lstm.stream` */
  readonly where: string;
  readonly dtype: DType;
  /** Values per sequence and frame. */
  readonly inputSize: number;
  readonly outputSize: number;
  /** Ids are below; undefined where frames are no ids. */
  readonly vocabularySize: number | undefined;
  /** One per recurrent layer. */
  readonly layouts: readonly StateLayout[];
  /** Whether `state` is a list with an entry per recurrent layer. */
  readonly isList: boolean;
}

/** The plan of a layer or model for one of its calls. */
export function streamPlan(info: LayerInfo, call: 'stream' | 'streamPool'): StreamPlan {
  const { name, dtype, inputSize, outputSize, vocabularySize, layouts } = networkOf(info);
  const where = `${name}.${call}`;
  if (inputSize === undefined || outputSize === undefined) {
    return fail('unsupported', where, 'a layer must say how many values a frame has', 'layers of any size');
  }
  return { where, dtype, inputSize, outputSize, vocabularySize, layouts, isList: info.layers !== undefined };
}
