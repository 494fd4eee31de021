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
/** No loader: `ts/backend/addon.ts` finds the addon and says why it cannot. */
const FLAGS = ['--release', '--platform', '--no-js', '--dts', 'cellgate.d.ts'];

/** Compiles the addon into a folder, with compiler flags, arguments of the napi tools and variables beside the common ones. */
export function compileAddon({ out, targetDir, flags = [], args = [], env = {} }) {
  const places = ['--manifest-path', `${CRATE}/Cargo.toml`, '--package-json-path', 'package.json'];
  const outputs = ['--output-dir', out, '--target-dir', targetDir];
  runScript(packageScript('@napi-rs/cli/dist/cli.js'), ['build', ...FLAGS, ...places, ...outputs, ...args], {
    ...cargoEnvironment(targetDir, flags),
    CARGO_PROFILE_RELEASE_STRIP: 'symbols',
    ...env,
  });
}

export function buildNative() {
  const facts = { FLAGS, rust: rustVersion(), platform: process.platform, arch: process.arch };
  return step('native', { files: rustSources(CRATE), facts }, () => {
    checkRust();
    mkdirSync(OUT, { recursive: true });
    compileAddon({ out: OUT, targetDir: path.join(TARGET, 'native') });
    const made = readdirSync(OUT).filter((name) => /\.(node|d\.ts)$/.test(name));
    return made.map((name) => path.join(OUT, name));
  });
}
