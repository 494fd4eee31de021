/** Runtimes: natively where they load addons of Node, on WebAssembly elsewhere. */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Agreement, entries, expectAgreement, hasTool, project, run, tool } from './project.js';

interface Runtime {
  name: string;
  /** Its program in a package. */
  binary: string[];
  args: string[];
}

const DENO = ['@deno/linux-x64-glibc', 'deno'];
const PERMISSIONS = ['--allow-read', '--allow-env', '--allow-ffi', '--allow-sys'];

const RUNTIMES: Runtime[] = [
  ...['20', '22', '24'].map((major) => ({
    name: `Node ${major}`,
    binary: [`node-${major}`, 'bin/node'],
    args: [],
  })),
  { name: 'Bun', binary: ['@oven/bun-linux-x64-baseline', 'bin/bun'], args: ['run'] },
  { name: 'Deno', binary: DENO, args: ['run', '--no-prompt', ...PERMISSIONS] },
];

/** Runs a program that uses an entry, and reads what it prints. */
function runEntry(entry: string, { binary, args }: Omit<Runtime, 'name'>, env = {}): Agreement {
  const program = `program-${entry.replaceAll('/', '-')}.mjs`;
  writeFileSync(
    path.join(project, program),
    `import * as cellgate from '${entry}';
     import { agreement } from './agreement.js';
     console.log(JSON.stringify(agreement(cellgate)));`,
  );
  return JSON.parse(run(tool(...binary), [...args, program], { env }));
}

for (const runtime of RUNTIMES) {
  describe.runIf(hasTool(...runtime.binary))(runtime.name, () => {
    it('takes the addon without being told', () => {
      expectAgreement(runEntry('cellgate', runtime), 'native');
    });

    it('runs WebAssembly', () => {
      expectAgreement(runEntry('cellgate', runtime, { CELLGATE_BACKEND: 'wasm' }), 'wasm');
    });

    it('loads every entry', () => {
      const names = entries.map(([name]) => name);
      writeFileSync(
        path.join(project, 'every-entry.mjs'),
        `const modules = await Promise.all(${JSON.stringify(names)}.map((name) => import(name)));
         console.log(JSON.stringify(modules.map((module) => Object.keys(module).length > 0)));`,
      );
      const loaded = JSON.parse(run(tool(...runtime.binary), [...runtime.args, 'every-entry.mjs']));
      expect(loaded).toEqual(names.map(() => true));
    });

    it.each(['cellgate/inline', 'cellgate/inline-inference'])('runs %s', (entry) => {
      expectAgreement(runEntry(entry, runtime), 'wasm', 'simd128');
    });
  });
}

describe.runIf(hasTool(...DENO))('Deno without permissions', () => {
  const withArgs = (...args: string[]) => ({ binary: DENO, args: ['run', '--no-prompt', ...args] });

  it('falls back to WebAssembly where addons are not allowed, and says why', () => {
    const result = runEntry('cellgate', withArgs('--allow-read', '--allow-env'));
    expectAgreement(result, 'wasm');
    expect(result.tried).toEqual([
      { kind: 'native', reason: expect.stringContaining('Requires ffi access') },
    ]);
  });

  it('runs from within the script without any', () => {
    expectAgreement(runEntry('cellgate/inline', withArgs()), 'wasm');
  });

  it('is told which ones are missing', () => {
    expect(() => runEntry('cellgate', withArgs())).toThrow(
      /CellgateError: .*no backend \(native: .*wasm: Requires read access/,
    );
  });
});

const WORKERD = ['@cloudflare/workerd-linux-64', 'bin/workerd'];

describe.runIf(hasTool(...WORKERD))('workerd', () => {
  /** Runs a worker's `test` with all files of the package that browsers load as its modules. */
  function runWorker(name: string, worker: string): Agreement {
    writeFileSync(path.join(project, `${name}.mjs`), worker);
    const scripts = readdirSync(path.join(project, 'node_modules/cellgate/dist/browser'));
    const modules = [
      ['worker.mjs', 'esModule', `${name}.mjs`],
      ['agreement.js', 'esModule', 'agreement.js'],
      ['golden.js', 'esModule', 'golden.js'],
      ['simd128.wasm', 'wasm', 'node_modules/cellgate/dist/wasm/simd128.wasm'],
      ...scripts
        .filter((file) => file.endsWith('.js'))
        .map((file) => [`cellgate/${file}`, 'esModule', `node_modules/cellgate/dist/browser/${file}`]),
    ];
    const list = modules.map(([as, kind, file]) => `(name = "${as}", ${kind} = embed "${file}")`).join(', ');
    writeFileSync(
      path.join(project, `${name}.capnp`),
      `using Workerd = import "/workerd/workerd.capnp";
       const config :Workerd.Config = (services = [(name = "main", worker = (
         modules = [${list}], compatibilityDate = "2025-01-01"))]);`,
    );
    return JSON.parse(run(tool(...WORKERD), ['test', `${name}.capnp`]));
  }

  it('starts at once from a module that is imported', () => {
    const result = runWorker(
      'imported',
      `import wasm from 'simd128.wasm';
       import * as cellgate from 'cellgate/index.js';
       import { agreement } from 'agreement.js';
       cellgate.initSync({ wasm });
       export default { test: () => console.log(JSON.stringify(agreement(cellgate))) };`,
    );
    expectAgreement(result, 'wasm', 'simd128');
  });

  it('says that bytes may not be compiled there', () => {
    const result = runWorker(
      'compiled',
      `import { initSync } from 'cellgate/inline.js';
       export default { test() {
         try { initSync(); } catch (error) { console.log(JSON.stringify(error)); }
       } };`,
    );
    expect(result).toMatchObject({
      code: 'backend',
      where: 'initSync',
      got: expect.stringMatching(/Wasm code generation disallowed/),
    });
  });
});
