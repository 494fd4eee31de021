/** The native addon for this machine and its declarations. */
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { DIST, packageScript, TARGET } from './paths.mjs';
import { runScript } from './process.mjs';
import { cargoEnvironment, rustSources } from './rust.mjs';
import { step } from './step.mjs';
import { checkRust, rustVersion } from './tools.mjs';

const CRATE = 'bindings/node';
const OUT = path.join(DIST, 'native');
const TARGET_DIR = path.join(TARGET, 'native');
/** No loader: `ts/backend/node-host.ts` finds the addon and says why it cannot. */
const FLAGS = ['--release', '--platform', '--no-js', '--dts', 'cellgate.d.ts'];

function compile() {
  const places = ['--manifest-path', `${CRATE}/Cargo.toml`, '--package-json-path', 'package.json'];
  const args = ['build', ...FLAGS, ...places, '--output-dir', OUT, '--target-dir', TARGET_DIR];
  const env = { ...cargoEnvironment(TARGET_DIR, []), CARGO_PROFILE_RELEASE_STRIP: 'symbols' };
  runScript(packageScript('@napi-rs/cli/dist/cli.js'), args, env);
}

export function buildNative() {
  const facts = { FLAGS, rust: rustVersion(), platform: process.platform, arch: process.arch };
  return step('native', { files: rustSources(CRATE), facts }, () => {
    checkRust();
    mkdirSync(OUT, { recursive: true });
    compile();
    const made = readdirSync(OUT).filter((name) => /\.(node|d\.ts)$/.test(name));
    return made.map((name) => path.join(OUT, name));
  });
}
