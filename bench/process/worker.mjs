/**
 * The process of a JavaScript engine, the other end of engine-process.mjs: `worker.mjs ENGINE SUITE [option...]` runs
 * `engines/ENGINE/SUITE.mjs`. That file has `open(...options)`, which gives `{ name, version, load }`; `load(work, data)` gives
 * a model, or nothing for a work that the engine has not:
 *
 * - `run(count)` makes so many calls, and may be a promise
 * - `answer(count)` begins anew, makes so many calls and gives arrays by name
 * - `callsPerCall`, where a call of the others is so many of its own
 * - `close()`
 */

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fromLine, toLine } from './wire.mjs';

const [name, suite, ...options] = process.argv.slice(2);
// Engines like to print, but this is the wire.
console.log = console.error;

let engine;
let model;

const commands = {
  async open() {
    const { open } = await import(`../engines/${name}/${suite}.mjs`);
    engine = await open(...options);
    const { load, ...about } = engine;
    return about;
  },
  async load({ work, data }) {
    await model?.close();
    model = await engine.load(work, data);
    return model && { callsPerCall: model.callsPerCall ?? 1 };
  },
  answer: ({ count }) => model.answer(count),
  async run({ count }) {
    const start = performance.now();
    await model.run(count);
    return performance.now() - start;
  },
  /** Without what is mapped from files, where the system tells: code is loaded as it is first run. */
  resident() {
    globalThis.gc?.();
    if (process.platform !== 'linux') return process.memoryUsage.rss();
    return 1024 * Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...message } = fromLine(line);
  const start = performance.now();
  let reply;
  try {
    const value = await commands[command](message);
    reply = { value, ms: performance.now() - start };
  } catch (error) {
    reply = { error: error.message, code: error.code };
  }
  process.stdout.write(`${toLine(reply)}\n`);
}
