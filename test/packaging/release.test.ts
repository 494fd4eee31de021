/** The packages as they are published: the main one, and the addon in a package for this platform. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npm } from './packed.js';
import { run } from './project.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const STAGED = path.join(ROOT, 'out/release');

interface Result {
  kind: string;
  tried: { kind: string; reason: string }[];
}

describe('a release', () => {
  let folder = '';
  /** Package of this platform, such as `cellgate-linux-x64-gnu`. */
  let addon = '';
  const installed = (name: string, file: string): string => path.join(folder, 'node_modules', name, file);

  function install(...names: string[]): void {
    rmSync(path.join(folder, 'node_modules'), { recursive: true, force: true });
    rmSync(path.join(folder, 'package-lock.json'), { force: true });
    writeFileSync(path.join(folder, 'package.json'), '{ "type": "module", "private": true }');
    const tarballs = names.map((name) => `./${name}-${version}.tgz`);
    npm(folder, 'install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs);
  }

  function runProgram(): Result {
    const program = `
      import { backend, LSTM } from 'cellgate';
      new LSTM({ inputSize: 1, hiddenSize: 2 }).stream().step(Float32Array.of(1));
      console.log(JSON.stringify(backend()));`;
    writeFileSync(path.join(folder, 'program.mjs'), program);
    return JSON.parse(run(process.execPath, ['program.mjs'], { cwd: folder }));
  }

  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'cellgate-release-'));
    const env = { GITHUB_SERVER_URL: 'https://example.org', GITHUB_REPOSITORY: 'owner/name' };
    run(process.execPath, ['bindings/release.mjs', 'stage'], { cwd: ROOT, env });
    const platform = `cellgate-${process.platform}-${process.arch}`;
    addon = readdirSync(STAGED).find((name) => name.startsWith(platform)) ?? '';
    for (const name of ['cellgate', addon]) {
      npm(path.join(STAGED, name), 'pack', '--pack-destination', folder);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('runs natively with the package of the platform', () => {
    install('cellgate', addon);
    expect(existsSync(installed('cellgate', 'dist/native/cellgate.d.ts'))).toBe(true);
    expect(readdirSync(installed('cellgate', 'dist/native'))).toEqual(['cellgate.d.ts']);
    expect(runProgram()).toMatchObject({ kind: 'native', tried: [] });
  });

  it('says in every package where the sources lie', () => {
    for (const name of ['cellgate', addon]) {
      const manifest = JSON.parse(readFileSync(path.join(STAGED, name, 'package.json'), 'utf8'));
      expect(manifest.repository.url).toBe('git+https://example.org/owner/name.git');
    }
  });

  it('falls back to WebAssembly without it, and says what was looked for', () => {
    install('cellgate');
    const { kind, tried } = runProgram();
    expect(kind).toBe('wasm');
    expect(tried).toEqual([{ kind: 'native', reason: expect.stringMatching(`${addon}.* not found$`) }]);
  });

  it('falls back to WebAssembly with one of another version, and says so', () => {
    install('cellgate', addon);
    const manifest = installed(addon, 'package.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(`"${version}"`, '"9.9.9"'));
    const { kind, tried } = runProgram();
    expect(kind).toBe('wasm');
    expect(tried).toEqual([{ kind: 'native', reason: `${addon} must be of version ${version}, got 9.9.9` }]);
  });

  it('names what others wrote, with their licences, in every package', () => {
    for (const name of ['cellgate', addon]) {
      const staged = (file: string): string => readFileSync(path.join(STAGED, name, file), 'utf8');
      const { bomFormat, specVersion, components } = JSON.parse(staged('dist/sbom.cdx.json'));
      expect([bomFormat, specVersion]).toEqual(['CycloneDX', '1.6']);
      const texts = staged('dist/third-party-licenses.txt');
      for (const component of components) {
        expect(component.licenses[0].expression, component.name).toMatch(/MIT|Apache-2\.0|ISC|BSD/);
        expect(texts).toContain(`${component.name} ${component.version}:`);
      }
      expect(components.map((component: { name: string }) => component.name)).toEqual(
        expect.arrayContaining(['rust-std', 'fearless_simd', 'wasm-bindgen', 'napi', 'rayon']),
      );
    }
  });
});

describe('the release workflow', () => {
  const workflow = readFileSync(path.join(ROOT, '.github/workflows/release.yml'), 'utf8');

  it('builds the addon of every platform', async () => {
    const { TARGETS } = await import('../../bindings/release/targets.mjs');
    const built = Array.from(workflow.matchAll(/- \{ name: ([\w-]+),/g), ([, name]) => name);
    expect(built).toEqual(TARGETS.map(({ name }) => name));
  });

  it('names every action by its commit', () => {
    const actions = Array.from(workflow.matchAll(/uses: (\S+)/g), ([, action]) => action);
    expect(actions.length).toBeGreaterThan(3);
    for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  });
});
