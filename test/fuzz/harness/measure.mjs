/** What a call takes of time and memory. */

import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

const SETTLE_MS = 20;

/** The most memory that the process has had so far, of any kind. */
const peak = () => 1024 * process.resourceUsage().maxRSS;

/** Makes the peak what the process has now, where the system can. */
function resetPeak() {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // The peak of all calls is as much as can be known.
  }
}

/** Bytes of objects and arrays, also of those that have never been written. */
function held() {
  const { used_heap_size: objects, external_memory: arrays } = getHeapStatistics();
  return objects + arrays;
}

/** A shorter call cannot take pages enough to be of interest. */
const BRIEF_MS = 1;
/** The peak when it was last looked at. */
let known = 0;

/** Looks at a call from outside: too much of what others and earlier calls do, and too little of what is freed meanwhile. */
export async function glance(call) {
  const [start, before, peakBefore] = [performance.now(), held(), known];
  const result = await call();
  const ms = performance.now() - start;
  if (ms > BRIEF_MS) known = peak();
  return { result, ms, grown: Math.max(held() - before, known - peakBefore) };
}

/** Time of the processor, and the most memory at a time beyond what there was before: garbage, arrays and native memory. */
export async function measure(call) {
  collectGarbage();
  // What was freed goes back to the system from another thread.
  await setTimeout(SETTLE_MS);
  resetPeak();
  const [before, resident, start] = [held(), peak(), process.cpuUsage()];
  const result = await call();
  const { user, system } = process.cpuUsage(start);
  const grown = Math.max(held() - before, peak() - resident);
  collectGarbage();
  resetPeak();
  known = peak();
  return { result, ms: (user + system) / 1000, grown };
}
