/** What training tells about itself. Types only. */

/** What {@link Sequential.fit} resolves to. One value per epoch, also of those before a `resume`. */
export interface History {
  /** Loss of each epoch, the mean over its batches as they were when the weights changed. */
  loss: number[];
  /** Loss of validation after each epoch. */
  valLoss?: number[];
  /** Share of the rows that were right. */
  accuracy?: number[];
  /** The same of validation. */
  valAccuracy?: number[];
  /** Other losses that `metrics` asks for, by name, after each epoch. */
  metrics?: Record<string, number[]>;
  /** The same of validation. */
  valMetrics?: Record<string, number[]>;
  /** Epochs that were completed. */
  epochs: number;
  /** Why training ended before the last epoch: by the signal, or by early stopping. */
  stopped?: 'aborted' | 'early';
}

/** What `onEpoch` gets. */
export interface EpochInfo {
  /** Number of the epoch that has ended, from 1. */
  readonly epoch: number;
  /** How many there will be. */
  readonly epochs: number;
  /** As in {@link History}. */
  readonly loss: number;
  readonly valLoss?: number;
  readonly accuracy?: number;
  readonly valAccuracy?: number;
  readonly metrics?: Record<string, number>;
  readonly valMetrics?: Record<string, number>;
  /** Learning rate of the last update. */
  readonly lr: number;
}

/** What `onBatch` gets. */
export interface BatchInfo {
  /** Number of the epoch, from 1. */
  readonly epoch: number;
  /** Number of the batch that has ended, from 1. */
  readonly batch: number;
  /** Batches per epoch. */
  readonly batches: number;
  /** Loss of the batch before its update; NaN if no row of it counts. */
  readonly loss: number;
  /** Norm of the gradient over all parameters before clipping, of the last update. */
  readonly norm: number;
  /** Learning rate of the last update. */
  readonly lr: number;
}

/** What {@link Sequential.evaluate} gives. */
export interface Evaluation {
  /** Mean over all rows. */
  loss: number;
  /** Share of the rows that are right, for losses of classes: the largest logit, or the logit's sign. */
  accuracy?: number;
  /** Other losses that `metrics` asks for, by name. */
  metrics?: Record<string, number>;
}
