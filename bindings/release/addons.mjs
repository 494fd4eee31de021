/**
 * Addons for other platforms than this one, into `out/addons`. Those for Linux and macOS are linked by Zig, which knows their C
 * libraries (and for glibc an old version of it, so that the addon loads on old systems); those for Windows need Windows.
 */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { compileAddon } from '../build/native.mjs';
import { DIST, inRoot, TARGET, TOOLS } from '../build/paths.mjs';
import { BuildError, output, run } from '../build/process.mjs';
import { fileOf } from './targets.mjs';

const ADDONS = inRoot('out/addons');

const ZIG = path.join(TOOLS, 'zig');
const ZIG_PACKAGES = ['ziglang==0.17.1', 'cargo-zigbuild==0.24.1'];

/** Zig and its face for cargo come as packages of Python. */
function ensureZig() {
  if (existsSync(path.join(ZIG, 'bin/cargo-zigbuild'))) return;
  if (output('python3', ['--version']) === undefined) {
    throw new BuildError('python3 is missing, which installs Zig: install it with the package python3-venv');
  }
  console.log('release: installing Zig into .tools (once)');
  run('python3', ['-m', 'venv', ZIG]);
  run(path.join(ZIG, 'bin/pip'), ['install', '--quiet', ...ZIG_PACKAGES], {}, 'pip install');
}

function linkedByZig() {
  ensureZig();
  return { PATH: [path.join(ZIG, 'bin'), process.env.PATH].join(path.delimiter) };
}

/**
 * Builds one addon.
 * @returns why it cannot be built here; undefined where it was
 */
export function buildAddon(target) {
  const { triple, os, libc } = target;
  if (os === 'win32' && process.platform !== 'win32') return 'Windows is needed';
  mkdirSync(ADDONS, { recursive: true });
  run('rustup', ['target', 'add', triple]);
  const byZig = os === 'linux' || (os === 'darwin' && process.platform !== 'darwin');
  // A module of its own: only then is musl linked as Node does it.
  const flags = libc === 'musl' ? ['-C', 'target-feature=-crt-static'] : [];
  compileAddon({
    out: ADDONS,
    targetDir: path.join(TARGET, 'addons'),
    flags,
    args: ['--target', triple, ...(byZig ? ['--cross-compile'] : [])],
    env: byZig ? linkedByZig() : {},
  });
  return undefined;
}

function existing(folder, target) {
  const file = path.join(folder, fileOf(target));
  return existsSync(file) ? file : undefined;
}

/** The file of an addon that was built for release; undefined where it was not. */
export const releasedAddon = (target) => existing(ADDONS, target);

/** That of the build for this machine, which may need newer libraries; undefined for other platforms. */
export const localAddon = (target) => existing(path.join(DIST, 'native'), target);
