/** The loop over epochs and batches. */

import type { RawTrainer } from '../backend/raw.js';
import { allocate } from '../buffers.js';
import { CellgateError, fail } from '../errors.js';
import type { Handle } from '../handle.js';
import { countAll, internals, type Module } from '../module.js';
import type { Network } from '../network.js';
import { alone } from './alone.js';
import { Batcher, batchCount, inOrder, type Selection, type Window, windowCount } from './batches.js';
import { openTrainer } from './config.js';
import { Engine } from './engine.js';
import type { EpochInfo, History } from './history.js';
import { Meters } from './meters.js';
import { makePlan, type Plan } from './plan.js';
import { ProgressLine, type ProgressState } from './progress.js';
import { shuffled } from './random.js';
import { keepRecord, type Standing } from './record.js';
import type { Rates } from './schedule.js';
import { Stopping } from './stopping.js';
import { count, meanOf, type Tally } from './tally.js';

/**
 * Trains a model.
 * @throws CellgateError as `Sequential.fit` says
 */
export async function fitModel(
  model: Module,
  network: Network,
  data: unknown,
  options: unknown,
): Promise<History> {
  const where = `${network.name}.fit`;
  internals(model).handle.open(where);
  return alone(where, model, async () => {
    const plan = makePlan(where, model, network, data, options);
    if (plan.given.signal?.aborted) return historyOf(plan.record?.standing ?? NOT_STARTED, 'aborted');
    const run = new Run(model, plan);
    try {
      return await run.all();
    } finally {
      run.close();
    }
  });
}

const NOT_STARTED: Standing = {
  epoch: 0,
  batch: 0,
  tally: [0, 0, 0],
  history: { loss: [] },
  schedule: [],
  stopping: [],
  counters: [],
};

function copyOf(standing: Standing): Standing {
  return JSON.parse(JSON.stringify(standing));
}

function areFinite(values: ArrayLike<number>): boolean {
  return Array.prototype.every.call(values, Number.isFinite);
}

/** One `fit`. The weights that learn are the trainer's; #publish hands them to the model. */
class Run {
  readonly #model: Module;
  readonly #plan: Plan;
  readonly #trainer: Handle<RawTrainer>;
  readonly #engine: Engine;
  readonly #meters: Meters;
  readonly #batcher: Batcher;
  readonly #rates: Rates;
  readonly #stopping: Stopping | undefined;
  readonly #line: ProgressLine;
  readonly #batches: number;
  readonly #windows: number;
  readonly #values: Float32Array<ArrayBuffer>;
  readonly #standing: Standing;
  #best: Float32Array<ArrayBuffer> | undefined;
  #lr: number;

  constructor(model: Module, plan: Plan) {
    const { where, network, given, cut, samples, record } = plan;
    this.#model = model;
    this.#plan = plan;
    this.#standing = copyOf(record?.standing ?? NOT_STARTED);
    this.#batches = batchCount(inOrder(samples, 0, plan.count), cut);
    this.#windows = windowCount(samples, network, cut);
    const updatesPerEpoch = this.#batches * this.#windows;
    const { lr } = given.optimizer;
    this.#rates = given.schedule({ lr, updatesPerEpoch, updates: updatesPerEpoch * given.epochs });
    this.#stopping = given.earlyStopping && new Stopping(given.earlyStopping);
    this.#lr = lr;
    const length = countAll(internals(model).handle.call(where, (raw) => raw.parameters()));
    this.#values = allocate(where, 'parameters', length);
    this.#meters = new Meters(where, model, plan.metrics.losses);
    this.#trainer = openTrainer(where, model, given.loss, given);
    this.#engine = new Engine(this.#trainer);
    this.#batcher = new Batcher(where, network, cut);
    this.#line = new ProgressLine(given.progress);
    try {
      this.#resume();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#line.close();
    this.#trainer.close();
    this.#meters.close();
  }

  /** Puts trainer, schedule and early stopping to where the last `fit` left them. */
  #resume(): void {
    const { where, record } = this.#plan;
    if (!record) return;
    const { optimizer, best, last } = record;
    const { counters, schedule, stopping } = this.#standing;
    const [updates = 0, passes = 0] = counters;
    this.#trainer.call(where, (raw) => {
      const length = raw.optimizerLength();
      if (length !== optimizer.length) {
        const expected = `optimizer must be that of the last fit, which remembers ${optimizer.length} numbers`;
        fail('value', where, expected, `one that remembers ${length}`);
      }
      raw.setOptimizer(optimizer);
      raw.setCounters(updates, passes);
    });
    this.#rates.restore(schedule);
    this.#stopping?.restore(stopping);
    this.#best = best;
    if (!best || !last) return;
    const values = this.#values;
    internals(this.#model).handle.call(where, (raw) => raw.getParameters(values));
    const hasBest = values.every((value, index) => Object.is(value, best[index]));
    if (hasBest) this.#trainer.call(where, (raw) => raw.setParameters(last));
  }

  get #isAborted(): boolean {
    return this.#plan.given.signal?.aborted === true;
  }

  async all(): Promise<History> {
    try {
      while (!this.#stopping?.isOver) {
        if (this.#standing.epoch >= this.#plan.given.epochs) return this.#end();
        if (this.#isAborted || !(await this.#epoch())) return this.#end('aborted');
      }
      return this.#end('early');
    } catch (error) {
      // The trainer has the weights of before the call that failed.
      if (this.#trainer.isOpen && !this.#model.disposed) this.#publish();
      throw error;
    }
  }

  /** The order of the epoch at hand. */
  #selection(): Selection {
    const { samples, count: length, shuffle, given } = this.#plan;
    if (!shuffle) return inOrder(samples, 0, length);
    return { samples, order: shuffled(length, given.seed, this.#standing.epoch) };
  }

  /** What is left of an epoch; false if it was aborted. */
  async #epoch(): Promise<boolean> {
    const { given } = this.#plan;
    const standing = this.#standing;
    const selection = this.#selection();
    while (standing.batch < this.#batches) {
      if (!(await this.#batch(selection)) || this.#isAborted) return false;
    }
    const measured = await this.#measure();
    if (!measured) return false;
    this.#endEpoch(measured);
    const { epoch } = standing;
    await this.#tell(given.onEpoch, { epoch, epochs: given.epochs, ...measured, lr: this.#lr });
    return true;
  }

  /** One batch; false if it was aborted before its end. */
  async #batch(selection: Selection): Promise<boolean> {
    const { given } = this.#plan;
    const standing = this.#standing;
    const first = (standing.epoch * this.#batches + standing.batch) * this.#windows;
    const tally: Tally = [0, 0, 0];
    let norm = 0;
    let index = 0;
    for (const window of this.#batcher.windows(selection, standing.batch)) {
      if (index > 0 && this.#isAborted) return false;
      this.#lr = this.#rates.at(first + Math.min(index++, this.#windows - 1), standing.epoch);
      const report = await this.#step(window);
      if (!report) continue;
      count(tally, report);
      norm = report[3] as number;
    }
    count(standing.tally, tally);
    standing.batch++;
    const info = { epoch: standing.epoch + 1, batch: standing.batch, batches: this.#batches };
    this.#line.batch(() => this.#shown(meanOf(standing.tally, this.#plan.metrics.hasAccuracy)));
    if (given.onBatch) this.#publish();
    await this.#tell(given.onBatch, { ...info, loss: meanOf(tally, false).loss, norm, lr: this.#lr });
    return true;
  }

  /** An update; where no row counts, the state goes on and nothing is reported. */
  async #step({ call, counts }: Window): Promise<ArrayLike<number> | undefined> {
    try {
      if (counts) return await this.#engine.step(...call, this.#lr);
      await this.#engine.evaluate(...call);
      return undefined;
    } catch (error) {
      throw error instanceof CellgateError && error.code === 'diverged'
        ? this.#explained(error, call)
        : error;
    } finally {
      this.#checkModel();
    }
  }

  /** The error with the place in training and what is likely to have caused it. */
  #explained({ where, expected, got }: CellgateError, [, x, , , y]: Window['call']): CellgateError {
    const { epoch, batch } = this.#standing;
    return new CellgateError(
      'diverged',
      where,
      `${expected}; in epoch ${epoch + 1}, batch ${batch + 1}, likely cause: ${this.#cause(expected, x, y)}`,
      got,
    );
  }

  #cause(expected: string, x: ArrayLike<number>, y: ArrayLike<number>): string {
    const { where, given } = this.#plan;
    if (!areFinite(x)) return 'x holds values that are not finite';
    if (!areFinite(y)) return 'y holds values that are not finite';
    const [updates] = this.#trainer.call(where, (raw) => {
      raw.getParameters(this.#values);
      return Array.from(raw.counters());
    });
    if (!areFinite(this.#values)) return 'the model holds weights that are not finite';
    if (updates === 0 && !expected.startsWith('the updated'))
      return 'values of x, of y or of weights that are too large';
    const clip = given.clipNorm === undefined ? ', or gradients that explode: try clipNorm' : '';
    return `a learning rate of ${this.#lr} that is too high${clip}`;
  }

  /** Refuses to go on with a model that was disposed in the meantime. */
  #checkModel(): void {
    internals(this.#model).handle.open(this.#plan.where);
  }

  async #tell<Info>(callback: ((info: Info) => unknown) | undefined, info: Info): Promise<void> {
    if (!callback) return;
    await callback(info);
    this.#checkModel();
  }

  /** What an epoch has brought; undefined if the signal ended it before. */
  async #measure(): Promise<Measured | undefined> {
    const { validation, samples, count: length, metrics, where } = this.#plan;
    const own = meanOf(this.#standing.tally, metrics.hasAccuracy);
    if (metrics.losses.length > 0) {
      this.#trainer.call(where, (raw) => raw.getParameters(this.#values));
      this.#meters.load(this.#values);
    }
    const others = await this.#metricsOf(inOrder(samples, 0, length));
    if (!others) return undefined;
    const measured = { ...own, ...(metrics.losses.length > 0 && { metrics: others }) };
    if (!validation) return measured;
    const tally = await this.#tallyOf(validation, this.#engine);
    const valMetrics = tally && (await this.#metricsOf(validation));
    if (!valMetrics) return undefined;
    const { loss: valLoss, accuracy: valAccuracy } = meanOf(tally, metrics.hasAccuracy);
    if (!Number.isFinite(valLoss)) {
      const expected = `the loss of validation must be finite after epoch ${this.#standing.epoch + 1}`;
      fail('diverged', where, expected, String(valLoss));
    }
    return {
      ...measured,
      valLoss,
      ...(valAccuracy !== undefined && { valAccuracy }),
      ...(metrics.losses.length > 0 && { valMetrics }),
    };
  }

  /** The other losses; undefined if the signal ended it. */
  async #metricsOf(selection: Selection): Promise<Record<string, number> | undefined> {
    const metrics: Record<string, number> = {};
    for (const { name, engine } of this.#meters.all) {
      const tally = await this.#tallyOf(selection, engine);
      if (!tally) return undefined;
      metrics[name] = meanOf(tally, false).loss;
    }
    return metrics;
  }

  /** Sums over samples, without dropout; undefined if the signal ended it. */
  async #tallyOf(selection: Selection, engine: Engine): Promise<Tally | undefined> {
    const { cut } = this.#plan;
    const tally: Tally = [0, 0, 0];
    for (let batch = 0; batch < batchCount(selection, cut); batch++) {
      for (const { call, counts } of this.#batcher.windows(selection, batch)) {
        if (this.#isAborted) return undefined;
        const report = await engine.evaluate(...call);
        this.#checkModel();
        if (counts) count(tally, report);
      }
    }
    return tally;
  }

  /** Notes what an epoch has brought and begins the next one. */
  #endEpoch(measured: Measured): void {
    const { where, given } = this.#plan;
    const standing = this.#standing;
    note(standing.history, measured);
    const watched = measured.valLoss ?? measured.loss;
    this.#rates.report(watched);
    if (this.#stopping?.report(watched) && given.earlyStopping?.restoreBest) {
      const best = this.#values.slice();
      this.#trainer.call(where, (raw) => raw.getParameters(best));
      this.#best = best;
    }
    const { metrics, valMetrics, ...scalars } = measured;
    const others = Object.entries(valMetrics ?? {}).map(([name, value]) => [`validation ${name}`, value]);
    this.#line.epoch(() => this.#shown({ ...scalars, ...metrics, ...Object.fromEntries(others) }));
    standing.epoch++;
    standing.batch = 0;
    standing.tally = [0, 0, 0];
    this.#publish();
  }

  #shown(values: ProgressState['values']): ProgressState {
    const { epoch, batch } = this.#standing;
    return { epoch: epoch + 1, epochs: this.#plan.given.epochs, batch, batches: this.#batches, values };
  }

  /** Hands the weights to the model, or the best ones in their place, and keeps where training stands. */
  #publish(best?: Float32Array<ArrayBuffer>): void {
    const { where, options } = this.#plan;
    const values = this.#values;
    const optimizer = this.#trainer.call(where, (raw) => {
      raw.getParameters(values);
      const state = allocate(where, 'the state of the optimiser', raw.optimizerLength());
      raw.getOptimizer(state);
      this.#standing.counters = Array.from(raw.counters());
      return state;
    });
    internals(this.#model).handle.call(where, (raw) => raw.setParameters(best ?? values));
    this.#standing.schedule = this.#rates.save();
    this.#standing.stopping = this.#stopping?.save() ?? [];
    keepRecord(this.#model, {
      options,
      standing: copyOf(this.#standing),
      optimizer,
      ...(this.#best && { best: this.#best }),
      ...(best && { last: values.slice() }),
    });
  }

  #end(stopped?: 'aborted' | 'early'): History {
    const restoresBest = stopped !== 'aborted' && this.#plan.given.earlyStopping?.restoreBest;
    this.#publish(restoresBest ? this.#best : undefined);
    return historyOf(this.#standing, stopped);
  }
}

function historyOf(standing: Standing, stopped?: 'aborted' | 'early'): History {
  const { history, epoch } = copyOf(standing);
  return { ...history, epochs: epoch, ...(stopped && { stopped }) };
}

type Measured = Omit<EpochInfo, 'epoch' | 'epochs' | 'lr'>;

const SCALARS = ['loss', 'accuracy', 'valLoss', 'valAccuracy'] as const;
const GROUPS = ['metrics', 'valMetrics'] as const;

/** Puts what an epoch has brought behind what those before have. */
function note(history: Standing['history'], measured: Measured): void {
  for (const name of SCALARS) {
    const value = measured[name];
    if (value !== undefined) history[name] = [...(history[name] ?? []), value];
  }
  for (const name of GROUPS) {
    for (const [metric, value] of Object.entries(measured[name] ?? {})) {
      const group = history[name] ?? {};
      history[name] = { ...group, [metric]: [...(group[metric] ?? []), value] };
    }
  }
}
