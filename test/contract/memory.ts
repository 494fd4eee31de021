/** How much memory calls keep. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export const MEGABYTE = 2 ** 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Resident bytes after garbage collection; WebAssembly memory and the addon's are part of it. */
export async function residentBytes(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().rss;
}

/** Growth in megabytes from `warm` calls to `calls` more. */
export async function growth(calls: number, warm: number, action: () => void): Promise<number> {
  for (let index = 0; index < warm; index++) action();
  const before = await residentBytes();
  for (let index = 0; index < calls; index++) action();
  return ((await residentBytes()) - before) / MEGABYTE;
}
