/**
 * An engine in a process of its own: its number of threads is settled when it starts, its memory can be measured, and
 * what one does to V8 does not slow another. It works only while it is asked.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { decode, encode, mapValues } from './wire.mjs';

export class EngineProcess {
  #child;
  #lines;
  #errors = '';

  /** @param command `{ file, args, env }` */
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
  async ask(command, message = {}) {
    this.#child.stdin.write(`${JSON.stringify({ command, ...message })}\n`);
    const { value: line, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#child.spawnargs[0]} ended: ${this.#errors.trim().slice(-500)}`);
    const { value, error, code } = JSON.parse(line);
    if (error) throw Object.assign(new Error(error), { code });
    return value;
  }

  /** `{ name, version }`, with `isa` where it has one. */
  open() {
    return this.ask('open');
  }

  /** Makes the layer, in place of the last one. */
  load(work, { parameters, x, y }) {
    const data = { parameters: mapValues(parameters, encode), x: encode(x), y: encode(y) };
    return this.ask('load', { work, ...data });
  }

  /** Trains `steps` steps: `{ losses, parameters }`, each loss that of before its update. */
  async answer(steps) {
    const { losses, parameters } = await this.ask('answer', { steps });
    return { losses, parameters: mapValues(parameters, decode) };
  }

  /** Milliseconds of `count` steps, by the clock of the process. */
  run(count) {
    return this.ask('run', { count });
  }

  /** Bytes that `load` and three steps make the process grow by. */
  memory() {
    return this.ask('memory');
  }

  async close() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.stdin.end();
    await closed;
  }
}
