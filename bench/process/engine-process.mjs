/**
 * An engine in a process of its own: its number of threads is settled when it starts, its memory can be measured, and
 * what one does to V8 does not slow another. It works only while it is asked.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fromLine, toLine } from './wire.mjs';

export class EngineProcess {
  /** Milliseconds that the process took for what it was asked so far, by its own clock. */
  busyMs = 0;
  #child;
  #lines;
  #errors = '';

  /** @param {{ file: string, args: string[], env: Record<string, string> }} command */
  constructor({ file, args, env }) {
    this.#child = spawn(file, args, { env: { ...process.env, ...env }, stdio: 'pipe' });
    this.#child.on('error', (error) => {
      this.#errors += error.message;
    });
    // A process that ended is told of by the answer that does not come.
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (text) => {
      this.#errors += text;
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Error with its code for what the engine refuses, and for a process that ended */
  async #ask(command, message = {}) {
    this.#child.stdin.write(`${toLine({ command, ...message })}\n`);
    const { value: line, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#child.spawnargs[0]} ended: ${this.#errors.trim().slice(-500)}`);
    const { value, ms, error, code } = fromLine(line);
    if (error) throw Object.assign(new Error(error), { code });
    this.busyMs += ms;
    return value;
  }

  /** `{ name, version }`, with `isa` where it has one. */
  open() {
    return this.#ask('open');
  }

  /**
   * Makes the model, in place of the last one.
   * @returns `{ callsPerCall }`, how many of its calls are one of the others; undefined for a work that the engine has not
   */
  load(work, data) {
    return this.#ask('load', { work, data });
  }

  /** What the model says after `count` calls from its beginning: arrays by name. */
  answer(count) {
    return this.#ask('answer', { count });
  }

  /** Milliseconds of `count` calls, by the clock of the process. */
  run(count) {
    return this.#ask('run', { count });
  }

  /** Bytes of memory that are the process' own. */
  resident() {
    return this.#ask('resident');
  }

  async close() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.stdin.end();
    await closed;
  }
}
