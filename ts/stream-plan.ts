/** What streams and pools are opened on. */

import type { DType } from './buffers.js';
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
  const { name, dtype, inputSize = 1, outputSize = 1, vocabularySize, layouts } = networkOf(info);
  const isList = info.layers !== undefined;
  return { where: `${name}.${call}`, dtype, inputSize, outputSize, vocabularySize, layouts, isList };
}
