/** Compiles the processes of rten and tract. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url));

/** @returns the path of the program */
export function buildRustPeers() {
  const target = pathOf('../../../target/bench-peers/');
  const args = ['build', '--release', '--locked', '--quiet', '--manifest-path', pathOf('Cargo.toml')];
  execFileSync('cargo', [...args, '--target-dir', target], { stdio: ['ignore', 'inherit', 'inherit'] });
  const ending = process.platform === 'win32' ? '.exe' : '';
  return `${target}release/cellgate-bench-peers${ending}`;
}
