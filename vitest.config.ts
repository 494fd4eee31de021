/**
 * Test projects: the contract tests run once per backend and instruction set, the experiments and the formats of files
 * natively and on WebAssembly, the command, unit and type tests once.
 *
 * Sets that this machine lacks are reported, never dropped silently.
 */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { CHROMIUM_FLAGS, chromiumPath } from './test/browser/chromium.mjs';
import { goldenInPage } from './test/browser/golden.mjs';
import { trainInNode } from './test/browser/in-node.mjs';
import { FILES_FOR_NODE } from './test/browser/needs-node.js';

const inRoot = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Instruction sets the addon knows, by Node's name of the architecture, weakest first. */
const NATIVE_SETS: Record<string, string[]> = {
  x64: ['scalar', 'sse2', 'avx2', 'avx512'],
  arm64: ['scalar', 'neon'],
};
/** (func (result v128) i8x16.relaxed_swizzle of two splats): valid only with relaxed SIMD. */
const RELAXED_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2,
  253, 15, 253, 128, 2, 11,
]);

interface Plan {
  name: string;
  env: Record<string, string>;
  execArgv?: string[];
}

function loadAddon(): { rawInit(isa: string): string } {
  const folder = inRoot('./dist/native/');
  const name = readdirSync(folder).find((file) => file.endsWith('.node'));
  return createRequire(import.meta.url)(`${folder}${name}`);
}

/** A project for every set that the addon accepts here. */
function forcedNative(): Plan[] {
  const addon = loadAddon();
  return (NATIVE_SETS[process.arch] ?? ['scalar']).flatMap((isa) => {
    const name = `native-${isa}`;
    try {
      addon.rawInit(isa);
      return [{ name, env: { CELLGATE_BACKEND: 'native', CELLGATE_ISA: isa } }];
    } catch (error) {
      const reason = String(error instanceof Error ? error.message : error).replaceAll('\u001f', ' ');
      console.log(`test project ${name} is not run: ${reason}`);
      return [];
    }
  });
}

/** Node 20 has relaxed SIMD behind a flag only. */
const relaxedExecArgv = WebAssembly.validate(RELAXED_PROBE) ? [] : ['--experimental-wasm-relaxed-simd'];

const backends: Plan[] = [
  { name: 'native', env: { CELLGATE_BACKEND: 'native' } },
  ...forcedNative(),
  { name: 'wasm-simd128', env: { CELLGATE_BACKEND: 'wasm', CELLGATE_ISA: 'simd128' } },
  {
    name: 'wasm-relaxed',
    env: { CELLGATE_BACKEND: 'wasm', CELLGATE_ISA: 'relaxed' },
    execArgv: relaxedExecArgv,
  },
];

/** The built package under its own name, loaded by Node itself as a user's program would. */
const builtPackage = {
  alias: [
    { find: /^cellgate$/, replacement: inRoot('./dist/node/index.js') },
    { find: /^cellgate\/([\w-]+)$/, replacement: inRoot('./dist/node/$1.js') },
  ],
  server: { deps: { external: [/\/dist\//] } },
};

/** In Chromium, against what a page loads: the contract, and what only pages have; a project for each artefact. */
const inChromium = {
  plugins: [goldenInPage()],
  test: {
    name: 'chromium',
    alias: [
      { find: /^cellgate$/, replacement: inRoot('./dist/browser/index.js') },
      { find: /^cellgate\/([\w-]+)$/, replacement: inRoot('./dist/browser/$1.js') },
    ],
    include: ['test/contract/**/*.test.ts', 'test/browser/**/*.test.ts'],
    exclude: Object.keys(FILES_FOR_NODE),
    setupFiles: ['./test/browser/setup.ts'],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath: chromiumPath(), args: CHROMIUM_FLAGS } }),
      commands: {
        trainInNode: (_: unknown, isa: string) => trainInNode(isa, isa === 'relaxed' ? relaxedExecArgv : []),
      },
      instances: ['simd128', 'relaxed'].map((isa) => ({
        browser: 'chromium' as const,
        name: `chromium-${isa}`,
        env: { CELLGATE_BACKEND: 'wasm', CELLGATE_ISA: isa },
      })),
    },
  },
};

for (const [file, reason] of Object.entries(FILES_FOR_NODE)) {
  console.log(`${file} is not run in Chromium: it ${reason}`);
}

export default defineConfig({
  test: {
    projects: [
      ...backends.map((plan) => ({
        test: { ...builtPackage, ...plan, include: ['test/contract/**/*.test.ts'], pool: 'forks' as const },
      })),
      ...backends
        .filter(({ name }) => ['native', 'wasm-simd128'].includes(name))
        .flatMap(({ name, ...plan }) =>
          ['experiments', 'formats'].map((folder) => ({
            test: {
              ...builtPackage,
              ...plan,
              name: `${folder}-${name}`,
              include: [`test/${folder}/**/*.test.ts`],
              pool: 'forks' as const,
            },
          })),
        ),
      inChromium,
      { test: { ...builtPackage, name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { test: { ...builtPackage, name: 'cli', include: ['test/cli/**/*.test.ts'], testTimeout: 30_000 } },
      {
        test: {
          ...builtPackage,
          name: 'explorer',
          include: ['test/explorer/**/*.test.ts'],
          globalSetup: ['./test/explorer/setup.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: './test/types/tsconfig.json',
          },
        },
      },
    ],
  },
});
