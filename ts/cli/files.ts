/** Files that a command reads and writes; `-` is the standard input or output. */
import { readFile, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { CellgateError, reasonOf } from '../errors.js';
import { write } from './terminal.js';
import { UsageError } from './usage-error.js';

const STANDARD = '-';

/** What a file is called in messages. */
export const nameOf = (file: string): string => (file === STANDARD ? 'standard input' : file);

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EISDIR: 'a folder',
  ENOTDIR: 'a file where a folder must be',
  ENOSPC: 'no space left',
  EROFS: 'a file system that cannot be written to',
};

function refused(file: string, expected: string, error: unknown): CellgateError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new CellgateError('file', file, expected, REASONS[code] ?? reasonOf(error), { cause: error });
}

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
    await writeFile(file, content);
  } catch (error) {
    throw refused(file, 'the file must be writable', error);
  }
}

/** `npy` of `a/b.npy`, in small letters. */
export function endingOf(file: string): string {
  return /\.([^./\\]+)$/.exec(file)?.[1]?.toLowerCase() ?? '';
}
