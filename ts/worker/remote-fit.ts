/** One training in a worker, as the page sees it. */

import type { WasmSource } from '../backend/source.js';
import { CellgateError, describe, fail, reasonOf } from '../errors.js';
import { takeOver } from '../save.js';
import type { Sequential } from '../sequential.js';
import type { TrainingData } from '../training/data.js';
import type { History } from '../training/history.js';
import type { Plan } from '../training/plan.js';
import type { WorkerLike } from './fit-in-worker.js';
import { buffersOf, packData, type Report, type Request } from './messages.js';

/** How often a signal is looked at. */
const POLL_MS = 10;

/** What the caller made need not be what the types tell. */
function isWorker(made: unknown): boolean {
  const { postMessage, addEventListener, terminate } = Object(made);
  return [postMessage, addEventListener, terminate].every((method) => typeof method === 'function');
}

type Told = Extract<Report, { kind: 'told' }>;

export class RemoteFit {
  readonly #where: string;
  readonly #model: Sequential;
  readonly #plan: Plan;
  readonly #makeWorker: () => WorkerLike;
  readonly #ended = new AbortController();
  #worker: WorkerLike | undefined;
  #hasStarted = false;
  /** What a callback threw. */
  #thrown: { readonly error: unknown } | undefined;

  constructor(where: string, model: Sequential, plan: Plan, makeWorker: () => WorkerLike) {
    this.#where = where;
    this.#model = model;
    this.#plan = plan;
    this.#makeWorker = makeWorker;
  }

  /**
   * @param wasm the compiled artefact
   * @param isGiven whether the data's arrays are handed over
   */
  async run(wasm: WasmSource, data: TrainingData, isGiven: boolean): Promise<History> {
    let timer: ReturnType<typeof setInterval> | undefined;
    try {
      return await new Promise((resolve, reject) => {
        this.#start(resolve, reject);
        timer = this.#pollSignal();
        this.#send(wasm, data, isGiven);
      });
    } finally {
      clearInterval(timer);
      this.#ended.abort();
      this.#worker?.terminate();
    }
  }

  #start(resolve: (history: History) => void, reject: (error: unknown) => void): void {
    const lost = (reason: unknown): void => reject(this.#lost(reason));
    try {
      const worker = this.#makeWorker();
      if (!isWorker(worker)) fail('value', this.#where, 'worker must make a Worker', describe(worker));
      // At once, so that it is terminated whatever happens next.
      this.#worker = worker;
      worker.addEventListener('error', (event) => lost((event as Partial<ErrorEvent>).message));
      worker.addEventListener('messageerror', () => lost('a message that cannot be read'));
      worker.addEventListener('message', (event) => {
        this.#read((event as MessageEvent<Report>).data, resolve, lost).catch(reject);
      });
    } catch (error) {
      throw error instanceof CellgateError ? error : this.#lost(reasonOf(error));
    }
  }

  #lost(reason: unknown): CellgateError {
    const expected = this.#hasStarted
      ? 'the worker must live until training has ended'
      : 'the worker must start';
    const got = typeof reason === 'string' && reason !== '' ? reason : 'one whose script cannot be loaded';
    return new CellgateError('worker', this.#where, expected, got);
  }

  #post(request: Request, buffers: Transferable[] = []): void {
    this.#worker?.postMessage(request, buffers as never[]);
  }

  #pollSignal(): ReturnType<typeof setInterval> | undefined {
    const { signal } = this.#plan.given;
    if (!signal) return undefined;
    const timer = setInterval(() => {
      if (!signal.aborted) return;
      clearInterval(timer);
      this.#post({ kind: 'abort' });
    }, POLL_MS);
    return timer;
  }

  #send(wasm: WasmSource, data: TrainingData, isGiven: boolean): void {
    const { given, options } = this.#plan;
    const { validation: other, resume, onBatch, signal } = given;
    const model = this.#model.save();
    const sent = packData(data, isGiven);
    const validation = typeof other === 'object' ? packData(other as TrainingData, isGiven) : undefined;
    const request: Request = {
      kind: 'fit',
      wasm,
      model,
      data: sent,
      validation,
      options,
      resume,
      tellsBatches: onBatch !== undefined,
      isAborted: signal?.aborted === true,
    };
    try {
      this.#post(request, [model.buffer, ...buffersOf(sent, validation)]);
    } catch (error) {
      // The memory of WebAssembly is one that cannot: nobody says so of a buffer before it is tried.
      const expected = 'the data must have buffers that can be handed over';
      throw new CellgateError('dtype', this.#where, expected, reasonOf(error), { cause: error });
    }
  }

  async #read(
    report: Report,
    resolve: (history: History) => void,
    lost: (reason: string) => void,
  ): Promise<void> {
    // What was on its way when training ended changes nothing any more.
    if (this.#ended.signal.aborted) return;
    if (report.kind === 'started') {
      this.#hasStarted = true;
      if (report.lock !== undefined) this.#watch(report.lock, lost);
      return;
    }
    if (report.model) takeOver(this.#where, this.#model, report.model);
    if (report.kind === 'told') {
      await this.#tell(report);
      return;
    }
    if (report.kind === 'ended') {
      resolve(report.history);
      return;
    }
    const { code, where, expected, got } = report;
    throw this.#thrown ? this.#thrown.error : new CellgateError(code, where, expected, got);
  }

  /** Calls back, and lets the worker go on. */
  async #tell(told: Told): Promise<void> {
    const { onEpoch, onBatch, signal } = this.#plan.given;
    try {
      await ('epoch' in told ? onEpoch?.(told.epoch) : onBatch?.(told.batch));
    } catch (error) {
      this.#thrown = { error };
    }
    const hasFailed = this.#thrown !== undefined;
    this.#post({ kind: 'next', hasFailed, isAborted: signal?.aborted === true });
  }

  /** A worker that is terminated says nothing, but the lock that it held is free then. */
  #watch(lock: string, lost: (reason: string) => void): void {
    const { signal } = this.#ended;
    navigator.locks
      .request(lock, { signal }, () => lost('one that was terminated'))
      // The end of training ends the waiting.
      .catch(() => {});
  }
}
