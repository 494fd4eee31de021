/** Packages that one folder alone needs, by its own lockfile: they stay out of what everyone installs. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return {};
  }
}

/** npm writes down what it installed in a second lock. */
function isUpToDate(folder) {
  const installed = packagesOf(path.join(folder, 'node_modules/.package-lock.json'));
  return Object.entries(packagesOf(path.join(folder, 'package-lock.json')))
    .filter(([place, { optional }]) => place !== '' && !(optional && installed[place] === undefined))
    .every(([place, { version }]) => installed[place]?.version === version);
}

/** Puts the packages of a folder's lockfile in place, unless they are. */
export function installPackages(folder) {
  if (isUpToDate(folder)) return;
  console.error(`${path.basename(folder)}: installing its packages ...`);
  // npm is a script of another name on Windows, which only a shell starts.
  execFileSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel', 'error'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
}
