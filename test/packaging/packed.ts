/** The packed package in a project of its own. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export function npm(cwd: string, ...args: string[]): string {
  // npm is a script for Node, but has another name on every system; run by npm, this is its path.
  const script = process.env.npm_execpath;
  const [command, first] = script?.endsWith('.js') ? [process.execPath, [script]] : ['npm', []];
  return execFileSync(command, [...first, ...args], { cwd, encoding: 'utf8', stdio: 'pipe' });
}

/** Packs the package and installs it into a new project in an empty folder, without a network. */
export function packAndInstall(folder: string): { tarball: string; files: string[] } {
  const [{ filename, files }] = JSON.parse(npm(ROOT, 'pack', '--json', '--pack-destination', folder));
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module", "private": true }');
  npm(folder, 'install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', `./${filename}`);
  return { tarball: path.join(folder, filename), files: files.map((file: { path: string }) => file.path) };
}
