/** Files that a command reads and writes; `-` is the standard input or output. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { replaceFile } from '../replace-file.js';
import { refused } from './refusal.js';
import { write } from './terminal.js';
import { UsageError } from './usage-error.js';

const STANDARD = '-';

/** What a file is called in messages. */
export const nameOf = (file: string): string => (file === STANDARD ? 'standard input' : file);

/** The bytes of a file, in memory of their own. */
export async function readBytes(file: string): Promise<Uint8Array<ArrayBuffer>> {
  if (file === STANDARD && process.stdin.isTTY) {
    throw new UsageError('the standard input is a terminal: pipe data into it, or name a file');
  }
  try {
    return new Uint8Array(file === STANDARD ? await buffer(process.stdin) : await readFile(file));
  } catch (error) {
    throw refused(nameOf(file), 'the file must be readable', error);
  }
}

export async function writeBytes(file: string, content: string | Uint8Array): Promise<void> {
  if (file === STANDARD) {
    const isBinary = typeof content !== 'string';
    if (isBinary && process.stdout.isTTY) {
      throw new UsageError('binary data are not written to a terminal: name a file or a pipe');
    }
    return write(process.stdout, content);
  }
  try {
    await replaceFile(file, content);
  } catch (error) {
    throw refused(file, 'the file must be writable', error);
  }
}

/** `npy` of `a/b.npy`, in small letters. */
export function endingOf(file: string): string {
  return /\.([^./\\]+)$/.exec(file)?.[1]?.toLowerCase() ?? '';
}
