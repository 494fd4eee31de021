/** Training in a worker of a page. */
import * as cellgate from 'cellgate';
import { CellgateError, GRU, type History, Linear, Sequential, tensor } from 'cellgate';
import { fitInWorker } from 'cellgate/worker';
import { describe, expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import { bitsOf, makeData, makeModel, OPTIONS } from './learner.mjs';

/** Without the literal types: arguments are wrong on purpose, and models are made by a script. */
const train = fitInWorker as unknown as (
  model: unknown,
  data: unknown,
  options?: unknown,
) => Promise<History & { stopped?: string }>;
const { trainInNode } = commands as unknown as {
  trainInNode(isa: string): Promise<{ history: History; bits: number[] }>;
};

const make = () => makeModel(cellgate) as Sequential;
const data = makeData(cellgate);
/** So many epochs that a test ends it before. */
const ENDLESS = { ...OPTIONS, epochs: 1_000_000 };

async function errorOf(promise: Promise<unknown>): Promise<CellgateError> {
  const error = await promise.then(
    () => 'none',
    (thrown: unknown) => thrown,
  );
  if (error instanceof CellgateError) return error;
  return expect.fail(`expected a CellgateError, got ${String(error)}`);
}

describe('training in a worker', () => {
  it('gives the bits of Node and of the page itself, and the history', async () => {
    const expected = await trainInNode(cellgate.backend().isa);
    const [inWorker, inPage] = [make(), make()];
    const history = await train(inWorker, data, OPTIONS);
    expect(history).toEqual(expected.history);
    expect(bitsOf(inWorker)).toEqual(expected.bits);
    expect(await inPage.fit(data as never, OPTIONS as never)).toEqual(expected.history);
    expect(bitsOf(inPage)).toEqual(expected.bits);
    expect(inWorker.save()).toEqual(inPage.save());
  });

  it('tells of epochs and batches, in order and awaited, with the weights of then', async () => {
    const [inWorker, inPage] = [make(), make()];
    const record = (model: Sequential, lines: unknown[]) => ({
      ...OPTIONS,
      epochs: 2,
      onEpoch: async (info: object) => {
        lines.push(info, bitsOf(model), model.save());
        await new Promise((resolve) => setTimeout(resolve, 20));
        lines.push('end of epoch');
      },
      onBatch: (info: object) => lines.push(info, bitsOf(model)),
    });
    const [told, expected]: unknown[][] = [[], []];
    await train(inWorker, data, record(inWorker, told as unknown[]));
    await inPage.fit(data as never, record(inPage, expected as unknown[]) as never);
    expect(told).toEqual(expected);
  });

  it('leaves the data as they were, unless they are to be handed over', async () => {
    const own = makeData(cellgate);
    await train(make(), own, { ...OPTIONS, epochs: 1 });
    expect(own).toEqual(data);
    const [given, copied] = [make(), make()];
    await train(given, own, { ...OPTIONS, validation: own, transfer: true });
    expect(own.x.data.length).toBe(0);
    await train(copied, data, { ...OPTIONS, validation: data });
    expect(bitsOf(given)).toEqual(bitsOf(copied));
  });

  it('ends by the signal, after the update at hand, and goes on from there', async () => {
    const [stopped, whole] = [make(), make()];
    const controller = new AbortController();
    const onEpoch = () => controller.abort();
    const { signal } = controller;
    const first = await train(stopped, data, { ...OPTIONS, epochs: 3, onEpoch, signal });
    expect(first).toMatchObject({ stopped: 'aborted', epochs: 1 });
    const rest = await train(stopped, data, { resume: true });
    await whole.fit(data as never, { ...OPTIONS, epochs: 3 } as never);
    expect(rest.epochs).toBe(3);
    expect(bitsOf(stopped)).toEqual(bitsOf(whole));
    const early = await train(make(), data, { ...OPTIONS, signal });
    expect(early).toMatchObject({ stopped: 'aborted', epochs: 0 });
    const later = { aborted: false };
    setTimeout(() => {
      later.aborted = true;
    }, 300);
    expect(await train(make(), data, { ...ENDLESS, signal: later })).toMatchObject({ stopped: 'aborted' });
  });

  it('refuses what fit refuses, before a worker is made', async () => {
    const model = make();
    const before = bitsOf(model);
    const worker = () => expect.fail('a worker was made');
    const cases: [unknown, unknown, object][] = [
      [{}, OPTIONS, { code: 'dtype', where: 'sequential.fit' }],
      [data, { ...OPTIONS, epochs: 0 }, { code: 'value', where: 'sequential.fit' }],
      [data, { ...OPTIONS, lost: 'mse' }, { code: 'value', where: 'sequential.fit' }],
      [data, { resume: true }, { code: 'value', where: 'sequential.fit' }],
      [data, { ...OPTIONS, transfer: 1 }, { code: 'value', where: 'fitInWorker' }],
    ];
    for (const [given, options, expected] of cases) {
      expect(await errorOf(train(model, given, { ...(options as object), worker }))).toMatchObject(expected);
    }
    expect(await errorOf(train(model, data))).toMatchObject({ code: 'value', where: 'sequential.fit' });
    expect(await errorOf(train({}, data, OPTIONS))).toMatchObject({ code: 'value', where: 'fitInWorker' });
    expect(await errorOf(train(model, data, { ...OPTIONS, worker: 'w.js' }))).toMatchObject({
      code: 'value',
    });
    expect(bitsOf(model)).toEqual(before);
  });

  it('lets one fit run at a time, and the model be used meanwhile', async () => {
    const model = make();
    const controller = new AbortController();
    const running = train(model, data, { ...ENDLESS, signal: controller.signal });
    expect(await errorOf(model.fit(data as never, OPTIONS as never))).toMatchObject({ code: 'busy' });
    expect(await errorOf(train(model, data, OPTIONS))).toMatchObject({ code: 'busy' });
    expect(model.predict(data.x as never).shape).toEqual([24, 2]);
    controller.abort();
    await running;
    await train(model, data, { ...OPTIONS, epochs: 1 });
  });

  it('that diverges says so with the place, and keeps the weights of before', async () => {
    const wild = { ...OPTIONS, loss: 'mse', clipNorm: undefined, optimizer: { kind: 'sgd', lr: 1e30 } };
    const [inWorker, inPage] = [make(), make()];
    const errors = [
      await errorOf(train(inWorker, data, wild)),
      await errorOf(inPage.fit(data as never, wild as never)),
    ] as const;
    expect(errors[0].code).toBe('diverged');
    expect(errors[0].message).toBe(errors[1].message);
    expect(bitsOf(inWorker)).toEqual(bitsOf(inPage));
  });

  it('ends with what a callback throws, and keeps the weights of then', async () => {
    const model = make();
    let bits: number[] = [];
    const thrown = new Error('enough');
    const onEpoch = ({ epoch }: { epoch: number }) => {
      if (epoch < 2) return;
      bits = bitsOf(model);
      throw thrown;
    };
    await expect(train(model, data, { ...ENDLESS, onEpoch })).rejects.toBe(thrown);
    expect(bitsOf(model)).toEqual(bits);
  });

  it('of a model that is disposed meanwhile is refused', async () => {
    const model = make();
    const onEpoch = () => model.dispose();
    expect(await errorOf(train(model, data, { ...ENDLESS, onEpoch }))).toMatchObject({ code: 'disposed' });
  });
});

describe('a worker', () => {
  const script = () =>
    new Worker(new URL('../../dist/browser/worker-script.js', import.meta.url), { type: 'module' });

  it('of the caller does the work, and is terminated in the end', async () => {
    const [mine, other] = [make(), make()];
    let worker: Worker | undefined;
    await train(mine, data, {
      ...OPTIONS,
      worker: () => {
        worker = script();
        return worker;
      },
    });
    await train(other, data, OPTIONS);
    expect(bitsOf(mine)).toEqual(bitsOf(other));
    const answered = new Promise((resolve) => {
      worker?.addEventListener('message', resolve);
      setTimeout(() => resolve('silence'), 100);
    });
    worker?.postMessage({ kind: 'fit' });
    expect(await answered).toBe('silence');
  });

  it('that is killed is an error, and the model keeps the weights of the last epoch', async () => {
    const model = make();
    let worker: Worker | undefined;
    let bits: number[] = [];
    const running = train(model, data, {
      ...ENDLESS,
      worker: () => {
        worker = script();
        return worker;
      },
      onEpoch: ({ epoch }: { epoch: number }) => {
        bits = bitsOf(model);
        if (epoch === 3) worker?.terminate();
      },
    });
    expect(await errorOf(running)).toMatchObject({
      code: 'worker',
      where: 'sequential.fit',
      expected: 'the worker must live until training has ended',
      got: 'one that was terminated',
    });
    expect(bitsOf(model)).toEqual(bits);
    await train(model, data, { resume: true, epochs: 4 });
  });

  it.each([
    ['whose script does not exist', () => new Worker('/nowhere.js', { type: 'module' })],
    [
      'whose script is none',
      () => new Worker(URL.createObjectURL(new Blob(['}'], { type: 'text/javascript' })), { type: 'module' }),
    ],
    [
      'that cannot be made',
      () => {
        throw new DOMException('refused by the policy', 'SecurityError');
      },
    ],
  ])('%s is an error, and the model keeps its weights', async (_, worker) => {
    const model = make();
    const before = bitsOf(model);
    expect(await errorOf(train(model, data, { ...OPTIONS, worker }))).toMatchObject({
      code: 'worker',
      where: 'sequential.fit',
      expected: 'the worker must start',
      got: expect.stringMatching(/./),
    });
    expect(bitsOf(model)).toEqual(before);
    await train(model, data, { ...OPTIONS, epochs: 1 });
  });
});

describe('what cannot be sent', () => {
  it('is refused: data in the memory of WebAssembly, of which nothing else can be handed over', async () => {
    const { buffer } = new WebAssembly.Memory({ initial: 1 });
    const x = tensor(new Float32Array(buffer as ArrayBuffer, 0, 4), [2, 2, 1]);
    const y = tensor(new Float32Array(2), [2, 1]);
    const model = new Sequential([
      new GRU({ inputSize: 1, hiddenSize: 2 }),
      new Linear({ inputSize: 2, outputSize: 1 }),
    ]);
    const before = bitsOf(model);
    const options = { loss: 'mse', epochs: 1 };
    expect(await errorOf(train(model, { x, y }, { ...options, transfer: true }))).toMatchObject({
      code: 'dtype',
      where: 'sequential.fit',
    });
    expect(bitsOf(model)).toEqual(before);
    expect((await train(model, { x, y }, options)).epochs).toBe(1);
  });

  it.each([
    ['an object', () => ({})],
    ['nothing', () => undefined],
  ])('is refused: %s in the place of a worker', async (_, worker) => {
    expect(await errorOf(train(make(), data, { ...OPTIONS, worker }))).toMatchObject({
      code: 'value',
      where: 'sequential.fit',
      expected: 'worker must make a Worker',
    });
  });

  it('terminates a worker that refuses listeners', async () => {
    let isTerminated = false;
    const worker = () => ({
      postMessage() {},
      addEventListener() {
        throw new Error('no more listeners');
      },
      terminate() {
        isTerminated = true;
      },
    });
    expect(await errorOf(train(make(), data, { ...OPTIONS, worker }))).toMatchObject({
      code: 'worker',
      got: 'no more listeners',
    });
    expect(isTerminated).toBe(true);
  });
});

describe('a page', () => {
  const count = 512;
  const x = tensor(
    Float32Array.from({ length: count * 50 }, (_, at) => Math.sin(at)),
    [count, 50, 1],
  );
  const y = tensor(new Float32Array(count), [count, 1]);

  it('goes on drawing while its worker trains', { timeout: 60_000 }, async () => {
    using model = new Sequential([
      new GRU({ inputSize: 1, hiddenSize: 64 }),
      new Linear({ inputSize: 64, outputSize: 1 }),
    ]);
    const frames: number[] = [];
    const tasks: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) tasks.push(duration);
    });
    observer.observe({ type: 'longtask' });
    let isRunning = true;
    const draw = (time: number): void => {
      frames.push(time);
      if (isRunning) requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 4_000);
    const { loss } = await fitInWorker(
      model,
      { x, y },
      { loss: 'mse', epochs: 1_000, signal: controller.signal },
    );
    isRunning = false;
    observer.disconnect();
    const intervals = frames.slice(1).map((time, at) => time - (frames[at] as number));
    intervals.sort((a, b) => a - b);
    const median = intervals[intervals.length >> 1] as number;
    // 60 frames a second, and hardly a task that takes several of them: the machine has other things to do, too.
    expect(loss.length, 'epochs in the worker').toBeGreaterThan(1);
    expect(median, `ms between ${frames.length} frames`).toBeLessThan(18);
    expect(tasks.length, `long tasks of ${tasks.join()} ms`).toBeLessThan(4);
  });
});
