/** Another commit of this repository, built in a worktree of its own under target/, once. */

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

function run(file, args, cwd) {
  execFileSync(file, args, {
    cwd,
    stdio: ['ignore', process.stderr, process.stderr],
    shell: process.platform === 'win32',
  });
}

/** @returns the folder of the built package; Rust's first compilation takes minutes */
export function buildReference(ref) {
  const args = ['rev-parse', '--verify', `${ref}^{commit}`];
  const commit = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  const folder = path.join(ROOT, 'target', 'bench', commit);
  const mark = path.join(folder, 'dist', '.built');
  if (existsSync(mark)) return folder;
  if (!existsSync(folder)) {
    run('git', ['worktree', 'prune'], ROOT);
    run('git', ['worktree', 'add', '--detach', folder, commit], ROOT);
    // The WebAssembly tools take longer to install than the package to build; a copy, as versions may differ.
    if (existsSync(path.join(ROOT, '.tools')))
      cpSync(path.join(ROOT, '.tools'), path.join(folder, '.tools'), { recursive: true });
  }
  run('npm', ['ci', '--no-audit', '--no-fund'], folder);
  run(process.execPath, ['bindings/build.mjs'], folder);
  writeFileSync(mark, '');
  return folder;
}
