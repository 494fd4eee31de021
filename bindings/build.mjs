/**
 * Builds everything that `dist/` holds: four WebAssembly artefacts with their glue,
 * the native addon, the compiled TypeScript, and what is said of others' work in them. A step whose inputs did not change
 * since its last success is skipped.
 *
 *     node bindings/build.mjs [all | wasm | native | ts | notices | clippy]
 *
 * `clippy` lints the code as compiled for WebAssembly and builds nothing.
 */

import { withLock } from './build/lock.mjs';
import { buildNative } from './build/native.mjs';
import { buildNotices } from './build/notices.mjs';
import { BuildError, seconds } from './build/process.mjs';
import { checkNode } from './build/tools.mjs';
import { buildTypeScript } from './build/typescript.mjs';
import { buildWasm, lintWasm } from './build/wasm.mjs';

const COMMANDS = {
  all: [buildWasm, buildNative, buildTypeScript, buildNotices],
  wasm: [buildWasm],
  native: [buildNative],
  ts: [buildTypeScript],
  notices: [buildNotices],
  clippy: [lintWasm],
};

async function main(name = 'all') {
  const steps = COMMANDS[name];
  if (!steps)
    throw new BuildError(`unknown command '${name}', use one of: ${Object.keys(COMMANDS).join(', ')}`);
  checkNode();
  const start = performance.now();
  await withLock(async () => {
    for (const step of steps) await step();
  });
  console.log(`build: ${name} ready in ${seconds(start)}`);
}

try {
  await main(process.argv[2]);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`build: ${error.message}`);
  process.exitCode = 1;
}
