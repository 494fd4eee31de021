/** Bundlers with their default configuration, for development and production; what they make runs in Chromium. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Agreement, expectAgreement, project, run, tool } from './project.js';
import { resultOf, serve, useChromium } from './site.js';

const PROGRAM = {
  cellgate: `
    import { backend, init, LSTM, tensor } from 'cellgate';
    import { agreement } from './agreement.js';
    globalThis.result = init().then(() => agreement({ backend, LSTM, tensor }));`,
  'cellgate/inline': `
    import { backend, LSTM, tensor } from 'cellgate/inline';
    import { agreement } from './agreement.js';
    globalThis.result = Promise.resolve(agreement({ backend, LSTM, tensor }));`,
  // What a bundler that leaves assets alone needs beside a copy of the file.
  'cellgate, file given': `
    import { backend, init, LSTM, tensor } from 'cellgate';
    import { agreement } from './agreement.js';
    globalThis.result = init({ wasm: 'simd128.wasm' }).then(() => agreement({ backend, LSTM, tensor }));`,
};
type Entry = keyof typeof PROGRAM;

interface Bundler {
  name: string;
  /** Script of its command. */
  script: string[];
  entries: Entry[];
  /** Arguments for each mode. */
  modes: Record<string, string[]>;
  /** Where its page is. */
  out: string;
  /** The script in the page, where the bundler makes none. */
  page?: 'module' | 'classic';
}

const NODE_RESOLVE = tool('@rollup/plugin-node-resolve/dist/cjs/index.js');
const BOTH: Entry[] = ['cellgate', 'cellgate/inline'];
const WITHOUT_ASSETS: Entry[] = ['cellgate/inline', 'cellgate, file given'];

const BUNDLERS: Bundler[] = [
  {
    name: 'Vite',
    script: ['vite/bin/vite.js'],
    entries: BOTH,
    modes: { production: ['build', '--base', './'] },
    out: 'dist',
  },
  {
    name: 'webpack',
    script: ['webpack-cli/bin/cli.js'],
    entries: BOTH,
    modes: { development: ['--mode', 'development'], production: ['--mode', 'production'] },
    out: 'dist',
    page: 'classic',
  },
  {
    name: 'Rspack',
    script: ['@rspack/cli/bin/rspack.js'],
    entries: BOTH,
    modes: { development: ['build', '--mode', 'development'], production: ['build', '--mode', 'production'] },
    out: 'dist',
    page: 'classic',
  },
  {
    name: 'Parcel',
    script: ['parcel/lib/bin.js'],
    // It reads no `exports` by default, and so knows the main entry alone.
    entries: ['cellgate'],
    modes: {
      development: ['build', 'index.html', '--no-optimize', '--no-cache'],
      production: ['build', 'index.html', '--no-cache'],
    },
    out: 'dist',
  },
  {
    name: 'esbuild',
    script: ['esbuild/bin/esbuild'],
    entries: WITHOUT_ASSETS,
    modes: {
      development: ['src/index.js', '--bundle', '--outfile=dist/main.js'],
      production: ['src/index.js', '--bundle', '--minify', '--outfile=dist/main.js'],
    },
    out: 'dist',
    page: 'classic',
  },
  {
    name: 'Rollup',
    script: ['rollup/dist/bin/rollup'],
    entries: WITHOUT_ASSETS,
    modes: { production: ['src/index.js', '--plugin', NODE_RESOLVE, '--file', 'dist/main.js'] },
    out: 'dist',
    page: 'module',
  },
];

/** esbuild's is the same as its bundle, and Rollup has none. */
const SERVERS = [
  { name: 'Vite', script: 'vite/bin/vite.js', args: ['--host', '127.0.0.1'], entries: BOTH },
  {
    name: 'webpack',
    script: 'webpack-cli/bin/cli.js',
    args: ['serve', '--mode', 'development', '--host', '127.0.0.1'],
    entries: BOTH,
    page: 'defer',
  },
  {
    name: 'Rspack',
    script: '@rspack/cli/bin/rspack.js',
    args: ['serve', '--mode', 'development', '--host', '127.0.0.1'],
    entries: BOTH,
    page: 'defer',
  },
  {
    name: 'Parcel',
    script: 'parcel/lib/bin.js',
    args: ['index.html', '--no-cache', '--host', '127.0.0.1'],
    entries: ['cellgate'] as Entry[],
  },
].flatMap(({ entries, ...server }) => entries.map((entry) => ({ page: undefined, ...server, entry })));

const PAGE = (script: string, type: string): string => `<!doctype html>
  <html lang="en"><head><meta charset="utf-8"><title>cellgate</title></head>
  <body><script ${type} src="${script}"></script></body></html>`;

/** A folder of its own below the project, which has the package. */
function folderOf(name: string, entry: Entry): string {
  const folder = path.join(project, name.replaceAll(/\W/g, '-'));
  mkdirSync(path.join(folder, 'src'), { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module", "private": true }');
  writeFileSync(path.join(folder, 'index.html'), PAGE('./src/index.js', 'type="module"'));
  writeFileSync(path.join(folder, 'src/index.js'), PROGRAM[entry]);
  for (const file of ['agreement.js', 'golden.js']) {
    cpSync(path.join(project, file), path.join(folder, 'src', file));
  }
  return folder;
}

const CASES = BUNDLERS.flatMap((bundler) =>
  bundler.entries.flatMap((entry) =>
    Object.keys(bundler.modes).map((mode) => ({
      name: `${bundler.name}, ${mode}, ${entry}`,
      bundler,
      entry,
      mode,
    })),
  ),
);

describe('bundled by', () => {
  const chromium = useChromium();

  async function visit(address: string): Promise<Agreement> {
    const page = await chromium.open();
    try {
      return await resultOf<Agreement>(page, address);
    } finally {
      await page.close();
    }
  }

  it.each(CASES)('$name', async ({ name, bundler, entry, mode }) => {
    const folder = folderOf(name, entry);
    run(process.execPath, [tool(...bundler.script), ...(bundler.modes[mode] ?? [])], {
      cwd: folder,
      env: { NODE_ENV: mode },
    });
    const out = path.join(folder, bundler.out);
    if (bundler.page !== undefined) {
      writeFileSync(
        path.join(out, 'index.html'),
        PAGE('main.js', bundler.page === 'module' ? 'type="module"' : 'defer'),
      );
    }
    const modules = readdirSync(out, { recursive: true }).filter((file) => String(file).endsWith('.wasm'));
    expect(modules).toHaveLength(entry === 'cellgate' ? 4 : 0);
    if (entry === 'cellgate, file given') {
      cpSync(
        path.join(project, 'node_modules/cellgate/dist/wasm/simd128.wasm'),
        path.join(out, 'simd128.wasm'),
      );
    }
    const site = await serve(out);
    try {
      expectAgreement(await visit(`${site.origin}/`), 'wasm', entry === 'cellgate' ? 'relaxed' : 'simd128');
    } finally {
      await site.close();
    }
  });

  it('esbuild for Node, into one file that needs no other', () => {
    const folder = folderOf('esbuild-node', 'cellgate/inline');
    writeFileSync(
      path.join(folder, 'src/index.js'),
      `${PROGRAM['cellgate/inline']} console.log(JSON.stringify(await globalThis.result));`,
    );
    const alone = path.join(tmpdir(), `cellgate-alone-${process.pid}.mjs`);
    const args = ['src/index.js', '--bundle', '--platform=node', '--format=esm', `--outfile=${alone}`];
    try {
      run(process.execPath, [tool('esbuild/bin/esbuild'), ...args], { cwd: folder });
      expectAgreement(JSON.parse(run(process.execPath, [alone])), 'wasm', 'simd128');
    } finally {
      rmSync(alone, { force: true });
    }
  });

  it.each(SERVERS)('the development server of $name, $entry', async ({ name, script, args, entry, page }) => {
    const folder = folderOf(`${name}-server-${entry}`, entry);
    if (page !== undefined) {
      mkdirSync(path.join(folder, 'public'));
      writeFileSync(path.join(folder, 'public/index.html'), PAGE('main.js', page));
    }
    // Some serve no files from above the folder that they were started in.
    cpSync(path.join(project, 'node_modules'), path.join(folder, 'node_modules'), { recursive: true });
    const server = spawn(process.execPath, [tool(script), ...args, '--port', String(await freePort())], {
      cwd: folder,
      env: { ...process.env, NODE_ENV: 'development', NO_COLOR: '1' },
    });
    try {
      expectAgreement(
        await visit(`${await addressOf(server)}/`),
        'wasm',
        entry === 'cellgate' ? 'relaxed' : 'simd128',
      );
    } finally {
      server.kill();
    }
  });
});

/** The address that a server says it listens on. */
function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const listen = (chunk: Buffer): void => {
      text += chunk;
      const address = /http:\/\/127\.0\.0\.1:\d+(?=\D)/.exec(text)?.[0];
      if (address !== undefined) resolve(address);
    };
    server.stdout?.on('data', listen);
    server.stderr?.on('data', listen);
    server.on('exit', () => reject(new Error(text)));
  });
}

/** A port that nobody listens on at this moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
