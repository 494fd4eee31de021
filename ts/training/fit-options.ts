/** Options of `fit` and `evaluate`. */

import { describe, fail } from '../errors.js';
import { flag, oneOf, optional, type Reader, size } from '../options.js';
import { type UpdateOptions, updateReaders } from './config.js';
import type { TrainingData } from './data.js';
import type { BatchInfo, EpochInfo } from './history.js';
import { hasAccuracy, LOSSES, type Loss, lossReader, type RawLoss } from './loss.js';
import { type Schedule, scheduleReader } from './schedule.js';
import { type EarlyStopping, stoppingReader } from './stopping.js';

/** What can be told beside the loss. */
export type Metric = 'accuracy' | Loss;

/** Options of {@link Sequential.fit}. */
export interface FitOptions<Data = TrainingData> extends UpdateOptions {
  /** What to make small. */
  loss: Loss;
  /** How the learning rate changes; `'constant'` if left out. */
  schedule?: Schedule | undefined;
  /** How often to go through the data, from 1; 1 if left out. With `resume`, those before are counted. */
  epochs?: number | undefined;
  /** Sequences per update, from 1 to as many as there are; 32, or all if there are fewer, if left out. */
  batchSize?: number | undefined;
  /** A new order in each epoch; true if left out, but with `stateful`, which excludes it. */
  shuffle?: boolean | undefined;
  /** What to evaluate after each epoch: a share of the data, above 0 and below 1, which is taken from their end, or others. */
  validation?: number | Data | undefined;
  /**
   * Cuts sequences into windows of this many steps: the state goes on from one to the next, the gradient does not, and each
   * has its update. The target of a last step counts in the window in which the sequence ends.
   */
  truncate?: number | undefined;
  /**
   * Sequence i of a batch goes on where sequence i of the batch before ended. Each epoch begins from zeros. `batchSize`
   * has to divide the number of sequences.
   */
  stateful?: boolean | undefined;
  /** When to end before the last epoch; `true` for its defaults. Never if left out. */
  earlyStopping?: EarlyStopping | boolean | undefined;
  /**
   * What to tell beside the loss: the accuracy, where the loss has it, and other losses, which are measured after each epoch
   * in a pass of their own over all data. `['accuracy']` where the loss has it, if left out.
   */
  metrics?: readonly Metric[] | undefined;
  /** Called after each epoch, and awaited; the model has the weights of then. */
  onEpoch?: ((info: EpochInfo) => unknown) | undefined;
  /** Called after each batch, and awaited; the model has the weights of then, which takes a copy. */
  onBatch?: ((info: BatchInfo) => unknown) | undefined;
  /** An `AbortSignal`, or anything with `aborted`: ends training after the update at hand. */
  signal?: { readonly aborted: boolean } | undefined;
  /** A line that shows how far training is: `'auto'` (default) in a terminal, `true` also in a log, `false` never. */
  progress?: 'auto' | boolean | undefined;
  /** Goes on where the last `fit` of this model, or of the one that was saved, ended. False if left out. */
  resume?: false | undefined;
}

/**
 * Options of {@link Sequential.fit} that goes on: all that are left out are those of before, but for functions, `signal`
 * and validation data.
 */
export interface ResumeOptions<Data = TrainingData> extends Omit<Partial<FitOptions<Data>>, 'resume'> {
  resume: true;
}

/** Options of {@link Sequential.evaluate}. */
export interface EvaluateOptions {
  /** The loss; that of the last `fit` if left out. */
  loss?: Loss | undefined;
  /** As in `fit`. */
  metrics?: readonly Metric[] | undefined;
  /** Sequences at a time, as in `fit`. */
  batchSize?: number | undefined;
  /** As in `fit`. */
  truncate?: number | undefined;
  /** As in `fit`. */
  stateful?: boolean | undefined;
}

const metricsReader: Reader<readonly ('accuracy' | RawLoss)[] | undefined> = (where, name, value) => {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) fail('value', where, `${name} must be an array of names`, describe(value));
  const metrics: readonly unknown[] = value;
  return metrics.map((metric, index) => {
    const place = `${name}[${index}]`;
    if (typeof metric === 'object') return lossReader(where, place, metric);
    const word = oneOf(['accuracy', ...LOSSES])(where, place, metric);
    return word === 'accuracy' ? word : lossReader(where, place, word);
  });
};

/** What to measure beside a loss. */
export interface Metrics {
  readonly hasAccuracy: boolean;
  readonly losses: readonly RawLoss[];
}

/**
 * What metrics mean for a loss and its targets.
 * @throws CellgateError `value` for metrics that they do not have
 */
export function metricsOf(
  where: string,
  metrics: readonly ('accuracy' | RawLoss)[] | undefined,
  loss: RawLoss,
  hasClasses: boolean,
): Metrics {
  if (metrics === undefined) return { hasAccuracy: hasAccuracy(loss), losses: [] };
  const asked = metrics.includes('accuracy');
  if (asked && !hasAccuracy(loss)) {
    fail('value', where, "metrics must not hold 'accuracy' with a loss that has none", `'${loss.loss}'`);
  }
  const losses = metrics.filter((metric) => metric !== 'accuracy');
  for (const [index, { loss: name }] of losses.entries()) {
    if (losses.findIndex((other) => other.loss === name) < index) {
      fail('value', where, 'metrics must hold a loss once', `'${name}' twice`);
    }
    if (hasClasses && name !== 'crossEntropy') {
      fail('value', where, 'metrics must be losses of classes where y holds classes', `'${name}'`);
    }
  }
  return { hasAccuracy: asked, losses };
}

function callback<Info>(): Reader<((info: Info) => unknown) | undefined> {
  return (where, name, value) => {
    if (value === undefined || typeof value === 'function')
      return value as ((info: Info) => unknown) | undefined;
    return fail('value', where, `${name} must be a function`, describe(value));
  };
}

const signalReader: Reader<{ readonly aborted: boolean } | undefined> = (where, name, value) => {
  if (value === undefined) return undefined;
  if (
    typeof value === 'object' &&
    value !== null &&
    'aborted' in value &&
    typeof value.aborted === 'boolean'
  ) {
    return value as { readonly aborted: boolean };
  }
  return fail('value', where, `${name} must be an AbortSignal`, describe(value));
};

/** A share above 0 and below 1, or data, which are read elsewhere. */
const validationReader: Reader<number | object | undefined> = (where, name, value) => {
  if (value === undefined || (typeof value === 'object' && value !== null)) return value;
  if (typeof value === 'number' && value > 0 && value < 1) return value;
  return fail('value', where, `${name} must be a number above 0 and below 1, or { x, y }`, describe(value));
};

const progressReader: Reader<'auto' | boolean> = (where, name, value) =>
  typeof value === 'boolean' ? value : oneOf(['auto'], 'auto')(where, name, value);

const earlyStoppingReader: Reader<ReturnType<typeof stoppingReader> | undefined> = (where, name, value) => {
  if (value === undefined || value === false) return undefined;
  return stoppingReader(where, name, value === true ? {} : value);
};

/** Options that say how data are cut. */
const cutReaders = {
  batchSize: optional(size()),
  truncate: optional(size()),
  stateful: flag(false),
};

export const evaluateReaders = { ...cutReaders, loss: optional(lossReader), metrics: metricsReader };

/** Options that are data: what a resumed `fit` takes over. */
export const dataReaders = {
  ...updateReaders,
  ...cutReaders,
  loss: lossReader,
  schedule: scheduleReader,
  epochs: size(1),
  shuffle: optional(flag(true)),
  validation: validationReader,
  earlyStopping: earlyStoppingReader,
  metrics: metricsReader,
};

export const fitReaders = {
  ...dataReaders,
  onEpoch: callback<EpochInfo>(),
  onBatch: callback<BatchInfo>(),
  signal: signalReader,
  progress: progressReader,
  resume: flag(false),
};
