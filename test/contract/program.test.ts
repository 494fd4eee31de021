import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { backend } from './api.js';
import './helpers.js';

const original = { backend: backend().kind, isa: backend().isa };

describe('a program of its own', () => {
  const wasmFlags = process.execArgv.filter((flag) => flag.includes('wasm'));

  /** Runs a module in the package's root and returns what it prints as JSON. */
  function run(source: string, env: NodeJS.ProcessEnv = {}): unknown {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [...wasmFlags, '--input-type=module', '-e', source],
      {
        cwd: fileURLToPath(new URL('../../', import.meta.url)),
        env: { ...process.env, ...env },
        encoding: 'utf8',
      },
    );
    try {
      return JSON.parse(stdout);
    } catch {
      return expect.fail(`no JSON from the program: ${stdout}${stderr}`);
    }
  }
  const catching = (action: string, entry = 'cellgate') => `
    import * as cellgate from '${entry}';
    try { ${action} } catch (error) {
      const { code, where, expected, got } = error;
      console.log(JSON.stringify({ code, where, expected, got, known: error instanceof cellgate.CellgateError }));
    }`;

  it('needs no init in Node', () => {
    const source = `import { backend, LSTM } from 'cellgate';
      new LSTM({ inputSize: 3, hiddenSize: 5 }).stream().step(new Float32Array(3));
      console.log(JSON.stringify(backend()))`;
    expect(run(source)).toMatchObject({ kind: original.backend, isa: original.isa });
  });

  it('that needs init is told so, but for tensors', () => {
    const browser = './dist/browser/index.js';
    const print = 'console.log(JSON.stringify(cellgate.tensor([[1, 2]]).toArray()))';
    expect(run(catching(print, browser))).toEqual([[1, 2]]);
    const uninitialized = { code: 'uninitialized', known: true, got: expect.stringMatching(/./) };
    expect(run(catching('cellgate.backend()', browser))).toMatchObject({
      ...uninitialized,
      where: 'backend',
    });
    for (const kind of ['RNN', 'GRU', 'LSTM']) {
      const make = `new cellgate.${kind}({ inputSize: 1, hiddenSize: 1 })`;
      expect(run(catching(make, browser))).toMatchObject({ ...uninitialized, where: kind.toLowerCase() });
    }
  });

  it('in a page runs one WebAssembly module, which init() keeps', () => {
    const source = `
      import { readFileSync } from 'node:fs';
      import { init, LSTM } from './dist/browser/index.js';
      const own = await init({ wasm: readFileSync('dist/wasm/simd128.wasm') });
      const kept = await init();
      const refused = await init({ isa: 'relaxed' }).catch(({ code }) => code);
      new LSTM({ inputSize: 1, hiddenSize: 1 }).dispose();
      console.log(JSON.stringify({ own: own.isa, kept: kept.isa, refused }))`;
    expect(run(source)).toEqual({ own: 'simd128', kept: 'simd128', refused: 'backend' });
  });

  it('can leave training out of a page, and is told so where it is missed', () => {
    const source = `
      import { readFileSync } from 'node:fs';
      import * as whole from 'cellgate';
      import * as page from './dist/browser/index.js';
      await whole.init({ backend: 'wasm', isa: 'simd128' });
      await page.init({ wasm: readFileSync('dist/wasm/simd128-inference.wasm'), training: false });
      const runs = ({ LSTM, tensor }) => {
        const layer = new LSTM({ inputSize: 1, hiddenSize: 5, seed: 3 });
        return [...layer.forward(tensor([[[1], [2]]])).output.data].join();
      };
      const layer = new page.LSTM({ inputSize: 1, hiddenSize: 1 });
      const refusal = (call) => { try { call(); } catch ({ code, expected }) { return { code, expected }; } };
      console.log(JSON.stringify({
        isSame: runs(page) === runs(whole),
        backward: refusal(() => layer.backward(page.tensor([[[1]]]), page.tensor([[[1]]]))),
        kept: (await page.init({ training: false })).isa,
        whole: await page.init().catch(({ code, got }) => ({ code, got })),
      }))`;
    expect(run(source)).toEqual({
      isSame: true,
      backward: { code: 'unsupported', expected: 'a backend with training must be loaded' },
      kept: 'simd128',
      whole: { code: 'backend', got: expect.stringContaining("'simd128' without training") },
    });
  });

  it('that gives no WebAssembly module as one is told so', () => {
    const init = `await cellgate.init({ backend: 'wasm', isa: 'simd128', wasm: new Uint8Array([1, 2, 3]) })`;
    expect(run(catching(init))).toMatchObject({ code: 'backend', where: 'init', known: true });
  });

  it('is told by the environment which backend to take', () => {
    const source = `import { init, backend } from 'cellgate'; await init(); console.log(JSON.stringify(backend()))`;
    const wasm = run(source, { CELLGATE_BACKEND: 'wasm', CELLGATE_ISA: 'simd128' });
    expect(wasm).toMatchObject({ kind: 'wasm', isa: 'simd128' });
    const native = run(source, { CELLGATE_BACKEND: 'native', CELLGATE_ISA: 'scalar' });
    expect(native).toMatchObject({ kind: 'native', isa: 'scalar' });
    const lacking = catching('await cellgate.init()');
    const isa = process.arch === 'x64' ? 'neon' : 'avx2';
    expect(run(lacking, { CELLGATE_BACKEND: 'native', CELLGATE_ISA: isa })).toMatchObject({
      code: 'backend',
      known: true,
    });
  });

  it('falls back to WebAssembly where native is missing, and says why', () => {
    const source = `import { init, backend } from 'cellgate'; await init(); console.log(JSON.stringify(backend()))`;
    const env = {
      CELLGATE_NATIVE_PATH: '/nowhere/cellgate.node',
      CELLGATE_BACKEND: undefined,
      CELLGATE_ISA: undefined,
    };
    expect(run(source, env)).toMatchObject({
      kind: 'wasm',
      tried: [{ kind: 'native', reason: expect.stringContaining('/nowhere/cellgate.node') }],
    });
    const forced = run(catching(`await cellgate.init({ backend: 'native' })`), env);
    expect(forced).toMatchObject({ code: 'backend', where: 'init', known: true });
    expect((forced as { got: string }).got).toContain('/nowhere/cellgate.node');
  });

  it('is not held up by what it left open', () => {
    const source = `import { init, LSTM } from 'cellgate'; await init();
      const layer = new LSTM({ inputSize: 3, hiddenSize: 5 }); const stream = layer.stream();
      console.log(JSON.stringify(stream.step(new Float32Array(3)).length))`;
    expect(run(source)).toBe(5);
  });
});
