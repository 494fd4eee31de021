/** Calls of `init` and `initSync` in a page, which has room for one WebAssembly module. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const inDist = (file: string) => new URL(`../../dist/${file}`, import.meta.url).href;
const addressOf = (name: string) => inDist(`wasm/${name}.wasm`);

/** What a program gives that loads the package as a page does. `wasm(name)` gives the bytes of an artefact. */
function inPage(program: string): unknown {
  const script = `
    import { readFileSync } from 'node:fs';
    globalThis.fetch = async (address) =>
      new Response(readFileSync(new URL(address)), { headers: { 'content-type': 'application/wasm' } });
    const cellgate = await import(${JSON.stringify(inDist('browser/index.js'))});
    const { init, initSync, Linear, backend } = cellgate;
    const wasm = (name) => readFileSync(new URL(name + '.wasm', ${JSON.stringify(addressOf('any'))}));
    const settled = async (...calls) =>
      (await Promise.allSettled(calls)).map(({ value, reason }) => value?.isa ?? reason.got);
    const trains = () => {
      try {
        new Linear({ inputSize: 1, outputSize: 1 }).trainer({ loss: 'mse' });
        return true;
      } catch ({ code }) {
        return code;
      }
    };
    console.log(JSON.stringify(await (async () => { ${program} })()));`;
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module'], { input: script, encoding: 'utf8' }),
  );
}

describe('the same choice again', () => {
  it.each(['initSync', 'await init'])('does nothing, of a module without training: %s', (call) => {
    const program = `
      const module = new WebAssembly.Module(wasm('simd128-inference'));
      const infos = [];
      for (let time = 0; time < 3; time++) infos.push((${call}({ wasm: module })).isa);
      return [...infos, trains()];`;
    expect(inPage(program)).toEqual(['simd128', 'simd128', 'simd128', 'unsupported']);
  });
});

describe('a module that is not what was asked for', () => {
  /** The bytes of `simd128` say at their end what they are. */
  const mislabelled = `Buffer.concat([wasm('simd128').subarray(0, -7), Buffer.from('relaxed')])`;
  it.each([
    [`{ wasm: ${mislabelled}, isa: 'simd128' }`, /built for 'relaxed', not for 'simd128'/],
    [`{ wasm: wasm('simd128-inference'), training: true }`, /holds no training/],
  ])('is refused, and the right one may follow: %s', (wrong, reason) => {
    const program = `
      const refused = await settled(init(${wrong}));
      return [refused, await settled(init({ wasm: wasm('simd128'), isa: 'simd128' })), trains()];`;
    expect(inPage(program)).toEqual([[expect.stringMatching(reason)], ['simd128'], true]);
  });

  it.each(['simd128', 'simd128-inference', 'relaxed', 'relaxed-inference'])('says what it is: %s', (name) => {
    const [isa] = name.split('-');
    expect(readFileSync(new URL(addressOf(name))).toString('latin1')).toMatch(
      new RegExp(`cellgate\\d+\\.\\d+\\.\\d+ [0-9a-f]{8};${isa}$`),
    );
  });
});

describe('calls at the same time', () => {
  it('follow each other: the first decides what the page runs', () => {
    const program = `
      const isas = await settled(init(), init({ training: false }), init());
      return [new Set(isas).size, trains()];`;
    expect(inPage(program)).toEqual([1, true]);
    const other = `
      const [first, second, third] = await settled(init({ training: false }), init(), init({ training: false }));
      return [first === third, second, trains()];`;
    expect(inPage(other)).toEqual([true, expect.stringMatching(/without training already/), 'unsupported']);
  });

  it('leave the choice of the last one', () => {
    const script = `
      import { backend, init } from ${JSON.stringify(inDist('node/index.js'))};
      await Promise.all([init({ backend: 'wasm' }), init({ backend: 'native' })]);
      console.log(backend().kind);`;
    const output = execFileSync(process.execPath, ['--input-type=module'], {
      input: script,
      encoding: 'utf8',
    });
    expect(output).toBe('native\n');
  });
});
