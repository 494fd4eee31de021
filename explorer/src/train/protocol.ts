/** What the page and its training worker say to each other. */

import type { Task } from './task';

export const CELLS = ['lstm', 'gru', 'rnn'] as const;
export type Cell = (typeof CELLS)[number];

export interface Plan {
  readonly task: Task;
  readonly cell: Cell;
  readonly hiddenSize: number;
  readonly epochs: number;
  readonly learningRate: number;
}

export type ToWorker =
  | { readonly kind: 'start'; readonly plan: Plan }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'stop' };

/** Numbers of an epoch that has ended. */
export interface Epoch {
  readonly epoch: number;
  readonly loss: number;
  readonly valLoss: number;
  /** What the network says of the validation part. */
  readonly said: Float32Array<ArrayBuffer>;
}

export type FromWorker =
  | { readonly kind: 'batch'; readonly epoch: number; readonly share: number }
  | ({ readonly kind: 'epoch' } & Epoch)
  | { readonly kind: 'done'; readonly bytes: Uint8Array<ArrayBuffer>; readonly isStopped: boolean }
  | { readonly kind: 'failed'; readonly message: string };
