/** What a step of a pool leaves for the garbage collector: nothing. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { init, LSTM } from 'cellgate';
import { expect, it } from 'vitest';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const STEPS = 5_000;
/** Bytes: less than any object has. */
const NOTHING = 8;
/** The engine compiles first, which takes the longer the more a machine has to do. */
const MOST_ROUNDS = 50;

it.each(['native', 'wasm'] as const)(
  'a step allocates nothing where all have a frame: %s',
  { timeout: 60_000 },
  async (backend) => {
    await init({ backend });
    using lstm = new LSTM({ inputSize: 3, hiddenSize: 16 });
    using pool = lstm.streamPool();
    const members = Array.from({ length: 20 }, () => pool.join());
    const frame = Float32Array.of(1, 2, 3);
    const bytesPerStep = (): number => {
      collect();
      const before = process.memoryUsage().heapUsed;
      for (let step = 0; step < STEPS; step++) {
        for (const member of members) member.push(frame);
        pool.step();
      }
      return Math.abs(process.memoryUsage().heapUsed - before) / STEPS;
    };
    let least = bytesPerStep();
    for (let round = 1; round < MOST_ROUNDS && least >= NOTHING; round++) {
      least = Math.min(least, bytesPerStep());
    }
    expect(least).toBeLessThan(NOTHING);
  },
);
