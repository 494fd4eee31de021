/**
 * `npm run bench:instructions`: how many instructions the kernels take, counted by valgrind, beside the recorded numbers. Times
 * are noise on shared machines, instructions are not. Fails where a kernel takes more than recorded; `--record` writes anew.
 *
 * Valgrind has no AVX-512. Another compiler makes other code, so numbers are compared under the recorded version only.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { arch } from 'node:os';
import { fileURLToPath } from 'node:url';
import { readRecord, writeJson } from '../record.mjs';
import { lineOf } from '../table.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RECORD = fileURLToPath(new URL(`../results/instructions-${arch()}.json`, import.meta.url));
const PROGRAM = `${ROOT}target/release/examples/instructions`;
const SETS = { x64: ['sse2', 'avx2'], arm64: ['neon'] }[arch()] ?? [];
/** Of more instructions that are let pass: the order of code in memory moves some. */
const SLACK = 0.01;

const output = (command, ...args) => execFileSync(command, args, { cwd: ROOT, encoding: 'utf8' });

function hasValgrind() {
  return spawnSync('valgrind', ['--version']).status === 0;
}

function count(set, work) {
  const options = ['--tool=callgrind', '--callgrind-out-file=/dev/null', '--toggle-collect=*counted*'];
  const { stderr, status } = spawnSync('valgrind', [...options, PROGRAM, set, work], { encoding: 'utf8' });
  const collected = /Collected : (\d+)/.exec(stderr)?.[1];
  if (status !== 0 || !collected) throw new Error(`${work} on ${set} was not counted: ${stderr}`);
  return Number(collected);
}

function counts() {
  output('cargo', 'build', '--quiet', '--release', '-p', 'cellgate-kernels', '--example', 'instructions');
  const works = output(PROGRAM).trim().split('\n');
  return Object.fromEntries(
    SETS.map((set) => [set, Object.fromEntries(works.map((work) => [work, count(set, work)]))]),
  );
}

const line = lineOf([-20, 8, 10, 10, 8].map((width, index) => ({ width, index })));

function compare(recorded, counted) {
  let isWithin = true;
  const print = (...cells) => console.log(line(({ index }) => String(cells[index])));
  print('work', 'set', 'counted', 'recorded', 'change');
  for (const [set, works] of Object.entries(counted)) {
    for (const [work, now] of Object.entries(works)) {
      const before = recorded[set]?.[work];
      const change = before === undefined ? undefined : now / before - 1;
      if (change > SLACK) isWithin = false;
      print(work, set, now, before ?? 'none', change === undefined ? '' : `${(100 * change).toFixed(1)} %`);
    }
  }
  return isWithin;
}

const rustc = output('rustc', '--version').trim();
if (!hasValgrind() || SETS.length === 0) {
  console.log('instructions are not counted: there is no valgrind here, or no instruction set that it knows');
} else if (process.argv.includes('--record')) {
  writeJson(RECORD, { rustc, counts: counts() });
} else {
  const recorded = readRecord(RECORD);
  if (recorded.rustc !== rustc) {
    console.log(`instructions are not compared: recorded with ${recorded.rustc}, this is ${rustc}`);
  } else if (!compare(recorded.counts, counts())) {
    console.log(`more than ${100 * SLACK} % above the record: make it faster, or say why and use --record`);
    process.exitCode = 1;
  }
}
