/** How much memory calls keep. */

export const MEGABYTE = 2 ** 20;

let collect: (() => void) | undefined;

/** Node's garbage collector. Imported when it is first needed, since pages import this file as well. */
async function collector(): Promise<() => void> {
  if (collect) return collect;
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  collect = runInNewContext('gc') as () => void;
  return collect;
}

/** Resident bytes after garbage collection; WebAssembly memory and the addon's are part of it. */
export async function residentBytes(): Promise<number> {
  const collectGarbage = await collector();
  for (let round = 0; round < 3; round++) {
    collectGarbage();
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
