/** What the WebAssembly and the native build have in common. */
import os from 'node:os';
import path from 'node:path';
import { ROOT } from './paths.mjs';
import { filesBelow } from './step.mjs';

/** Everything a binding is compiled from. */
export const rustSources = (binding) => filesBelow('Cargo.toml', 'Cargo.lock', 'crates', binding);

/** Keeps this machine's folders out of the panic messages, so that builds can be compared. */
const PATH_FLAGS = [
  `--remap-path-prefix=${process.env.CARGO_HOME ?? path.join(os.homedir(), '.cargo')}=cargo`,
  `--remap-path-prefix=${ROOT}=cellgate`,
];

/** The environment of a cargo run with compiler flags; flags may hold spaces. */
export const cargoEnvironment = (targetDir, flags) => ({
  CARGO_TARGET_DIR: targetDir,
  CARGO_ENCODED_RUSTFLAGS: [...flags, ...PATH_FLAGS].join('\x1f'),
});
