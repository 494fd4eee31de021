/**
 * Memory safety, a quarter of an hour or more:
 *
 *     npm run test:safety [-- miri | sanitizer | valgrind]
 *
 * - miri: the generic code on the scalar set, interpreted, with a choice of small sizes;
 * - sanitizer: all Rust tests on all sets of this machine under AddressSanitizer;
 * - valgrind: the same tests under memcheck, on the sets that it emulates (no AVX-512).
 *
 * Each part is reported as passed, FAILED or NOT RUN with the reason. A part whose tool is
 * missing fails the run only if it was asked for by name.
 */
import path from 'node:path';
import { TARGET } from '../../bindings/build/paths.mjs';
import { BuildError, output, run, seconds } from '../../bindings/build/process.mjs';

const CRATES = ['--package', 'cellgate-simd', '--package', 'cellgate-kernels', '--package', 'cellgate'];
const FEATURES = ['--features', 'cellgate/scalar'];
const TESTS = ['--lib', '--tests'];
const GET_NIGHTLY = 'rustup toolchain install nightly --component miri,rust-src';

const hasNightly = (...command) => output('cargo', ['+nightly', ...command]) !== undefined;

function miri() {
  const env = { CARGO_TARGET_DIR: path.join(TARGET, 'miri'), MIRIFLAGS: '-Zmiri-strict-provenance' };
  run('cargo', ['+nightly', 'miri', 'test', ...CRATES, ...FEATURES, ...TESTS], env);
}

function hostTriple() {
  return output('rustc', ['--version', '--verbose']).match(/^host: (.*)$/m)[1];
}

function sanitizer() {
  // Naming the target keeps the sanitizer out of build scripts and procedural macros.
  const args = ['+nightly', 'test', '--target', hostTriple(), ...CRATES, ...FEATURES, ...TESTS];
  run('cargo', args, { CARGO_TARGET_DIR: path.join(TARGET, 'sanitizer'), RUSTFLAGS: '-Zsanitizer=address' });
}

/** The test programs of the workspace's Rust crates. */
function testPrograms() {
  const args = ['test', ...CRATES, ...FEATURES, ...TESTS, '--no-run', '--message-format', 'json'];
  const messages = output('cargo', args);
  if (messages === undefined) throw new BuildError('the Rust tests do not compile');
  const programs = messages.split('\n').map((line) => JSON.parse(line).executable);
  return programs.filter((program) => typeof program === 'string');
}

function valgrind() {
  for (const program of testPrograms()) {
    console.log(`safety: valgrind on ${path.basename(program)}`);
    const options = ['--quiet', '--error-exitcode=1', '--leak-check=full', '--show-leak-kinds=definite'];
    // It does not emulate the mode that flushes denormals, so that the tests of it cannot pass.
    run('valgrind', [...options, '--errors-for-leak-kinds=definite', program, '--skip', 'denormals::']);
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

/** Runs one part; gives what is to be said of it. */
function runPart(name, asked) {
  const { work, exists, get } = PARTS[name];
  if (!exists()) {
    if (asked) process.exitCode = 1;
    return `NOT RUN, it is missing; install it: ${get}`;
  }
  console.log(`safety: ${name} ...`);
  const start = performance.now();
  try {
    work();
    return `passed in ${seconds(start)}`;
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    process.exitCode = 1;
    return `FAILED after ${seconds(start)}: ${error.message}`;
  }
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  console.error(`safety: unknown part '${unknown[0]}', use: ${Object.keys(PARTS).join(', ')}`);
  process.exitCode = 1;
} else {
  const names = asked.length > 0 ? asked : Object.keys(PARTS);
  const results = names.map((name) => `safety: ${name} ${runPart(name, asked.length > 0)}`);
  console.log(results.join('\n'));
}
