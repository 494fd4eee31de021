/** What an engine costs beside time: how long until it says something, memory, and bytes that a page loads. */

import { inferenceEngines } from '../engines/index.mjs';
import { makeData } from '../inference/data.mjs';
import { works } from '../inference/works.mjs';
import { EngineProcess } from '../process/engine-process.mjs';
import { median } from '../statistics.mjs';
import { matches } from '../suite.mjs';
import { lineOf, mebibytes } from '../table.mjs';
import { shipped } from './shipped.mjs';

const WORK = works.find(({ name }) => name.startsWith('voice'));
/** Enough for scratch memory, and not for all garbage. */
const CALLS_BEFORE_MEMORY = 100;

/** In a fresh process: until the first result from its start, and from the import of the engine. */
async function firstResult(command, data) {
  const start = performance.now();
  const process = new EngineProcess(command);
  try {
    await process.open();
    await process.load(WORK, data);
    await process.run(1);
    return { startMs: performance.now() - start, importMs: process.busyMs };
  } finally {
    await process.close();
  }
}

/** Bytes that a fresh process grows by, from before the engine is imported. */
async function memoryOf(command, data) {
  const process = new EngineProcess(command);
  try {
    const before = await process.resident();
    await process.open();
    await process.load(WORK, data);
    await process.run(CALLS_BEFORE_MEMORY);
    return (await process.resident()) - before;
  } finally {
    await process.close();
  }
}

async function measureEngine({ name, command }, data, times) {
  const results = [];
  const memories = [];
  for (let turn = 0; turn < times; turn++) {
    results.push(await firstResult(command, data));
    memories.push(await memoryOf(command, data));
  }
  return {
    engine: name,
    startMs: median(results.map(({ startMs }) => startMs)),
    importMs: median(results.map(({ importMs }) => importMs)),
    bytes: median(memories),
  };
}

const PROCESS_COLUMNS = [
  { title: 'engine', width: -33, cell: ({ engine }) => engine },
  { title: 'from start, ms', width: 14, cell: ({ startMs }) => startMs.toFixed(0) },
  { title: 'from import, ms', width: 15, cell: ({ importMs }) => importMs.toFixed(1) },
  { title: 'memory, MiB', width: 12, cell: ({ bytes }) => mebibytes(bytes) },
];

const kilobytes = (bytes) => (bytes / 1000).toFixed(1);

const SHIPPED_COLUMNS = [
  { title: 'what a page loads, kB', width: -33, cell: ({ engine }) => engine },
  { title: 'raw', width: 10, cell: ({ raw }) => kilobytes(raw) },
  { title: 'gzip', width: 10, cell: ({ gzip }) => kilobytes(gzip) },
  { title: 'brotli', width: 10, cell: ({ brotli }) => kilobytes(brotli) },
];

function print(columns, title) {
  const line = lineOf(columns);
  console.log(`${title}${line((column) => column.title)}`);
  return (result) => console.log(line(({ cell }) => cell(result)));
}

/** @returns `{ processes, shipped }` */
export async function footprint({ quick, engines: pattern }) {
  const data = makeData(WORK);
  const tell = print(PROCESS_COLUMNS, `First result of "${WORK.name}" and memory of a fresh process\n`);
  const processes = [];
  for (const engine of inferenceEngines(1).filter(({ name }) => matches(name, pattern))) {
    try {
      const result = await measureEngine(engine, data, quick ? 1 : 5);
      processes.push(result);
      tell(result);
    } catch (error) {
      if (!engine.mayLack) throw error;
      console.error(`${engine.name} is not run: ${error.message.split('\n').at(-1)}`);
    }
  }
  const sizes = shipped();
  sizes.forEach(print(SHIPPED_COLUMNS, '\n'));
  return { processes, shipped: sizes };
}
