import { CellgateError } from 'cellgate';

/** The error that a call ends with. */
export function errorOf(call: () => unknown): CellgateError {
  try {
    call();
  } catch (error) {
    if (error instanceof CellgateError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
