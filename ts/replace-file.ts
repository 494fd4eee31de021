/** Files that are whole at all times. */

import { open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

type Content = string | Uint8Array;

/** Writes a new file and waits until it is on the disk. */
async function writeThrough(file: string, content: Content, mode: number | undefined): Promise<void> {
  const handle = await open(file, 'wx', mode);
  try {
    if (mode !== undefined) await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a rename last; systems that cannot open a folder do without. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Writes a file beside under another name and gives it its own then; an older one gives its permissions. What is no file of a
 * disk, such as a pipe or a device, is written to as it is.
 */
export async function replaceFile(file: string, content: Content): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const older = await stat(file).catch(() => undefined);
  if (older && !older.isFile()) return writeFile(file, content);
  const folder = path.dirname(target);
  const temporary = path.join(folder, `.${path.basename(target)}.${crypto.randomUUID()}`);
  try {
    await writeThrough(temporary, content, older && older.mode & 0o777);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}
