/**
 * The WebAssembly artefacts: one per feature level, with and without training, and one glue for all.
 *
 * An unknown opcode makes a module invalid as a whole, hence a module per level. All are compiled from the same source,
 * so that imports are the same, but for those of training.
 */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { silencePanics } from './panics.mjs';
import { DIST, inRoot, packageScript, TARGET } from './paths.mjs';
import { BuildError, run, runScript } from './process.mjs';
import { cargoEnvironment, rustSources } from './rust.mjs';
import { step } from './step.mjs';
import { checkRust, ensureWasmTarget, ensureWasmTools, rustVersion } from './tools.mjs';
import { markModule, markOf, packageVersion } from './version-mark.mjs';

const CRATE = 'bindings/wasm';
const OUT = path.join(DIST, 'wasm');
const LEVELS = {
  simd128: { features: '+simd128', optimizer: ['--enable-simd'] },
  relaxed: { features: '+simd128,+relaxed-simd', optimizer: ['--enable-simd', '--enable-relaxed-simd'] },
};
/** Behind the level's name in that of the file, and what is said to cargo. */
const PARTS = { '': [], '-inference': ['--', '--no-default-features'] };
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
const OPTIMIZER_FLAGS = ['-Os', '--converge', '--strip-producers', '--strip-target-features'];

/** Loop strength reduction would take the constant offsets out of the loads: one `i32.add` per load. */
const compilerFlags = (features) => ['-C', `target-feature=${features}`, '-C', 'llvm-args=-disable-lsr'];

/** Each level has its own folder: in a common one they would evict each other. */
const targetDir = (level) => path.join(TARGET, `wasm-${level}`);
const packageDir = (level, part) => path.join(targetDir(level), `package${part}`);

function compile(level, part) {
  const args = ['build', CRATE, '--profile', 'wasm', '--target', 'web', '--mode', 'no-install', '--no-pack'];
  const names = ['--out-dir', packageDir(level, part), '--out-name', 'cellgate'];
  const all = ['--log-level', 'error', ...args, ...names, ...PARTS[part]];
  run('wasm-pack', all, environment(level), `wasm-pack for ${level}${part}`);
}

const environment = (level, folder = targetDir(level)) =>
  cargoEnvironment(folder, compilerFlags(LEVELS[level].features));

function optimize(level, part) {
  const input = path.join(packageDir(level, part), 'silent.wasm');
  silencePanics(path.join(packageDir(level, part), 'cellgate_bg.wasm'), input);
  const result = path.join(OUT, `${level}${part}.wasm`);
  const features = [...BASE_FEATURES, ...LEVELS[level].optimizer];
  runScript(packageScript('binaryen/bin/wasm-opt'), [...OPTIMIZER_FLAGS, ...features, input, '-o', result]);
  return result;
}

const IMPORT = /^ {8}(\w+): function\([\s\S]*?^ {8}\}/gm;

/** The glue made with the first artefact, after a check that it has what the others import. */
function shareGlue([first, ...others]) {
  const folderOf = ([level, part]) => packageDir(level, part);
  const importsOf = (artefact) => {
    const text = readFileSync(path.join(folderOf(artefact), 'cellgate.js'), 'utf8');
    return new Map([...text.matchAll(IMPORT)].map(([code, name]) => [name, code]));
  };
  const imports = importsOf(first);
  for (const other of others) {
    for (const [name, code] of importsOf(other)) {
      if (imports.get(name) === code) continue;
      throw new BuildError(`the glue of ${other.join('')} differs from that of ${first.join('')} in ${name}`);
    }
  }
  return ['cellgate.js', 'cellgate.d.ts'].map((name) => {
    const result = path.join(OUT, name);
    copyFileSync(path.join(folderOf(first), name), result);
    return result;
  });
}

export function buildWasm() {
  const facts = {
    LEVELS,
    rust: rustVersion(),
    version: packageVersion(),
    binaryen: readFileSync(packageScript('binaryen/package.json'), 'utf8'),
  };
  return step('wasm', { files: rustSources(CRATE), facts }, () => {
    checkRust();
    ensureWasmTarget();
    ensureWasmTools();
    mkdirSync(OUT, { recursive: true });
    const artefacts = Object.keys(LEVELS).flatMap((level) => Object.keys(PARTS).map((part) => [level, part]));
    for (const artefact of artefacts) compile(...artefact);
    const glue = shareGlue(artefacts);
    const mark = markOf(readFileSync(glue[0]));
    const modules = artefacts.map(([level, part]) => {
      const file = optimize(level, part);
      markModule(file, mark, level);
      return file;
    });
    return [...modules, ...glue];
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
