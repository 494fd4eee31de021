/** The tools the build needs: checked where the user must install them, else installed. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { inRoot, packageScript, TARGET, TOOLS } from './paths.mjs';
import { BuildError, output, run } from './process.mjs';

const OLDEST_NODE = [20, 17];
const OLDEST_RUST = [1, 89];
const WASM_PACK_VERSION = '0.15.1';
const WASM_TARGET = 'wasm32-unknown-unknown';
const GET_RUST = "install Rust's stable toolchain with rustup (https://rustup.rs)";

const numbers = (version) =>
  version
    .match(/(\d+)\.(\d+)/)
    .slice(1)
    .map(Number);

const isOlder = (version, [major, minor]) => {
  const [ownMajor, ownMinor] = numbers(version);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
};

export function checkNode() {
  if (isOlder(process.versions.node, OLDEST_NODE)) {
    throw new BuildError(
      `Node ${process.versions.node} is too old: install Node ${OLDEST_NODE.join('.')} or newer`,
    );
  }
  if (!existsSync(packageScript('typescript')))
    throw new BuildError('npm packages are missing: run `npm ci` first');
}

/** rustc's version, part of what decides a Rust step's result. */
export const rustVersion = () => output('rustc', ['--version']) ?? 'none';

export function checkRust() {
  const version = output('cargo', ['--version']);
  if (version === undefined) throw new BuildError(`cargo is missing: ${GET_RUST}`);
  if (isOlder(version, OLDEST_RUST)) {
    throw new BuildError(
      `${version} is too old: run \`rustup update stable\` (${OLDEST_RUST.join('.')} or newer is needed)`,
    );
  }
  if (process.platform !== 'win32' && output('cc', ['--version']) === undefined) {
    throw new BuildError(
      'the C linker `cc` is missing: install a C compiler (Debian: build-essential, macOS: xcode-select --install)',
    );
  }
}

/** Makes sure that rustc can compile for WebAssembly. */
export function ensureWasmTarget() {
  const libraries = output('rustc', ['--print', 'target-libdir', '--target', WASM_TARGET]);
  if (libraries !== undefined && existsSync(libraries)) return;
  if (output('rustup', ['--version']) === undefined) {
    throw new BuildError(`Rust's target ${WASM_TARGET} is missing and so is rustup to add it: ${GET_RUST}`);
  }
  console.log(`build: adding Rust's target ${WASM_TARGET}`);
  run('rustup', ['target', 'add', WASM_TARGET]);
}

/** The version of a crate in Cargo.lock. */
function lockedVersion(crate) {
  const lock = readFileSync(inRoot('Cargo.lock'), 'utf8');
  const version = lock.match(new RegExp(`name = "${crate}"\\nversion = "([^"]+)"`))?.[1];
  if (version === undefined) throw new BuildError(`Cargo.lock has no ${crate}`);
  return version;
}

function installedVersion(program) {
  return output(path.join(TOOLS, 'bin', program), ['--version'])?.split(' ')[1];
}

/** Installs a program of a crate into the project's tool folder unless that version is there. */
function ensureTool(crate, program, version) {
  if (installedVersion(program) === version) return false;
  console.log(`build: installing ${crate} ${version} into .tools (once, some minutes)`);
  // Without --locked: registries that lag behind lack some of the versions locked there.
  const args = ['install', crate, '--version', `=${version}`, '--root', TOOLS, '--force', '--quiet'];
  run('cargo', args, { CARGO_TARGET_DIR: path.join(TARGET, 'tools') });
  return true;
}

/** Makes sure of wasm-pack and of the wasm-bindgen CLI that fits the crate in Cargo.lock. */
export function ensureWasmTools() {
  const wasmPack = ensureTool('wasm-pack', 'wasm-pack', WASM_PACK_VERSION);
  const wasmBindgen = ensureTool('wasm-bindgen-cli', 'wasm-bindgen', lockedVersion('wasm-bindgen'));
  if (wasmPack || wasmBindgen) rmSync(path.join(TARGET, 'tools'), { recursive: true, force: true });
}
