/** The worker's side: trains one model for the page that started it. */

import { type Host, registerHost } from '../backend/host.js';
import { fromRaw } from '../errors.js';
import { init } from '../init.js';
import { Sequential } from '../sequential.js';
import { type Report, type Request, unpackData } from './messages.js';

/** What a worker's global scope has of all that is in `self`. */
interface Scope {
  onmessage: ((event: { readonly data: Request }) => void) | null;
  postMessage(message: Report, transfer?: Transferable[]): void;
}

type FitRequest = Extract<Request, { kind: 'fit' }>;

const scope = globalThis as unknown as Scope;
const signal = { aborted: false };
/** Goes on after the page has read what it was told, or not, if that has failed. */
let goOn: ((hasFailed: boolean) => void) | undefined;

/** Reports with a model, whose bytes the page gets itself. */
function report(message: Report & { readonly model: Uint8Array | undefined }): void {
  scope.postMessage(message, message.model ? [message.model.buffer as ArrayBuffer] : []);
}

async function tell(message: Extract<Report, { kind: 'told' }>): Promise<void> {
  report(message);
  const hasFailed = await new Promise<boolean>((resolve) => {
    goOn = resolve;
  });
  if (hasFailed) throw new Error('a callback of the page has failed');
}

/** @param keep takes the model, whose weights are reported also when training fails */
async function train(request: FitRequest, keep: (model: Sequential) => void): Promise<void> {
  const { wasm, data, validation, options, resume, tellsBatches } = request;
  await init({ wasm });
  const model = Sequential.load(request.model);
  keep(model);
  const history = await model.fit(unpackData(data), {
    ...options,
    ...(validation && { validation: unpackData(validation) }),
    resume,
    progress: false,
    signal,
    onEpoch: (epoch) => tell({ kind: 'told', epoch, model: model.save() }),
    ...(tellsBatches && { onBatch: (batch) => tell({ kind: 'told', batch, model: model.save() }) }),
  } as Parameters<Sequential['fit']>[1]);
  report({ kind: 'ended', history, model: model.save() });
}

function reportFailure(error: unknown, model: Uint8Array | undefined): void {
  const { code, where, expected, got } = fromRaw(error, 'sequential.fit');
  report({ kind: 'failed', code, where, expected, got, model });
}

async function serveFit(request: FitRequest): Promise<void> {
  let model: Sequential | undefined;
  try {
    await train(request, (made) => {
      model = made;
    });
  } catch (error) {
    try {
      reportFailure(error, model?.save());
    } catch {
      // Where memory has run out there are no bytes to send either.
      reportFailure(error, undefined);
    }
  }
}

/** Holds a lock for as long as the worker lives, where there are locks; gives its name. */
async function holdLock(): Promise<string | undefined> {
  const lock = `cellgate ${Math.random()}`;
  try {
    await new Promise<void>((resolve, reject) => {
      const held = navigator.locks.request(lock, () => {
        resolve();
        return new Promise(() => {});
      });
      held.catch(reject);
    });
    return lock;
  } catch {
    // Pages without a secure context have none.
    return undefined;
  }
}

/** Begins to listen to the page. */
export function serve(host: Host): void {
  registerHost(host);
  // The page can tell from the lock that the worker is gone, so nothing begins before it is held.
  const started = holdLock().then((lock) => scope.postMessage({ kind: 'started', lock }));
  scope.onmessage = ({ data: request }) => {
    if (request.kind === 'abort') signal.aborted = true;
    else signal.aborted ||= request.isAborted;
    if (request.kind === 'next') goOn?.(request.hasFailed);
    if (request.kind === 'fit') started.then(() => serveFit(request));
  };
}
