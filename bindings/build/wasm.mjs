/**
 * The WebAssembly artefacts: one per feature level, with one glue for both.
 *
 * An unknown opcode makes a module invalid as a whole, hence two modules; they are
 * compiled from the same source, so that their imports and exports must be the same.
 */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DIST, inRoot, packageScript, TARGET } from './paths.mjs';
import { BuildError, run, runScript } from './process.mjs';
import { cargoEnvironment, rustSources } from './rust.mjs';
import { step } from './step.mjs';
import { checkRust, ensureWasmTarget, ensureWasmTools, rustVersion } from './tools.mjs';

const CRATE = 'bindings/wasm';
const OUT = path.join(DIST, 'wasm');
const LEVELS = {
  simd128: { features: '+simd128', optimizer: ['--enable-simd'] },
  relaxed: { features: '+simd128,+relaxed-simd', optimizer: ['--enable-simd', '--enable-relaxed-simd'] },
};
/** What rustc enables by default, said to wasm-opt. */
const BASE_FEATURES = [
  '--enable-bulk-memory',
  '--enable-multivalue',
  '--enable-mutable-globals',
  '--enable-nontrapping-float-to-int',
  '--enable-reference-types',
  '--enable-sign-ext',
];
/**
 * Not -O3: its constant propagation copies every vector constant from before a loop to each of its uses,
 * which V8 then builds anew each time (Node 24, a matrix-vector loop of ten accumulators: 17 instead of
 * 38 GFLOP/s).
 */
const OPTIMIZER_FLAGS = ['-O2'];

/** Loop strength reduction would take the constant offsets out of the loads: one `i32.add` per load. */
const compilerFlags = (features) => ['-C', `target-feature=${features}`, '-C', 'llvm-args=-disable-lsr'];

/** Each level has its own folder: in a common one they would evict each other. */
const targetDir = (level) => path.join(TARGET, `wasm-${level}`);
const packageDir = (level) => path.join(targetDir(level), 'package');

function compile(level) {
  const args = ['build', CRATE, '--profile', 'wasm', '--target', 'web', '--mode', 'no-install', '--no-pack'];
  const names = ['--out-dir', packageDir(level), '--out-name', 'cellgate'];
  run('wasm-pack', ['--log-level', 'error', ...args, ...names], environment(level), `wasm-pack for ${level}`);
}

const environment = (level, folder = targetDir(level)) =>
  cargoEnvironment(folder, compilerFlags(LEVELS[level].features));

function optimize(level) {
  const input = path.join(packageDir(level), 'cellgate_bg.wasm');
  const result = path.join(OUT, `${level}.wasm`);
  const features = [...BASE_FEATURES, ...LEVELS[level].optimizer];
  runScript(packageScript('binaryen/bin/wasm-opt'), [...OPTIMIZER_FLAGS, ...features, input, '-o', result]);
  return result;
}

/** The glue made with the first level, after a check that it fits the others. */
function shareGlue() {
  const [first, ...others] = Object.keys(LEVELS);
  return ['cellgate.js', 'cellgate.d.ts'].map((name) => {
    const source = path.join(packageDir(first), name);
    const text = readFileSync(source, 'utf8');
    for (const level of others) {
      if (readFileSync(path.join(packageDir(level), name), 'utf8') === text) continue;
      throw new BuildError(
        `${name} of ${first} and ${level} differ: the two artefacts need the same imports`,
      );
    }
    const result = path.join(OUT, name);
    copyFileSync(source, result);
    return result;
  });
}

export function buildWasm() {
  const facts = {
    LEVELS,
    rust: rustVersion(),
    binaryen: readFileSync(packageScript('binaryen/package.json'), 'utf8'),
  };
  return step('wasm', { files: rustSources(CRATE), facts }, () => {
    checkRust();
    ensureWasmTarget();
    ensureWasmTools();
    mkdirSync(OUT, { recursive: true });
    for (const level of Object.keys(LEVELS)) compile(level);
    return [...Object.keys(LEVELS).map(optimize), ...shareGlue()];
  });
}

/** Clippy on the code as it is compiled for each feature level. */
export function lintWasm() {
  checkRust();
  ensureWasmTarget();
  for (const level of Object.keys(LEVELS)) {
    const args = [
      'clippy',
      '--quiet',
      '--manifest-path',
      inRoot(CRATE, 'Cargo.toml'),
      '--target',
      'wasm32-unknown-unknown',
    ];
    run('cargo', [...args, '--', '-D', 'warnings'], environment(level, path.join(TARGET, 'wasm-lint')));
  }
}
