/** How much memory calls keep. */

export const MEGABYTE = 2 ** 20;

/** Node's garbage collector; imported when it is needed, since pages import this file as well. */
async function collector(): Promise<() => void> {
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([
    import('node:v8'),
    import('node:vm'),
  ]);
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
}

/** Resident bytes after garbage collection; WebAssembly memory and the addon's are part of it. */
export async function residentBytes(): Promise<number> {
  const collect = await collector();
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
