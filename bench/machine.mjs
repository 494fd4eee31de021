/** Where a result comes from: machine, versions, commit. */

import { execFileSync } from 'node:child_process';
import { arch, cpus, platform } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isNative } from './ratios.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

function git(...args) {
  try {
    return execFileSync('git', args, {
      cwd: here,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

/** The short commit, `-dirty` if files beside the results differ from it; `uncommitted` where there is none. */
function commit() {
  const short = git('rev-parse', '--short', 'HEAD');
  if (short === undefined) return 'uncommitted';
  return git('status', '--porcelain', '--', ':/', ':!results', ':!charts') === '' ? short : `${short}-dirty`;
}

/** @param candidates of the run; the native one names the kind of machine */
export function describeMachine(candidates) {
  const processors = cpus();
  const native = candidates.find(isNative);
  return {
    kind: native ? `${arch()}-${native.isa}` : arch(),
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    platform: platform(),
    node: process.versions.node,
    v8: process.versions.v8,
    flags: process.execArgv,
    commit: commit(),
    engines: Object.fromEntries(candidates.map(({ engine, version }) => [engine, version])),
  };
}

/** The first lines of a report. */
export function machineLines({ cpu, cores, kind, node, commit: short, engines }) {
  const versions = Object.entries(engines).map(([name, version]) => `${name} (${version})`);
  return [`${cpu}, ${cores} cores, ${kind}; Node ${node}; commit ${short}`, versions.join(', ')];
}
