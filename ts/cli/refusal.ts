/** What the system refuses, as an error that says it in words. */
import { CellgateError, reasonOf } from '../errors.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EISDIR: 'a folder',
  ENOTDIR: 'a file where a folder must be',
  ENOSPC: 'no space left',
  EROFS: 'a file system that cannot be written to',
};

/** The code of an error of the system; an empty text for other errors. */
export const systemCodeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

export function refused(file: string, expected: string, error: unknown): CellgateError {
  const got = REASONS[systemCodeOf(error)] ?? reasonOf(error);
  return new CellgateError('file', file, expected, got, { cause: error });
}
