/** Trains on a thread of its own, so that the page goes on moving. */

import { GRU, Linear, LSTM, RNN, Sequential, tensor } from 'cellgate';
import { start } from '../network/start';
import { messageOf } from '../state/message';
import type { Cell, FromWorker, Plan, ToWorker } from './protocol';

const BATCH = 32;
const TOLD_EVERY_MS = 80;

interface WorkerScope {
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}
const scope = globalThis as unknown as WorkerScope;

const state = {
  isStopped: false,
  resume: undefined as (() => void) | undefined,
  paused: undefined as Promise<void> | undefined,
};

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case 'start':
      train(data.plan).catch((error: unknown) =>
        scope.postMessage({ kind: 'failed', message: messageOf(error) }),
      );
      break;
    case 'pause':
      state.paused ??= new Promise((resolve) => {
        state.resume = resolve;
      });
      break;
    case 'stop':
      state.isStopped = true;
      goOn();
      break;
    case 'resume':
      goOn();
  }
};

function goOn() {
  state.resume?.();
  state.paused = undefined;
}

function makeLayer(cell: Cell, options: { inputSize: number; hiddenSize: number; seed: number }) {
  if (cell === 'lstm') return new LSTM(options);
  return cell === 'gru' ? new GRU(options) : new RNN(options);
}

async function train({ task, cell, hiddenSize, epochs, learningRate }: Plan): Promise<void> {
  await start();
  const [count, time, features] = task.shape;
  const model = new Sequential([
    makeLayer(cell, { inputSize: features, hiddenSize, seed: 1 }),
    new Linear({ inputSize: hiddenSize, outputSize: 1, seed: 2 }),
  ] as readonly (LSTM | GRU | RNN | Linear)[]);
  const learned = count - task.validation;
  const part = (from: number, to: number) => ({
    x: tensor(task.x.slice(from * time * features, to * time * features), [to - from, time, features]),
    y: tensor(task.y.slice(from, to), [to - from, 1]),
  });
  const validation = part(learned, count);
  let told = 0;
  const { stopped } = await model.fit(part(0, learned), {
    loss: 'mse',
    optimizer: { kind: 'adam', lr: learningRate },
    clipNorm: 1,
    epochs,
    batchSize: Math.min(BATCH, learned),
    validation,
    seed: 1,
    progress: false,
    signal: {
      get aborted() {
        return state.isStopped;
      },
    },
    // Training yields every few milliseconds; that is when a pause comes in.
    onBatch: ({ epoch, batch, batches }) => {
      if (performance.now() - told > TOLD_EVERY_MS) {
        told = performance.now();
        scope.postMessage({ kind: 'batch', epoch, share: batch / batches });
      }
      return state.paused;
    },
    onEpoch: ({ epoch, loss, valLoss = Number.NaN }) => {
      const said = model.predict(validation.x).data as Float32Array<ArrayBuffer>;
      scope.postMessage({ kind: 'epoch', epoch, loss, valLoss, said }, [said.buffer]);
    },
  });
  const bytes = model.save();
  scope.postMessage({ kind: 'done', bytes, isStopped: stopped === 'aborted' }, [bytes.buffer]);
}
