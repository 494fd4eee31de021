/**
 * The one error class, and the one place where errors of the bindings become it.
 *
 * Message formula: where, what was expected, what came, always with the sizes:
 * `lstm.forward: x must be [batch, time, inputSize] = [*, *, 40], got [8, 100, 41]`.
 */

const CODES = [
  'shape',
  'dtype',
  'value',
  'state',
  'parameters',
  'disposed',
  'uninitialized',
  'memory',
  'unsupported',
  'backend',
  'diverged',
  'busy',
  'file',
  'worker',
  'internal',
] as const;

/**
 * What went wrong, stable across versions.
 *
 * - `shape`: sizes do not fit (tensor shapes, lengths of arrays, ragged nested arrays)
 * - `dtype`: wrong type of data, or a buffer that cannot be used (shared, resizable, detached)
 * - `value`: an option or argument outside its range, or unknown
 * - `state`: a state that does not belong to this layer or batch
 * - `parameters`: missing, unexpected or misshaped entries given to `loadStateDict`
 * - `disposed`: a call after `dispose()`
 * - `uninitialized`: a call before `await init()` where that is needed
 * - `memory`: a request that does not fit into memory
 * - `unsupported`: a combination that does not exist, such as streaming a bidirectional layer, or a file that asks for what is
 *   not here
 * - `backend`: the asked backend or instruction set cannot run here
 * - `diverged`: a loss or gradient that became infinite or no number in training
 * - `busy`: a call that has to wait until another one on the same object has ended, such as a second `fit`
 * - `file`: a file that cannot be read or written, is damaged or of another kind
 * - `worker`: a worker that could not start, or that was ended before its work was
 * - `internal`: a bug of this library; the object it happened in cannot be used any more
 */
export type ErrorCode = (typeof CODES)[number];

/**
 * The only error this library throws. Nothing is changed by the call that threw it, and except after
 * `internal` the object goes on working.
 *
 * @example
 * ```ts
 * import { CellgateError, LSTM, tensor } from 'cellgate';
 *
 * const lstm = new LSTM({ inputSize: 3, hiddenSize: 4 });
 * const sizes: number[] = [1, 2, 5];
 * try {
 *   lstm.forward(tensor(new Float32Array(10), sizes));
 * } catch (error) {
 *   if (error instanceof CellgateError) console.log(error.code, error.got); // shape [1, 2, 5]
 * }
 * ```
 */
export class CellgateError extends Error {
  override readonly name = 'CellgateError';
  /** What went wrong; see {@link ErrorCode}. */
  readonly code: ErrorCode;
  /** The call, such as `lstm.forward`. */
  readonly where: string;
  /** What was expected, beginning with the argument's name. */
  readonly expected: string;
  /** What came instead. */
  readonly got: string;

  constructor(code: ErrorCode, where: string, expected: string, got: string, options?: ErrorOptions) {
    super(`${where}: ${expected}, got ${got}`, options);
    this.code = code;
    this.where = where;
    this.expected = expected;
    this.got = got;
  }
}

/** Throws a {@link CellgateError}. */
export function fail(code: ErrorCode, where: string, expected: string, got: string): never {
  throw new CellgateError(code, where, expected, got);
}

/** Separates the parts of an error that crosses a binding; see {@link fromRaw}. */
const SEPARATOR = '\u001f';
/** Before the bits of a number, as a decimal integer. */
const NUMBER = '\u001e';
const RAW_PREFIX = 'cellgate';

function isErrorCode(code: string | undefined): code is ErrorCode {
  return CODES.some((known) => known === code);
}

/** Text of anything that can be thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function readGot(got: string): string {
  if (!got.startsWith(NUMBER)) return got;
  const bits = new BigUint64Array([BigInt(got.slice(NUMBER.length))]);
  return describe(new Float64Array(bits.buffer)[0]);
}

/** An error as a binding throws it, for what an adapter must refuse in its place. */
export function toRaw(code: ErrorCode, expected: string, got: string): Error {
  return new Error([RAW_PREFIX, code, '', expected, got].join(SEPARATOR));
}

/**
 * The error that a binding meant. Coded errors cross as `cellgate␟CODE␟WHERE␟EXPECTED␟GOT` in the message (␟ is
 * U+001F); anything else is a bug: a panic, an abort, a type error of the glue. `where` is the call as the user knows it.
 */
export function fromRaw(error: unknown, where: string): CellgateError {
  if (error instanceof CellgateError) return error;
  const message = reasonOf(error);
  const [prefix, code, , expected = '', got = ''] = message.split(SEPARATOR);
  return prefix === RAW_PREFIX && isErrorCode(code)
    ? new CellgateError(code, where, expected, readGot(got))
    : new CellgateError('internal', where, 'the backend must answer or refuse', message, { cause: error });
}

/** `[8, 100, 41]` */
export function sizes(shape: ArrayLike<number>): string {
  return `[${Array.from(shape).join(', ')}]`;
}

/** A short text for a value that was not expected, for the `got` of an error. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol' || typeof value === 'function') return `a ${typeof value}`;
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  if (ArrayBuffer.isView(value)) {
    return 'length' in value ? `${String(name)}(${String(value.length)})` : String(name);
  }
  return typeof name === 'string' && name !== 'Object' && name !== '' ? `a ${name}` : 'an object';
}
