/** Everything that `fit` is told, read and checked before anything begins. */

import { describe, fail } from '../errors.js';
import type { Module } from '../module.js';
import type { Network } from '../network.js';
import { type PlainOptions, plain, readOptions, type Values } from '../options.js';
import { type Cut, checkCut, inOrder, type Selection } from './batches.js';
import { checkRows, readData, type Samples } from './data.js';
import { dataReaders, fitReaders, type Metrics, metricsOf } from './fit-options.js';
import { recordOf, type TrainingRecord } from './record.js';

const DEFAULT_BATCH = 32;

export interface Plan {
  readonly where: string;
  readonly network: Network;
  readonly given: Values<typeof fitReaders>;
  /** What of it is data. */
  readonly options: PlainOptions;
  readonly cut: Cut;
  /** The samples to learn from: the first ones. */
  readonly samples: Samples;
  readonly count: number;
  readonly shuffle: boolean;
  readonly validation: Selection | undefined;
  readonly metrics: Metrics;
  /** Where to go on. */
  readonly record: TrainingRecord | undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The size of batches: as asked, or as many as there are up to a default. */
export function batchSizeOf(asked: number | undefined, count: number): number {
  return asked ?? Math.min(DEFAULT_BATCH, Math.max(count, 1));
}

function resumed(where: string, model: Module): TrainingRecord {
  return (
    recordOf(model) ??
    fail('value', where, 'resume must be false for a model that no fit has trained', 'true')
  );
}

type Given = Values<typeof fitReaders>;

/** What an optimiser remembers has the same meaning for those of the same moments. */
function momentsOf({ raw }: Given['optimizer']): string {
  const { optimizer, momentum, centered, amsgrad } = raw;
  return JSON.stringify([optimizer === 'adamw' ? 'adam' : optimizer, momentum !== 0, centered, amsgrad]);
}

/** Refuses options that what the last fit left behind does not fit. */
function checkResume(where: string, { options, standing }: TrainingRecord, given: Given): void {
  const last = readOptions(where, options, fitReaders);
  if (momentsOf(last.optimizer) !== momentsOf(given.optimizer)) {
    const expected = `optimizer must be of the kind of the last fit = ${last.optimizer.raw.optimizer}, with its moments`;
    fail('value', where, expected, given.optimizer.raw.optimizer);
  }
  if (standing.batch === 0) return;
  for (const name of ['batchSize', 'truncate', 'stateful', 'shuffle', 'seed'] as const) {
    if (last[name] === given[name]) continue;
    const expected = `${name} must be that of the last fit = ${last[name]}, which ended in the middle of an epoch`;
    fail('value', where, expected, String(given[name]));
  }
}

/** Shares of samples this near to a whole number are meant to be it: 0.07 * 100 is 7.000000000000001. */
const ROUNDING = 1e-9;

/** Number of samples that are held back for validation. */
function heldBack(where: string, share: number, count: number): number {
  const validation = Math.ceil(count * share * (1 - ROUNDING));
  if (validation > 0 && validation < count) return validation;
  const expected = `validation must leave one of x's sequences = ${count} or more for each side`;
  return fail('value', where, expected, String(share));
}

function checkValidation(
  where: string,
  network: Network,
  samples: Samples,
  { order }: Selection,
  cut: Cut,
): void {
  checkRows(where, 'validation', samples, order[0], order.length);
  if (cut.stateful) checkCut(where, network, order.length, 'validation', cut);
}

function shuffles(where: string, shuffle: boolean | undefined, stateful: boolean): boolean {
  if (shuffle && stateful) fail('value', where, 'shuffle must be false with stateful', 'true');
  return shuffle ?? !stateful;
}

/**
 * Reads and checks data and options.
 * @throws CellgateError for all that is wrong with them but ranges of the optimiser's options, which Rust checks
 */
export function makePlan(
  where: string,
  model: Module,
  network: Network,
  data: unknown,
  options: unknown,
): Plan {
  const record = isRecord(options) && options.resume === true ? resumed(where, model) : undefined;
  const own = isRecord(options) ? Object.entries(options).filter(([, value]) => value !== undefined) : [];
  const merged = record ? { ...record.options, ...Object.fromEntries(own) } : options;
  const given = readOptions(where, merged, fitReaders);
  if (record) checkResume(where, record, given);
  const { loss, truncate, stateful } = given;
  const samples = readData(where, 'data', data, network, loss);
  const share = typeof given.validation === 'number' ? given.validation : undefined;
  const held = share === undefined ? 0 : heldBack(where, share, samples.count);
  const count = samples.count - held;
  const cut = { batchSize: batchSizeOf(given.batchSize, count), truncate, stateful };
  checkCut(where, network, count, 'x', cut);
  checkRows(where, 'y', samples, 0, count);
  const isOther = given.validation !== undefined && share === undefined;
  const other = isOther ? readData(where, 'validation', given.validation, network, loss) : undefined;
  const validation = other ? inOrder(other, 0, other.count) : inOrder(samples, count, held);
  const hasValidation = validation.order.length > 0;
  if (hasValidation) checkValidation(where, network, other ?? samples, validation, cut);
  const hasClasses = [samples, other].some((some) => some?.y.dtype === 'int32');
  const metrics = metricsOf(where, given.metrics, loss, hasClasses);
  if (record?.standing.history.valLoss && !hasValidation) {
    fail('value', where, 'validation must be given again', describe(given.validation));
  }
  return {
    where,
    network,
    given,
    options: plain({ ...(merged as object), ...(isOther ? { validation: undefined } : {}) }, dataReaders),
    cut,
    samples,
    count,
    shuffle: shuffles(where, given.shuffle, stateful),
    validation: hasValidation ? validation : undefined,
    metrics,
    record,
  };
}
