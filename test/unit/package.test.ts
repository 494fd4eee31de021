/** The package from outside: its manifest, what is packed, and the packed package in a project of its own. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packAndInstall } from '../packaging/packed.js';
import { ROOT } from './examples.js';

const inRoot = (file: string): string => path.join(ROOT, file);
const readText = (file: string): string => readFileSync(inRoot(file), 'utf8');
const manifest = JSON.parse(readText('package.json'));

function filesBelow(folder: string): string[] {
  const entries = readdirSync(inRoot(folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) =>
    path.relative(ROOT, path.join(parentPath, name)).replaceAll('\\', '/'),
  );
}

describe('the manifest', () => {
  it('asks for nothing else to be installed or run', () => {
    const kinds = ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundleDependencies'];
    expect(kinds.filter((kind) => kind in manifest)).toEqual([]);
    const hooks = /^(pre|post)?(install|prepare|publish|pack)$|^prepublishOnly$/;
    expect(Object.keys(manifest.scripts).filter((name) => hooks.test(name))).toEqual([]);
  });

  it('exports files that exist', () => {
    const entries = Object.entries<Record<string, string>>(manifest.exports).filter(([, { types }]) => types);
    for (const [name, { types, node, default: page }] of entries) {
      for (const file of [types, node, page])
        expect(existsSync(inRoot(file ?? '')), `${name}: ${file}`).toBe(true);
    }
    for (const isa of ['simd128', 'relaxed']) {
      const url = import.meta.resolve(`cellgate/wasm/${isa}.wasm`);
      expect(WebAssembly.validate(readFileSync(new URL(url))) || isa === 'relaxed', url).toBe(true);
    }
  });

  it('names one version, that of the crates and of the newest changes', () => {
    expect(/^version = "(.*)"$/m.exec(readText('Cargo.toml'))?.[1]).toBe(manifest.version);
    expect(/^## (\S+)/m.exec(readText('CHANGELOG.md'))?.[1]).toBe(manifest.version);
  });

  it('knows side effects of the entry files only, which do little', () => {
    const inPages = (name: string): string => `./dist/browser/${name === 'browser' ? 'index' : name}.js`;
    const withHosts: string[] = [];
    for (const file of filesBelow('ts/entry')) {
      const statements = readText(file)
        .replace(/\/\*[\s\S]*?\*\/|^\/\/.*|^(import|export|declare const) [\s\S]*?;$/gm, '')
        .split('\n')
        .filter((line) => line !== '');
      expect(statements.length, `${file}: ${statements.join(' ')}`).toBeLessThan(2);
      for (const statement of statements) expect(statement, file).toMatch(/^registerHost\(.*\);$/);
      if (statements.length > 0 && !file.endsWith('node.ts'))
        withHosts.push(inPages(path.basename(file, '.ts')));
    }
    const scripts = [...withHosts, './dist/browser/worker-script.js'];
    expect(manifest.sideEffects).toEqual(['./dist/node/*.js', ...scripts.sort()]);
  });
});

describe('the packed package', () => {
  let folder = '';
  let packed: string[] = [];
  const native = filesBelow('dist/native').find((file) => file.endsWith('.node')) ?? '';
  const installed = (file: string): string => path.join(folder, 'node_modules/cellgate', file);

  /** Runs the three lines in the project. */
  function run(env: NodeJS.ProcessEnv = {}): {
    kind: string;
    isa: string;
    tried: { kind: string; reason: string }[];
    y: number[];
  } {
    const program = `
      import { backend, LSTM } from 'cellgate';
      const y = new LSTM({ inputSize: 2, hiddenSize: 3, seed: 1 }).stream().step(new Float32Array([1, -1]));
      console.log(JSON.stringify({ ...backend(), y: Array.from(y) }));`;
    const { CELLGATE_BACKEND, CELLGATE_ISA, CELLGATE_NATIVE_PATH, ...rest } = process.env;
    return JSON.parse(
      execFileSync(process.execPath, ['--input-type=module'], {
        cwd: folder,
        env: { ...rest, ...env },
        input: program,
        encoding: 'utf8',
      }),
    );
  }

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'cellgate-'));
    packed = packAndInstall(folder).files.sort();
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what is needed and nothing else', () => {
    const sources = filesBelow('ts');
    const declarations = sources.flatMap((file) => {
      const base = file.replace(/^ts/, 'dist').replace(/\.ts$/, '');
      return ['.d.ts', '.d.ts.map'].map((ending) => base + ending);
    });
    const bundles = ['dist/node', 'dist/browser'].flatMap(filesBelow);
    const modules = ['simd128', 'relaxed'].flatMap((isa) => [`${isa}.wasm`, `${isa}-inference.wasm`]);
    const wasm = ['cellgate.js', 'cellgate.d.ts', ...modules].map((name) => `dist/wasm/${name}`);
    const texts = ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE-MIT', 'LICENSE-APACHE'];
    const expected = [
      ...sources,
      ...declarations,
      ...bundles,
      ...wasm,
      'dist/native/cellgate.d.ts',
      native,
      'dist/sbom.cdx.json',
      'dist/third-party-licenses.txt',
      ...texts,
    ];
    expect(packed).toEqual(expected.sort());
  });

  it('is all that an install brings', () => {
    const names = readdirSync(path.join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(names).toEqual(['cellgate']);
  });

  it('has the command', () => {
    const command = path.join(folder, 'node_modules/.bin/cellgate');
    const version = execFileSync(process.execPath, [command, '--version'], { cwd: folder, encoding: 'utf8' });
    expect(version).toBe(`${manifest.version}\n`);
  });

  it('runs natively and on WebAssembly, to the same result', () => {
    const [first, second] = [run({ CELLGATE_BACKEND: 'native' }), run({ CELLGATE_BACKEND: 'wasm' })];
    expect([first.kind, second.kind]).toEqual(['native', 'wasm']);
    expect(run()).toEqual(first);
    second.y.forEach((value, index) => {
      expect(Math.abs(value - (first.y[index] ?? Number.NaN))).toBeLessThan(1e-6);
    });
    expect(first.y).toHaveLength(3);
  });

  it('compiles in a project without the libraries of the DOM and of Node', { timeout: 30_000 }, () => {
    const file = path.join(folder, 'user.ts');
    writeFileSync(
      file,
      `import { init, LSTM, tensor, type Stream } from 'cellgate';
       await init({ wasm: new Uint8Array(8) });
       const lstm = new LSTM({ inputSize: 2, hiddenSize: 3 });
       export const size: 3 = lstm.forward(tensor([[[1, 2]]])).output.shape[2];
       export const stream: Stream<{ h: unknown; c: unknown }> = lstm.stream();
       // @ts-expect-error: a layer for two values
       lstm.forward(tensor([[[1, 2, 3]]]));`,
    );
    const program = ts.createProgram([file], {
      strict: true,
      noEmit: true,
      types: [],
      lib: ['lib.es2022.d.ts'],
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
    });
    const messages = ts
      .getPreEmitDiagnostics(program)
      .map(({ file, messageText }) => [file?.fileName, ts.flattenDiagnosticMessageText(messageText, ' ')]);
    expect(messages).toEqual([]);
  });

  // These take the addon away, so they come last.
  it('falls back to WebAssembly from a broken addon, and says why', () => {
    writeFileSync(installed(native), 'no addon');
    const { kind, tried } = run();
    expect(kind).toBe('wasm');
    expect(tried).toEqual([{ kind: 'native', reason: expect.stringContaining(path.basename(native)) }]);
  });

  it('falls back to WebAssembly without an addon, and says why', () => {
    rmSync(installed('dist/native'), { recursive: true });
    mkdirSync(installed('dist/native'));
    const { kind, tried } = run();
    expect(kind).toBe('wasm');
    expect(tried).toEqual([
      { kind: 'native', reason: expect.stringMatching(/^no addon for this platform: .*not found$/) },
    ]);
  });
});
