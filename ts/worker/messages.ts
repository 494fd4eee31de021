/**
 * What a page and the worker that trains for it tell each other:
 *
 *     worker   started        told ...        ended or failed
 *     page            fit           next ...
 *
 * The worker waits for `next` after each `told`, so that callbacks are awaited and nothing piles up. Models travel as the
 * bytes that `save` gives, and like all arrays they change hands without being copied.
 */

import type { WasmSource } from '../backend/source.js';
import type { ErrorCode } from '../errors.js';
import type { PlainOptions } from '../options.js';
import { Tensor } from '../tensor.js';
import type { TrainingData } from '../training/data.js';
import type { BatchInfo, EpochInfo, History } from '../training/history.js';

/** A tensor without its class. */
export interface SentTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** Data with tensors without their class. */
export interface SentData {
  readonly x: SentTensor;
  readonly y: SentTensor;
  readonly weights?: SentTensor;
  readonly lengths?: readonly number[];
}

/** From the page. */
export type Request =
  | {
      readonly kind: 'fit';
      readonly wasm: WasmSource;
      readonly model: Uint8Array;
      readonly data: SentData;
      readonly validation: SentData | undefined;
      /** The other options that are data. */
      readonly options: PlainOptions;
      readonly resume: boolean;
      /** Whether to tell of batches, too. */
      readonly tellsBatches: boolean;
      readonly isAborted: boolean;
    }
  | { readonly kind: 'next'; readonly hasFailed: boolean; readonly isAborted: boolean }
  | { readonly kind: 'abort' };

/** From the worker. */
export type Report =
  /** `lock`: the name of a lock that is free when the worker is gone; absent where there are no locks. */
  | { readonly kind: 'started'; readonly lock: string | undefined }
  | { readonly kind: 'told'; readonly epoch: EpochInfo; readonly model: Uint8Array }
  | { readonly kind: 'told'; readonly batch: BatchInfo; readonly model: Uint8Array }
  | { readonly kind: 'ended'; readonly history: History; readonly model: Uint8Array }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly where: string;
      readonly expected: string;
      readonly got: string;
      /** Absent where there was none yet. */
      readonly model: Uint8Array | undefined;
    };

/**
 * Data as they are sent.
 * @param isGiven whether to send the arrays themselves, or copies
 */
export function packData({ x, y, weights, lengths }: TrainingData, isGiven: boolean): SentData {
  const pack = ({ shape, data }: SentTensor): SentTensor => ({ shape, data: isGiven ? data : data.slice() });
  return {
    x: pack(x),
    y: pack(y),
    ...(weights && { weights: pack(weights) }),
    ...(lengths && { lengths }),
  };
}

/** The buffers of data, each once. */
export function buffersOf(...all: (SentData | undefined)[]): Transferable[] {
  const tensors = all.flatMap((data) =>
    data ? [data.x, data.y, ...(data.weights ? [data.weights] : [])] : [],
  );
  return [...new Set(tensors.map(({ data }) => data.buffer as ArrayBuffer))];
}

/** Data as they came. */
export function unpackData({ x, y, weights, lengths }: SentData): TrainingData {
  const unpack = ({ shape, data }: SentTensor) => new Tensor(data as Float32Array<ArrayBuffer>, [...shape]);
  return {
    x: unpack(x) as never,
    y: unpack(y),
    ...(weights && { weights: unpack(weights) }),
    ...(lengths && { lengths }),
  };
}
