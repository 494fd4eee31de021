// Time of a sequence with weights held as f32, f16 and int8, on every backend and instruction set of this machine.
//
//     node bench/weights.mjs [--json FILE]
//
// One thread, 100 steps of one sequence, as many inputs as units. A figure is the median over rounds in which each form
// runs in turn.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { backend, init, LSTM, tensor } from '../dist/node/index.js';
import { describeMachine } from './machine.mjs';
import { writeJson } from './record.mjs';
import { median } from './statistics.mjs';

const SETS = ['native avx512', 'native avx2', 'native sse2', 'native neon', 'wasm simd128', 'wasm relaxed'];
const FORMS = ['f32', 'f16', 'int8'];
const SIZES = [64, 128, 256, 512, 1024];
const STEPS = 100;
const ROUNDS = 15;

/** Milliseconds of each form at each size, and the largest difference from f32. */
function measure() {
  return SIZES.map((size) => {
    const x = tensor(
      Float32Array.from({ length: STEPS * size }, (_, i) => Math.sin(i * 0.37)),
      [1, STEPS, size],
    );
    const layers = FORMS.map((weights) => new LSTM({ inputSize: size, hiddenSize: size, weights }));
    const outputs = layers.map((layer) => layer.forward(x).output.data);
    const times = FORMS.map(() => []);
    for (let round = 0; round < ROUNDS; round++) {
      layers.forEach((layer, form) => {
        const start = performance.now();
        let calls = 0;
        do {
          layer.forward(x);
          calls++;
        } while (performance.now() - start < 10);
        times[form].push((performance.now() - start) / calls);
      });
    }
    for (const layer of layers) layer.dispose();
    const error = (output) => output.reduce((most, h, i) => Math.max(most, Math.abs(h - outputs[0][i])), 0);
    return { size, milliseconds: times.map(median), errors: outputs.map(error) };
  });
}

async function main() {
  if (process.env.CELLGATE_BENCH_SET) {
    const [kind, isa] = process.env.CELLGATE_BENCH_SET.split(' ');
    await init({ backend: kind, isa });
    console.log(JSON.stringify({ set: `${backend().kind} ${backend().isa}`, works: measure() }));
    return;
  }
  const { values } = parseArgs({ options: { json: { type: 'string' } } });
  const record = { machine: describeMachine([]), forms: FORMS, steps: STEPS, sets: [] };
  for (const set of SETS) {
    const env = { ...process.env, CELLGATE_BENCH_SET: set };
    const stdio = ['ignore', 'pipe', 'ignore'];
    try {
      const out = execFileSync(process.execPath, [fileURLToPath(import.meta.url)], { env, stdio });
      const result = JSON.parse(out);
      record.sets.push(result);
      for (const { size, milliseconds, errors } of result.works) {
        const cells = FORMS.map((form, i) => {
          const times = `${milliseconds[i].toFixed(2)} ms (${(milliseconds[0] / milliseconds[i]).toFixed(2)}x)`;
          return `${form} ${times}, off by ${errors[i].toExponential(0)}`;
        });
        console.log(`${set} H${size}: ${cells.join(' | ')}`);
      }
    } catch {
      console.log(`${set}: does not run here`);
    }
  }
  if (values.json) writeJson(values.json, record);
}

await main();
