// Time of a step of many streams, one by one and together in a pool, natively and on WebAssembly.
//
//     node bench/pool.mjs [--json FILE]
//
// One thread, an LSTM with as many inputs as units. A figure is the least of rounds in which each way runs in turn, for what
// else the machine does only adds; of a pool it has everything that a server does: frames pushed, the step, outputs copied to
// the members' arrays. `half` is a step for which every second member has a frame.

import { parseArgs } from 'node:util';
import { backend, init, LSTM } from '../dist/node/index.js';
import { describeMachine } from './machine.mjs';
import { writeJson } from './record.mjs';
import { figures } from './statistics.mjs';
import { timeInterleaved } from './timing.mjs';

const BACKENDS = [
  { backend: 'native', threads: 1 },
  { backend: 'wasm', isa: 'simd128' },
];
const SIZES = [32, 128, 256];
const COUNTS = [1, 2, 8, 16, 64, 256];
const TIMING = { rounds: 41, sampleMs: 3, warmUpMs: 100 };

const candidate = (call) => ({
  async run(count) {
    const start = performance.now();
    for (let at = 0; at < count; at++) call();
    return performance.now() - start;
  },
});

/** Microseconds of a step: of streams one by one, of a pool, of a pool with half the frames. */
async function measure(size, count) {
  const lstm = new LSTM({ inputSize: size, hiddenSize: size });
  const frame = Float32Array.from({ length: size }, (_, at) => Math.sin(at));
  const streams = Array.from({ length: count }, () => lstm.stream());
  const [whole, half] = [lstm.streamPool(), lstm.streamPool()];
  const [all, some] = [whole, half].map((pool) => streams.map(() => pool.join()));
  const [output] = streams.map((stream) => stream.step(frame));
  for (const member of all) member.push(frame);
  whole.step();
  if (all.some((member) => member.output.some((value, at) => value !== output[at]))) {
    throw new Error('a pool gives other numbers than a stream');
  }
  const samples = await timeInterleaved(
    [
      candidate(() => {
        for (const stream of streams) stream.step(frame);
      }),
      candidate(() => {
        for (const member of all) member.push(frame);
        whole.step();
      }),
      candidate(() => {
        for (let at = 0; at < count; at += 2) some[at].push(frame);
        half.step();
      }),
    ],
    TIMING,
  );
  lstm.dispose();
  for (const handle of [...streams, whole, half]) handle.dispose();
  const [separate, pool, halfPool] = samples.map((own) => 1000 * figures(own).minMs);
  return { size, count, microseconds: { separate, pool, half: halfPool } };
}

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const record = { machine: describeMachine([]), sets: [] };
for (const choice of BACKENDS) {
  await init(choice);
  const { kind, isa } = backend();
  const works = [];
  for (const size of SIZES) {
    for (const count of COUNTS) {
      const work = await measure(size, count);
      works.push(work);
      const { separate, pool, half } = work.microseconds;
      const ratio = (separate / pool).toFixed(2);
      const times = `${separate.toFixed(1)} µs one by one, ${pool.toFixed(1)} µs in a pool (${ratio}x)`;
      console.log(
        `${kind} ${isa} H${size}, ${count} streams: ${times}, ${half.toFixed(1)} µs for half of them`,
      );
    }
  }
  record.sets.push({ set: `${kind} ${isa}`, works });
}
if (values.json) writeJson(values.json, record);
