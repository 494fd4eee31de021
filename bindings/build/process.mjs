/** Child processes whose failure is one clear line, and time in a readable form. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT, TOOLS } from './paths.mjs';

/** A failure that the user can act on: shown without a stack. */
export class BuildError extends Error {}

/** The environment of every child: the project's own tools come first. */
function environment(extra) {
  const env = { ...process.env, PATH: [path.join(TOOLS, 'bin'), process.env.PATH].join(path.delimiter) };
  // Either would change code generation behind the build's back.
  delete env.RUSTFLAGS;
  delete env.CARGO_BUILD_TARGET;
  return { ...env, ...extra };
}

/** Runs a command with its output shown; throws when it fails, naming it as `label`. */
export function run(command, args, env = {}, label = `${command} ${args[0]}`) {
  const result = spawnSync(command, args, { cwd: ROOT, env: environment(env), stdio: 'inherit' });
  if (result.error) throw new BuildError(`cannot run ${command}: ${result.error.message}`);
  if (result.status !== 0)
    throw new BuildError(`${label} failed (${result.signal ?? `exit code ${result.status}`})`);
}

/** Runs the script of an npm package with this Node. */
export const runScript = (script, args, env) =>
  run(process.execPath, [script, ...args], env, path.basename(script, '.js'));

/** What a command prints, trimmed; undefined when it is missing or fails. */
export function output(command, args) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    env: environment(),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** Time since `start` (of `performance.now`) as `1.2 s`. */
export const seconds = (start) => `${((performance.now() - start) / 1000).toFixed(1)} s`;
