/** `cellgate/inline` and `cellgate/inline-inference`: WebAssembly inside the script. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as whole from 'cellgate/inline';
import { describe, expect, it } from 'vitest';
import { encodeAscii } from '../../bindings/build/ascii.mjs';
import { decodeAscii } from '../../ts/backend/ascii.js';

const SIMD128 = new URL(import.meta.resolve('cellgate/wasm/simd128.wasm'));

describe('bytes as text', () => {
  const cases: Record<string, Uint8Array> = {
    'no bytes': new Uint8Array(),
    'one byte': Uint8Array.of(0),
    'every byte': Uint8Array.from({ length: 256 }, (_, at) => at),
    'a module': readFileSync(SIMD128),
  };
  it.each(Object.entries(cases))('come back: %s', (_, bytes) => {
    const text = encodeAscii(bytes);
    expect(text).toMatch(/^[!-~ ]*$/);
    expect(Buffer.compare(decodeAscii(text), bytes)).toBe(0);
  });
});

describe('the script with WebAssembly inside', () => {
  it('starts with the first use, and runs as the file of the same set does', async () => {
    const { backend, LSTM } = whole;
    const options = { inputSize: 3, hiddenSize: 17, seed: 1 };
    const frame = Float32Array.of(0.5, -1, 2);
    const inside = new LSTM(options).stream().step(frame);
    expect(backend()).toEqual({ kind: 'wasm', isa: 'simd128', threads: 1, tried: [] });
    const files = await import('cellgate');
    await files.init({ backend: 'wasm', isa: 'simd128' });
    expect(new files.LSTM(options).stream().step(frame)).toEqual(inside);
  });

  it('keeps to what it holds', async () => {
    await expect(whole.init({ backend: 'native' })).rejects.toMatchObject({
      code: 'backend',
      got: 'no backend (native: there is no native backend in this environment)',
    });
    expect((await whole.init({ training: false })).isa).toBe('simd128');
  });
});

describe('fitInWorker beside it', () => {
  it('stays here in what Node, Bun and Deno load, though some of them have workers', () => {
    const program = `
      globalThis.Worker = class {
        constructor() { throw new Error('a worker was made'); }
      };
      const { GRU, Linear, Sequential, tensor } = await import('${import.meta.resolve('cellgate/inline')}');
      const { fitInWorker } = await import('${import.meta.resolve('cellgate/worker')}');
      const layers = [new GRU({ inputSize: 1, hiddenSize: 2 }), new Linear({ inputSize: 2, outputSize: 1 })];
      const data = { x: tensor([[[1], [2]]]), y: tensor([[3]]) };
      const { epochs } = await fitInWorker(new Sequential(layers), data, { loss: 'mse', epochs: 2 });
      console.log(epochs);`;
    const options = { input: program, encoding: 'utf8' } as const;
    expect(execFileSync(process.execPath, ['--input-type=module'], options)).toBe('2\n');
  });
});

describe('initSync', () => {
  const programs = {
    bytes: 'readFileSync(file)',
    'a compiled module': 'new WebAssembly.Module(readFileSync(file))',
  };
  it.each(Object.entries(programs))('starts from %s where there is no other way', (_, wasm) => {
    const program = `
      import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
      import { initSync, LSTM } from '${new URL('../../dist/browser/index.js', import.meta.url)}';
      const file = new URL('${SIMD128}');
      const { isa } = initSync({ wasm: ${wasm} });
      console.log(isa, new LSTM({ inputSize: 1, hiddenSize: 2 }).stream().step(Float32Array.of(1)).length);`;
    const output = execFileSync(process.execPath, ['--input-type=module'], {
      input: program,
      encoding: 'utf8',
    });
    expect(output).toBe('simd128 2\n');
  });

  it('refuses what has to be waited for', () => {
    const options = { wasm: SIMD128 } as object;
    expect(() => whole.initSync(options)).toThrow(
      expect.objectContaining({
        code: 'value',
        message: 'initSync: wasm must be bytes or a WebAssembly.Module, got a URL',
      }),
    );
  });
});
