/** Packages that one folder needs beside those of the repository: put in place when something there is run. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from './paths.mjs';

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
    .filter(([name, { optional }]) => name !== '' && !optional)
    .every(([name, { version }]) => installed[name]?.version === version);
}

/** Installs what the `package-lock.json` of a folder of the repository says, unless it is there. */
export function installPackages(name) {
  const folder = inRoot(name);
  if (isUpToDate(folder)) return;
  console.error(`${name}: installing packages ...`);
  // npm is a script of another name on Windows, which only a shell starts.
  execFileSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
}
