/** Training on one thread and on more: the same bits. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from './examples.js';

/** Batches of 32 are cut into parts, of enough work for threads to take them. */
const PROGRAM = `
  import { createHash } from 'node:crypto';
  import { Dropout, init, Linear, LSTM, Sequential, tensor } from ${JSON.stringify(path.join(ROOT, 'dist/entry/node.js'))};
  await init({ backend: 'native' });
  const numbers = (count, step) => Float32Array.from({ length: count }, (_, index) => Math.sin(index * step));
  const model = new Sequential([
    new LSTM({ inputSize: 5, hiddenSize: 33, layers: 2, dropout: 0.2, bidirectional: true, seed: 1 }),
    new Dropout(0.2),
    new Linear({ inputSize: 66, outputSize: 3, seed: 2 }),
  ]);
  const data = { x: tensor(numbers(70 * 12 * 5, 0.7), [70, 12, 5]), y: tensor(numbers(70 * 3, 1.3), [70, 3]) };
  const lengths = Array.from({ length: 70 }, (_, index) => 1 + (index % 12));
  const history = await model.fit(
    { ...data, lengths },
    { loss: 'huber', optimizer: 'adamw', epochs: 3, batchSize: 32, clipNorm: 1, validation: 0.1, seed: 3 },
  );
  const hash = createHash('sha256').update(model.save()).digest('hex');
  console.log(JSON.stringify({ history, hash, evaluated: model.evaluate(data), y: Array.from(model.predict(data.x).data) }));`;

it('a fit gives the same bits on any number of threads', { timeout: 60_000 }, async () => {
  const run = async (threads: number): Promise<unknown> => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', PROGRAM],
      {
        env: { ...process.env, RAYON_NUM_THREADS: String(threads) },
      },
    );
    return JSON.parse(stdout);
  };
  const first = await run(1);
  for (const threads of [2, 3]) expect(await run(threads), `${threads} threads`).toEqual(first);
});
