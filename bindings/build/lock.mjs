/** One build at a time per clone: two would write the same files. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { STATE } from './paths.mjs';

const LOCK = path.join(STATE, 'lock');
const POLL_MS = 200;

function tryLock() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/** The process that holds the lock, or undefined if it is gone. */
function holder() {
  try {
    const pid = Number(readFileSync(LOCK, 'utf8'));
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

async function acquire() {
  mkdirSync(STATE, { recursive: true });
  let told = false;
  while (!tryLock()) {
    const pid = holder();
    if (pid === undefined) {
      rmSync(LOCK, { force: true });
      continue;
    }
    if (!told) console.log(`build: waiting for the build of process ${pid}`);
    told = true;
    await sleep(POLL_MS);
  }
}

/** Runs `work` while no other build of this clone runs. */
export async function withLock(work) {
  await acquire();
  const release = () => rmSync(LOCK, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}
