/** What a step of a pool leaves for the garbage collector: nothing. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { init, LSTM } from 'cellgate';
import { expect, it } from 'vitest';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const STEPS = 5_000;

it.each(['native', 'wasm'] as const)(
  'a step allocates nothing where all have a frame: %s',
  async (backend) => {
    await init({ backend });
    using lstm = new LSTM({ inputSize: 3, hiddenSize: 16 });
    using pool = lstm.streamPool();
    const members = Array.from({ length: 20 }, () => pool.join());
    const frame = Float32Array.of(1, 2, 3);
    /** Bytes per step. */
    const growth = (): number => {
      collect();
      const before = process.memoryUsage().heapUsed;
      for (let step = 0; step < STEPS; step++) {
        for (const member of members) member.push(frame);
        pool.step();
      }
      return (process.memoryUsage().heapUsed - before) / STEPS;
    };
    // The engine compiles first, and keeps what it learns.
    const rounds = Array.from({ length: 6 }, growth);
    expect(Math.min(...rounds.map(Math.abs)), `bytes per step: ${rounds.join(', ')}`).toBeLessThan(8);
  },
);
