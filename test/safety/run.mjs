/**
 * Memory safety, minutes long:
 *
 *     npm run test:safety [-- miri | sanitizer | valgrind]
 *
 * - miri: the generic kernels on the scalar set, interpreted;
 * - sanitizer: all Rust tests on this machine's sets under AddressSanitizer;
 * - valgrind: the same tests under memcheck (which knows no AVX-512).
 *
 * A part whose tool is missing says what to install; it fails the run only if it was asked for by name.
 */
import path from 'node:path';
import { TARGET } from '../../bindings/build/paths.mjs';
import { BuildError, output, run } from '../../bindings/build/process.mjs';

const CRATES = ['--package', 'cellgate-simd', '--package', 'cellgate-kernels', '--package', 'cellgate'];
const FEATURES = ['--features', 'cellgate/scalar'];
const GET_NIGHTLY = 'rustup toolchain install nightly --component miri,rust-src';

const hasNightly = (...command) => output('cargo', ['+nightly', ...command]) !== undefined;

function miri() {
  const env = {
    CARGO_TARGET_DIR: path.join(TARGET, 'miri'),
    CELLGATE_ISA: 'scalar',
    MIRIFLAGS: '-Zmiri-env-forward=CELLGATE_ISA -Zmiri-strict-provenance',
  };
  run(
    'cargo',
    ['+nightly', 'miri', 'test', '--package', 'cellgate-kernels', '--features', 'scalar', '--lib', '--tests'],
    env,
  );
}

function hostTriple() {
  return output('rustc', ['--version', '--verbose']).match(/^host: (.*)$/m)[1];
}

function sanitizer() {
  // Naming the target keeps the sanitizer out of build scripts and procedural macros.
  const args = ['+nightly', 'test', '--target', hostTriple(), ...CRATES, ...FEATURES, '--lib', '--tests'];
  run('cargo', args, { CARGO_TARGET_DIR: path.join(TARGET, 'sanitizer'), RUSTFLAGS: '-Zsanitizer=address' });
}

/** The test programs of the workspace's Rust crates. */
function testPrograms() {
  const args = ['test', ...CRATES, ...FEATURES, '--lib', '--tests', '--no-run', '--message-format', 'json'];
  const messages = output('cargo', args);
  if (messages === undefined) throw new BuildError('the Rust tests do not compile');
  const programs = messages.split('\n').map((line) => JSON.parse(line).executable);
  return programs.filter((program) => typeof program === 'string');
}

function valgrind() {
  for (const program of testPrograms()) {
    console.log(`safety: valgrind on ${path.basename(program)}`);
    run('valgrind', [
      '--quiet',
      '--error-exitcode=1',
      '--leak-check=full',
      '--show-leak-kinds=definite',
      '--errors-for-leak-kinds=definite',
      program,
    ]);
  }
}

const PARTS = {
  miri: { work: miri, exists: () => hasNightly('miri', '--version'), get: GET_NIGHTLY },
  sanitizer: {
    work: sanitizer,
    exists: () => process.platform !== 'win32' && hasNightly('--version'),
    get: GET_NIGHTLY,
  },
  valgrind: {
    work: valgrind,
    exists: () => output('valgrind', ['--version']) !== undefined,
    get: 'valgrind',
  },
};

function runPart(name, asked) {
  const part = PARTS[name];
  if (part === undefined)
    throw new BuildError(`unknown part '${name}', use: ${Object.keys(PARTS).join(', ')}`);
  if (part.exists()) {
    console.log(`safety: ${name} ...`);
    part.work();
    return `${name} passed`;
  }
  if (asked) throw new BuildError(`${name} is missing, install it: ${part.get}`);
  return `${name} NOT RUN, install it: ${part.get}`;
}

try {
  const asked = process.argv.slice(2);
  const results = (asked.length > 0 ? asked : Object.keys(PARTS)).map((name) =>
    runPart(name, asked.length > 0),
  );
  console.log(results.map((result) => `safety: ${result}`).join('\n'));
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(`safety: ${error.message}`);
  process.exitCode = 1;
}
