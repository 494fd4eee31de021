/** The TypeScript sources: declarations file by file into `dist/`, and a bundle for each platform. */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { encodeAscii } from './ascii.mjs';
import { DIST, inRoot, packageScript } from './paths.mjs';
import { runScript } from './process.mjs';
import { filesBelow, step } from './step.mjs';
import { readMark } from './version-mark.mjs';

/** What `cellgate/worker` starts. */
const WORKER_SCRIPT = 'worker-script';
const GLUE = path.join(DIST, 'wasm/cellgate.js');

/**
 * Each has a file per entry point, and what entries share in files beside them, so that all of a program's entries have one
 * backend and one set of classes. Node starts from few files several times as fast as from many; what a page downloads is
 * minified as well. `core` is what a program always loads, with all that it imports: one file.
 */
const PLATFORMS = {
  node: {
    platform: 'node',
    minify: false,
    programs: { cli: 'ts/cli/main.ts' },
    core: [inRoot('ts/entry/node.ts')],
  },
  // An AudioWorklet has neither of the two classes.
  browser: {
    platform: 'browser',
    minify: true,
    inject: utf8('TextDecoder', 'TextEncoder'),
    programs: { [WORKER_SCRIPT]: 'ts/worker/main.ts' },
    core: [inRoot('ts/index.ts'), GLUE],
  },
};

function utf8(...names) {
  return Object.fromEntries(names.map((name) => [name, [inRoot('ts/utf8.ts'), name]]));
}

/** What the sources declare and only the build knows, as expressions. */
function constants(programs) {
  const wasm = (name) => path.join(DIST, 'wasm', `${name}.wasm`);
  const inline = (name) => JSON.stringify(encodeAscii(readFileSync(wasm(name))));
  return {
    VERSION_MARK: JSON.stringify(readMark(wasm('simd128'))),
    INLINE_SIMD128: inline('simd128'),
    INLINE_SIMD128_INFERENCE: inline('simd128-inference'),
    HAS_WORKER_SCRIPT: String(WORKER_SCRIPT in programs),
  };
}

const declarationsOf = (source) => {
  const base = path.join(DIST, path.relative(inRoot('ts'), source)).replace(/\.ts$/, '');
  return ['.d.ts', '.d.ts.map'].map((ending) => base + ending);
};

/** Entry points of a platform, by the name of their file: the platform's own is `index`. Programs are run by themselves. */
function entriesOf(platform) {
  const names = filesBelow('ts/entry').map((file) => path.basename(file, '.ts'));
  const shared = names.filter((name) => !(name in PLATFORMS));
  return Object.fromEntries([
    ['index', inRoot('ts/entry', `${platform}.ts`)],
    ...shared.map((name) => [name, inRoot('ts/entry', `${name}.ts`)]),
    ...Object.entries(PLATFORMS[platform].programs).map(([name, file]) => [name, inRoot(file)]),
  ]);
}

/** Modules that are not where the sources say: the generated glue, and what `ts/platform.ts` stands for. */
const elsewhere = (name) => ({
  name: 'elsewhere',
  resolveId(id) {
    if (id.endsWith('/wasm/cellgate.js')) return GLUE;
    return name === 'node' && id === '../platform.js' ? inRoot('ts/entry/node.ts') : null;
  },
});

/** Names a chunk for `roots` and all that they import. */
function together(roots) {
  let modules;
  const reach = (context) => {
    const found = new Set(roots);
    for (const id of found)
      for (const imported of context.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
    return found;
  };
  return (id, context) => {
    modules ??= reach(context);
    return modules.has(id) ? 'core' : null;
  };
}

async function bundle(name) {
  const { rolldown } = await import('rolldown');
  const { platform, minify, inject = {}, programs, core } = PLATFORMS[name];
  const dir = path.join(DIST, name);
  rmSync(dir, { recursive: true, force: true });
  const build = await rolldown({
    input: entriesOf(name),
    platform,
    plugins: [elsewhere(name)],
    external: [/^node:/],
    tsconfig: false,
    // The manifest tells side effects of bundles; an entry that sources import for its own would be left out.
    treeshake: { moduleSideEffects: [{ test: /[\\/]entry[\\/]node\.ts$/, sideEffects: true }] },
    transform: { inject, define: constants(programs) },
    onLog(level, log) {
      if (level === 'warn') throw new Error(log.message);
    },
  });
  const { output } = await build.write({
    dir,
    minify,
    // They are in the declarations.
    comments: { jsdoc: false },
    codeSplitting: { groups: [{ debugName: 'core', name: together(core) }] },
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'shared-[hash].js',
  });
  await build.close();
  return output.map(({ fileName }) => path.join(dir, fileName));
}

export function buildTypeScript() {
  const sources = filesBelow('ts').filter((file) => file.endsWith('.ts'));
  // The adapters are checked against the declarations that the binding tools generate.
  const generated = filesBelow('dist/native/cellgate.d.ts', 'dist/wasm');
  const settings = filesBelow(
    'tsconfig.json',
    // Parts of other packages are bundled.
    'package-lock.json',
    'node_modules/typescript/package.json',
    'node_modules/@types/node/package.json',
    'node_modules/rolldown/package.json',
  );
  return step('typescript', { files: [...sources, ...generated, ...settings], facts: {} }, async () => {
    runScript(packageScript('typescript/bin/tsc'), ['--project', inRoot('tsconfig.json')]);
    const bundles = [];
    for (const name of Object.keys(PLATFORMS)) bundles.push(...(await bundle(name)));
    return [...sources.flatMap(declarationsOf), ...bundles];
  });
}
