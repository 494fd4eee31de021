/** Packages that only a part of the project needs: each part has its own list, installed when it is used. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

function packagesOf(folder, file) {
  try {
    return JSON.parse(readFileSync(new URL(file, folder), 'utf8')).packages;
  } catch {
    return {};
  }
}

/** npm writes down what it installed in a second lock. */
function isUpToDate(folder) {
  const installed = packagesOf(folder, 'node_modules/.package-lock.json');
  return Object.entries(packagesOf(folder, 'package-lock.json'))
    .filter(([path, { optional }]) => path !== '' && !optional)
    .every(([path, { version }]) => installed[path]?.version === version);
}

/** Puts the packages of a folder's `package-lock.json` in place, unless they are. `folder` is a URL that ends in `/`. */
export function installPackages(folder, what) {
  if (isUpToDate(folder)) return;
  console.error(`installing ${what} ...`);
  // npm is a script of another name on Windows, which only a shell starts.
  execFileSync('npm', ['ci', '--prefix', fileURLToPath(folder), '--no-audit', '--no-fund'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
}

export function installPeers() {
  installPackages(new URL('.', import.meta.url), 'the peers of the benchmarks');
}
