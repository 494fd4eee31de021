/** What goes wrong around the package: one clear error each, and all else goes on. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { project, run } from './project.js';
import { html, type Reply, resultOf, type Site, serve, useChromium } from './site.js';

const PACKAGE = '/node_modules/cellgate/dist';
const ENTRY = `${PACKAGE}/browser/index.js`;
const WASM = `${PACKAGE}/wasm/relaxed.wasm`;
/** A copy of the package, as another version of it would lie beside the first. */
const OTHER = '/other';

const bytes = readFileSync(path.join(project, WASM));
/** The version that scripts and modules are held together by, such as `0.1.0 5f0c2a91`. */
const [mark = ''] = /\d+\.\d+\.\d+ [0-9a-f]{8}/.exec(bytes.toString('latin1')) ?? [];
const otherMark = `9.9.9${mark.slice(5)}`;
const ofOtherVersion = (text: Buffer): Buffer =>
  Buffer.from(text.toString('latin1').replaceAll(mark, otherMark), 'latin1');

interface Failure {
  code: string;
  where: string;
  got: string;
  /** Whether `init` succeeds after that when it is given a module that fits. */
  again?: string;
}

/** A page whose `init` fails, and that then tries again with another file of the package. */
const FAILING = `
  import { init, tensor } from '${ENTRY}';
  globalThis.result = init().then(
    () => ({ code: 'none' }),
    async ({ code, where, got }) => {
      if (tensor([[1, 2]]).shape.join() !== '1,2') throw new Error('tensors are broken');
      const again = await init({ wasm: '${PACKAGE}/wasm/simd128.wasm' }).then(({ isa }) => isa, (error) => error.code);
      return { code, where, got, again };
    },
  );`;

describe('a page', () => {
  const chromium = useChromium();

  /** Visits a page of a server that answers some paths in its own way. */
  async function visit<T>(page: Reply, replies: Record<string, Reply> = {}): Promise<T> {
    const site = await serve(project, { ...replies, '/': page });
    const tab = await chromium.open();
    try {
      return await resultOf<T>(tab, `${site.origin}/`);
    } finally {
      await tab.close();
      await site.close();
    }
  }

  const FILES: [string, Reply, RegExp][] = [
    ['is missing', { status: 404, body: '' }, /relaxed\.wasm: status 404/],
    ['is truncated', { body: bytes.subarray(0, 50_000) }, /relaxed\.wasm: .*(CompileError|compileStreaming)/],
    ['is empty', { body: '' }, /relaxed\.wasm: .*expected 4 bytes/],
    [
      'is the page of an error',
      { type: 'text/html', body: '<!doctype html>' },
      /relaxed\.wasm: .*magic word/,
    ],
    [
      'belongs to another version',
      { body: ofOtherVersion(bytes) },
      new RegExp(`= ${mark}, got ${otherMark}`),
    ],
    [
      'is of something else',
      { body: Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0) },
      new RegExp(`= ${mark}, got none of cellgate`),
    ],
  ];
  it.each(FILES)(
    'whose WebAssembly file %s is told so, and may go on with another',
    async (_, reply, got) => {
      const failure = await visit<Failure>(html(FAILING), { [WASM]: { type: 'application/wasm', ...reply } });
      expect(failure).toEqual({
        code: 'backend',
        where: 'init',
        got: expect.stringMatching(got),
        again: 'simd128',
      });
    },
  );

  it('whose policy forbids WebAssembly is told so', async () => {
    const replies = { '/failing.js': { type: 'text/javascript', body: FAILING } };
    const headers = { 'content-security-policy': "script-src 'self'" };
    const page = {
      ...html(''),
      headers,
      body: '<!doctype html><script type="module" src="/failing.js"></script>',
    };
    expect(await visit<Failure>(page, replies)).toEqual({
      code: 'backend',
      where: 'init',
      got: expect.stringMatching(/relaxed\.wasm: .*Content Security Policy directive: "script-src 'self'"/),
      again: 'backend',
    });
  });

  it('without WebAssembly is told so', async () => {
    const failure = await visit<Failure>(html(FAILING, '<script>delete globalThis.WebAssembly;</script>'));
    expect(failure).toMatchObject({
      code: 'backend',
      got: expect.stringMatching(/WebAssembly SIMD is not supported/),
    });
  });

  it('that asks for more memory than there is keeps what it has', async () => {
    const result = await visit<Failure & { before: number[]; after: number[] }>(
      html(`
        import { init, LSTM } from '${ENTRY}';
        globalThis.result = (async () => {
          await init();
          const stream = new LSTM({ inputSize: 1, hiddenSize: 2, seed: 1 }).stream();
          const frame = Float32Array.of(1);
          const before = Array.from(stream.step(frame));
          stream.reset();
          try {
            new LSTM({ inputSize: 20000, hiddenSize: 20000 });
          } catch ({ code, where, got }) {
            return { code, where, got, before, after: Array.from(stream.step(frame)) };
          }
        })();`),
    );
    expect(result).toMatchObject({ code: 'memory', where: 'lstm' });
    expect(result.after).toEqual(result.before);
  });

  it('runs two versions of the package side by side, which take nothing of each other', async () => {
    const copy = path.join(project, OTHER);
    cpSync(path.join(project, PACKAGE), copy, { recursive: true });
    for (const file of readdirSync(path.join(copy, 'browser'))) {
      if (!file.endsWith('.js')) continue;
      const script = path.join(copy, 'browser', file);
      writeFileSync(script, ofOtherVersion(readFileSync(script)));
    }
    writeFileSync(path.join(project, OTHER, 'wasm/relaxed.wasm'), ofOtherVersion(bytes));
    const result = await visit<{ isas: string[]; outputs: number[][]; refused: Failure[] }>(
      html(`
        import * as one from '${ENTRY}';
        import * as other from '${OTHER}/browser/index.js';
        const run = ({ LSTM, tensor }) => {
          const { output } = new LSTM({ inputSize: 1, hiddenSize: 2, seed: 1 }).forward(tensor([[[1], [2]]]));
          return Array.from(output.data);
        };
        const refused = (call) => call.then(() => ({ code: 'none' }), ({ code, where, got }) => ({ code, where, got }));
        globalThis.result = (async () => {
          const wrong = await refused(one.init({ wasm: '${OTHER}/wasm/relaxed.wasm' }));
          const isas = [(await one.init()).isa, (await other.init()).isa];
          const foreign = new other.LSTM({ inputSize: 1, hiddenSize: 2 });
          const mixed = await refused((async () => new one.Sequential([foreign]))());
          return { isas, outputs: [run(one), run(other), run(one)], refused: [wrong, mixed] };
        })();`),
    );
    expect(result.isas).toEqual(['relaxed', 'relaxed']);
    expect(result.outputs[1]).toEqual(result.outputs[0]);
    expect(result.outputs[2]).toEqual(result.outputs[0]);
    expect(result.refused).toMatchObject([
      { code: 'backend', where: 'init' },
      { code: 'value', where: 'sequential' },
    ]);
  });
});

const TRAINING = `
  import { init, GRU, Linear, Sequential, tensor } from '${ENTRY}';
  export const data = {
    x: tensor(Array.from({ length: 64 }, (_, row) => Array.from({ length: 10 }, (_, t) => [Math.sin(row + t / 3)]))),
    y: tensor(Array.from({ length: 64 }, (_, row) => [Math.sin(row + 10 / 3)])),
  };
  export const options = { loss: 'mse', epochs: 12, batchSize: 16, seed: 3 };
  await init();
  export const fresh = () => new Sequential([
    new GRU({ inputSize: 1, hiddenSize: 8, seed: 1 }),
    new Linear({ inputSize: 8, outputSize: 1, seed: 2 }),
  ]);
  export const load = (bytes) => Sequential.load(bytes);
  export const valuesOf = (model) => Object.values(model.stateDict()).flatMap(({ data }) => Array.from(data));`;

describe('training in a page', () => {
  const chromium = useChromium();
  let site: Site;
  beforeAll(async () => {
    site = await serve(project, {
      '/training.js': { type: 'text/javascript', body: TRAINING },
      '/reloaded.html': html(`
        import { data, fresh, load, options, valuesOf } from '/training.js';
        const kept = sessionStorage.getItem('model');
        const model = kept ? load(Uint8Array.from(atob(kept), (char) => char.charCodeAt(0))) : fresh();
        globalThis.result = model.fit(data, {
          ...options,
          resume: kept !== null,
          onEpoch({ epoch }) {
            sessionStorage.setItem('model', btoa(String.fromCharCode(...model.save())));
            globalThis.epochs = epoch;
            // Time for the test to take the page away.
            return kept ? undefined : new Promise((resolve) => setTimeout(resolve, 50));
          },
        }).then(({ epochs }) => ({ epochs, resumed: kept !== null, values: valuesOf(model) }));`),
      '/whole.html': html(`
        import { data, fresh, options, valuesOf } from '/training.js';
        const model = fresh();
        globalThis.result = model.fit(data, options).then(() => valuesOf(model));`),
      '/trainer.js': {
        type: 'text/javascript',
        body: `
          import { data, fresh, options, valuesOf } from '/training.js';
          const model = fresh();
          const epochs = new URL(location).searchParams.get('epochs');
          await model.fit(data, { ...options, epochs: Number(epochs), onEpoch: ({ epoch }) => postMessage({ epoch }) });
          postMessage({ values: valuesOf(model) });`,
      },
      '/killed.html': html(`
        import { data, fresh, options, valuesOf } from '/training.js';
        const start = (epochs) => new Worker('/trainer.js?epochs=' + epochs, { type: 'module' });
        const next = (worker) => new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data); });
        globalThis.result = (async () => {
          const doomed = start(1e6);
          await next(doomed);
          doomed.terminate();
          const here = fresh();
          await here.fit(data, options);
          const worker = start(options.epochs);
          let message = await next(worker);
          while (message.values === undefined) message = await next(worker);
          return { here: valuesOf(here), there: message.values };
        })();`),
    });
  });
  afterAll(() => site.close());

  it('goes on after a reload as if there had been none', async () => {
    const tab = await chromium.open();
    await tab.goto(`${site.origin}/reloaded.html`);
    await tab.waitForFunction('globalThis.epochs >= 3');
    const resumed = await resultOf<{ epochs: number; resumed: boolean; values: number[] }>(
      tab,
      `${site.origin}/reloaded.html`,
    );
    expect(resumed).toMatchObject({ epochs: 12, resumed: true });
    expect(resumed.values).toEqual(await resultOf(tab, `${site.origin}/whole.html`));
  });

  it('in a worker that is killed leaves the page and other workers as they are', async () => {
    const tab = await chromium.open();
    const { here, there } = await resultOf<{ here: number[]; there: number[] }>(
      tab,
      `${site.origin}/killed.html`,
    );
    expect(there).toEqual(here);
  });
});

describe('a program of Node', () => {
  const runScript = (script: string, env: object = {}, flags: string[] = []): string => {
    writeFileSync(path.join(project, 'place.mjs'), script);
    return run(process.execPath, [...flags, 'place.mjs'], { env });
  };

  it('on an engine without SIMD runs natively, and is told why WebAssembly cannot', () => {
    const script = `
      import { backend, init } from 'cellgate';
      console.log(backend().kind);
      await init({ backend: 'wasm' }).catch(({ code, got }) => console.log(code, got));`;
    expect(runScript(script, {}, ['--no-enable-sse4-1'])).toBe(
      'native\nbackend no backend (wasm: WebAssembly SIMD is not supported here)\n',
    );
  });

  it('whose addon and WebAssembly file are gone is told both reasons', () => {
    const copy = path.join(project, 'broken/node_modules/cellgate');
    cpSync(path.join(project, 'node_modules/cellgate'), copy, { recursive: true });
    for (const isa of ['simd128', 'relaxed'])
      writeFileSync(path.join(copy, `dist/wasm/${isa}.wasm`), bytes.subarray(0, 999));
    const script = `
      import { LSTM } from './broken/node_modules/cellgate/dist/node/index.js';
      try { new LSTM({ inputSize: 1, hiddenSize: 1 }); } catch (error) { console.log(error.message); }`;
    expect(runScript(script, { CELLGATE_NATIVE_PATH: path.join(project, 'none.node') })).toMatch(
      /^lstm: backend auto must run here, got no backend \(native: .*none\.node.*; wasm: .*\.wasm: .*\)\n$/,
    );
  });

  it('goes on when a thread is ended in the middle of training', () => {
    const script = `
      import { Worker, isMainThread, parentPort } from 'node:worker_threads';
      import { GRU, Linear, Sequential, tensor } from 'cellgate';
      const model = () => new Sequential([
        new GRU({ inputSize: 1, hiddenSize: 64, seed: 1 }),
        new Linear({ inputSize: 64, outputSize: 1, seed: 2 }),
      ]);
      const data = { x: tensor(new Float32Array(64 * 50).fill(0.5), [64, 50, 1]), y: tensor(new Float32Array(64), [64, 1]) };
      const options = { loss: 'mse', progress: false };
      if (isMainThread) {
        const worker = new Worker(new URL(import.meta.url));
        await new Promise((resolve) => worker.once('message', resolve));
        await worker.terminate();
        console.log((await model().fit(data, { ...options, epochs: 2 })).epochs);
      } else {
        await model().fit(data, { ...options, epochs: 1e6, onEpoch: () => parentPort.postMessage(0) });
      }`;
    expect(runScript(script)).toBe('2\n');
    expect(runScript(script, { CELLGATE_BACKEND: 'wasm' })).toBe('2\n');
  });
});
