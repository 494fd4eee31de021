/**
 * The Rust tests on arm64 (NEON): natively where this is an arm64 machine, else under qemu's user emulation.
 *
 *     npm run test:arm64
 *
 * What is missing is named, and the tests are reported as not run.
 */
import path from 'node:path';
import { TARGET } from '../../bindings/build/paths.mjs';
import { BuildError, output, run } from '../../bindings/build/process.mjs';

const TRIPLE = 'aarch64-unknown-linux-gnu';
const GCC = 'aarch64-linux-gnu-gcc';
const QEMU = 'qemu-aarch64';
const TESTS = [
  'test',
  '--package',
  'cellgate-simd',
  '--package',
  'cellgate-kernels',
  '--package',
  'cellgate',
];

/** What is missing for the emulated run, as things to install. */
function missing() {
  const targets = output('rustup', ['target', 'list', '--installed']) ?? '';
  return [
    targets.includes(TRIPLE) ? undefined : `rustup target add ${TRIPLE}`,
    output(GCC, ['--version']) === undefined ? GCC : undefined,
    output(QEMU, ['--version']) === undefined ? QEMU : undefined,
  ].filter((name) => name !== undefined);
}

function emulated() {
  const wanted = missing();
  if (wanted.length > 0) {
    console.log(`arm64: NOT RUN, install: ${wanted.join('; ')}`);
    return;
  }
  run('cargo', [...TESTS, '--features', 'cellgate/scalar', '--target', TRIPLE], {
    CARGO_TARGET_DIR: path.join(TARGET, 'arm64'),
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER: GCC,
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER: `${QEMU} -L /usr/aarch64-linux-gnu`,
  });
  console.log('arm64: passed under emulation');
}

try {
  if (process.arch === 'arm64') console.log('arm64: this machine runs the common tests on it already');
  else emulated();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`arm64: ${error.message}`);
  process.exitCode = 1;
}
