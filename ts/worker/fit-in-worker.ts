/** The page's side of training in a worker. */

import { describe, fail } from '../errors.js';
import { internals, type Module } from '../module.js';
import { networkOf } from '../network.js';
import { flag } from '../options.js';
import { Sequential } from '../sequential.js';
import type { ModelInput } from '../sequential-types.js';
import type { Shape } from '../shape-types.js';
import { alone } from '../training/alone.js';
import type { TrainingData } from '../training/data.js';
import type { FitOptions, ResumeOptions } from '../training/fit-options.js';
import type { History } from '../training/history.js';
import { makePlan } from '../training/plan.js';
import { RemoteFit } from './remote-fit.js';

/** What of a `Worker` is used. */
export interface WorkerLike {
  postMessage(message: unknown, transfer: never[]): void;
  addEventListener(kind: 'message' | 'messageerror' | 'error', listener: (event: object) => void): void;
  terminate(): void;
}

/** Options of {@link fitInWorker} beside those of `fit`. */
export interface WorkerOptions {
  /**
   * Whether to hand the arrays of the data over instead of copying them: they cannot be used any more afterwards, nor can
   * other views of their buffers. False if left out.
   */
  transfer?: boolean | undefined;
  /**
   * Makes the worker, where a bundler does not find its script by itself: a module worker of what
   * `cellgate/worker-script` is. It is terminated in the end.
   */
  worker?: (() => WorkerLike) | undefined;
}

const WHERE = 'fitInWorker';

function ownWorker(): WorkerLike {
  // Written out: bundlers need the literal path.
  return new Worker(new URL('./worker-script.js', import.meta.url), { type: 'module' });
}

/** Whether there is a script for workers beside this one: not in what Node loads, nor in what Bun and Deno load like it. */
declare const HAS_WORKER_SCRIPT: boolean;

/** Whether training has no worker to go to. */
function staysHere(): boolean {
  return !HAS_WORKER_SCRIPT || typeof Worker === 'undefined';
}

/**
 * `model.fit(data, options)` in a worker of its own: the page goes on drawing and answering. Callbacks, `signal`, `resume`,
 * errors and results are those of `fit`, on the same artefact with the same bits; the model has the weights of the last epoch
 * that has ended (with `onBatch`, of the last batch) and may be used meanwhile.
 *
 * The worker gets the compiled WebAssembly module and loads one script beside this one, so a content security policy has
 * to allow it by `worker-src`. Weights change hands without being copied; data are copied once, or handed over with
 * `transfer`.
 *
 * In Node, Bun and Deno this is `fit`: natively that works on a thread of its own, on WebAssembly it lets other code run about
 * every 10 ms.
 *
 * @param model of which no other `fit` is running
 * @param data as for `fit`
 * @param options those of `fit`, and {@link WorkerOptions}; `progress` shows nothing, for pages have no terminal
 * @throws CellgateError (as a rejection) as `fit`; `dtype` if data cannot be handed over, such as those in the memory of WebAssembly;
 * `worker` if the worker cannot start or is ended before training is, with the weights of the last epoch in the model
 *
 * @example
 * ```ts
 * import { GRU, Linear, Sequential, tensor } from 'cellgate';
 * import { fitInWorker } from 'cellgate/worker';
 *
 * const model = new Sequential([
 *   new GRU({ inputSize: 1, hiddenSize: 4 }),
 *   new Linear({ inputSize: 4, outputSize: 1 }),
 * ]);
 * const data = { x: tensor([[[1], [2]], [[3], [4]]]), y: tensor([[3], [7]]) };
 * const { epochs } = await fitInWorker(model, data, { loss: 'mse', epochs: 2 });
 * console.log(epochs); // 2
 * ```
 */
export function fitInWorker<const L extends readonly Module[], S extends Shape>(
  model: Sequential<L>,
  data: TrainingData<ModelInput<L, S, 'sequential.fit'>>,
  options: (FitOptions | ResumeOptions) & WorkerOptions,
): Promise<History>;
export async function fitInWorker(model: unknown, data: unknown, options: unknown): Promise<History> {
  if (!(model instanceof Sequential)) fail('value', WHERE, 'model must be a Sequential', describe(model));
  const { worker, transfer, ...rest } = Object(options);
  const isGiven = flag(false)(WHERE, 'transfer', transfer);
  if (worker !== undefined && typeof worker !== 'function') {
    fail('value', WHERE, 'worker must be a function', describe(worker));
  }
  const given = options === undefined ? undefined : rest;
  if (staysHere()) return model.fit(data as TrainingData<never>, given);
  const { handle, info, backend } = internals(model);
  const network = networkOf(info);
  const where = `${network.name}.fit`;
  handle.open(where);
  return alone(where, model, async () => {
    const plan = makePlan(where, model, network, data, given);
    if (!backend.trains || backend.module === undefined) {
      fail('unsupported', where, 'a backend with training must be loaded', 'init({ training: false })');
    }
    const fit = new RemoteFit(where, model, plan, worker ?? ownWorker);
    return fit.run(backend.module, data as TrainingData, isGiven);
  });
}
