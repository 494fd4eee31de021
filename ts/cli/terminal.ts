/** Where a command writes: results to the standard output, everything else beside. */
import type { PlotOptions } from '../plot/types.js';
import { refused, systemCodeOf } from './refusal.js';

const DEFAULT_COLUMNS = 80;
/** Columns of pictures; longer lines are hard to read. */
const MOST_COLUMNS = 120;
const LEAST_COLUMNS = 40;

/** A reader that has seen enough, such as `head`, is no failure. */
export const isClosedPipe = (error: unknown): boolean => systemCodeOf(error) === 'EPIPE';

/** Waits until a stream has taken a text, so that pipes hold it back. */
export function write(stream: NodeJS.WriteStream, chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, (error) => {
      if (!error) return resolve();
      const name = stream === process.stdout ? 'standard output' : 'standard error';
      reject(isClosedPipe(error) ? error : refused(name, 'the stream must be writable', error));
    });
  });
}

/** A text and a line break on the standard output. */
export const print = (text: string): Promise<void> => write(process.stdout, `${text}\n`);

/** A line of JSON. Numbers that are not finite become texts: JSON has none. */
export function jsonOf(value: unknown): string {
  const text = JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'number' && !Number.isFinite(item)) return String(item);
    return ArrayBuffer.isView(item) ? Array.from(item as Float32Array) : item;
  });
  return `${text}\n`;
}

/** JSON on the standard output. */
export const printJson = (value: unknown): Promise<void> => write(process.stdout, jsonOf(value));

/** A remark beside the results. */
export const note = (text: string): Promise<void> => write(process.stderr, `${text}\n`);

/** Colours of a stream. NO_COLOR forbids them, FORCE_COLOR asks for them where there is no terminal. */
export function colorsOf(stream: NodeJS.WriteStream, env = process.env): boolean | 'full' {
  const isForced = Boolean(env.FORCE_COLOR) && env.FORCE_COLOR !== '0';
  if (env.NO_COLOR || env.FORCE_COLOR === '0') return false;
  if (!stream.isTTY) return isForced;
  const depth = stream.getColorDepth(env);
  return depth >= 24 ? 'full' : depth >= 8;
}

/** How pictures are drawn on a stream. */
export function pictureOn(stream: NodeJS.WriteStream): PlotOptions {
  const columns = stream.columns ?? DEFAULT_COLUMNS;
  const width = Math.max(LEAST_COLUMNS, Math.min(MOST_COLUMNS, columns));
  return { format: 'terminal', width, color: colorsOf(stream) };
}

/** A line that is written over while there is a terminal; without one, nothing. */
export class Progress {
  #isOpen = false;

  show(text: string): void {
    if (!process.stderr.isTTY) return;
    const line = text.slice(0, (process.stderr.columns ?? DEFAULT_COLUMNS) - 1);
    process.stderr.write(`\r\u001b[K${line}`);
    this.#isOpen = true;
  }

  /** Takes the line away. */
  end(): void {
    if (this.#isOpen) process.stderr.write('\r\u001b[K');
    this.#isOpen = false;
  }
}
