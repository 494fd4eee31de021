/** The process of a JavaScript engine, the other end of engine-process.mjs: `worker.mjs ENGINE [option...]`. */

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { decode, encode, mapValues } from './wire.mjs';

const [name, ...options] = process.argv.slice(2);
// Engines like to print, but this is the wire.
console.log = console.error;

let engine;
let model;

/** Memory without what is mapped from files, where the system tells: code is loaded as it is first run. */
function residentBytes() {
  globalThis.gc?.();
  if (process.platform !== 'linux') return process.memoryUsage.rss();
  return 1024 * Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
}

const commands = {
  async open() {
    const { open } = await import(`./engines/${name}.mjs`);
    engine = await open(...options);
    const { load, ...about } = engine;
    return about;
  },
  load({ work, parameters, x, y }) {
    model?.close();
    const data = { parameters: mapValues(parameters, decode), x: decode(x), y: decode(y) };
    model = engine.load(work, data);
  },
  async answer({ steps }) {
    const losses = [];
    for (let step = 0; step < steps; step++) losses.push(await model.step());
    return { losses, parameters: mapValues(model.parameters(), encode) };
  },
  async run({ count }) {
    const start = performance.now();
    for (let step = 0; step < count; step++) await model.step();
    return (performance.now() - start) * (model.stepsPerStep ?? 1);
  },
  async memory() {
    const before = residentBytes();
    model.prepare();
    for (let step = 0; step < 3; step++) await model.step();
    return residentBytes() - before;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...message } = JSON.parse(line);
  let reply;
  try {
    reply = { value: await commands[command](message) };
  } catch (error) {
    reply = { error: error.message, code: error.code };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
