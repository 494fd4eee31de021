/** Training and inference on one thread and on more: the same bits. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from './examples.js';

const PREAMBLE = `
  import { createHash } from 'node:crypto';
  import { backend, Dropout, GRU, init, Linear, LSTM, RNN, Sequential, tensor } from ${JSON.stringify(path.join(ROOT, 'dist/node/index.js'))};
  await init({ backend: 'native' });
  const numbers = (count, step) => Float32Array.from({ length: count }, (_, index) => Math.sin(index * step));
  const hash = (...arrays) => {
    const digest = createHash('sha256');
    for (const array of arrays) digest.update(array);
    return digest.digest('hex');
  };`;

/** Batches of 32 are cut into parts, of enough work for threads to take them. */
const TRAINING = `
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
  console.log(JSON.stringify({ history, hash: hash(model.save()), evaluated: model.evaluate(data), y: Array.from(model.predict(data.x).data) }));`;

/** Sequences of different lengths, their traces, and blocks of a stream, of enough work for threads. */
const INFERENCE = `
  const [batch, time, inputSize] = [27, 60, 40];
  const x = tensor(numbers(batch * time * inputSize, 0.7), [batch, time, inputSize]);
  const lengths = Array.from({ length: batch }, (_, index) => (index * 7) % (time + 1));
  const hashes = [];
  for (const Layer of [LSTM, GRU, RNN]) {
    for (const bidirectional of [false, true]) {
      const layer = new Layer({ inputSize, hiddenSize: 70, layers: 2, bidirectional, seed: 1 });
      const { output, state } = layer.forward(x, { lengths });
      const { h, c = h } = state;
      hashes.push(hash(output.data, h.data, c.data), hash(layer.trace(x, { lengths }).output.data));
      if (bidirectional) continue;
      const stream = layer.stream({ batch });
      const frames = numbers(time * batch * inputSize, 0.3);
      for (let block = 0; block < 2; block++) hashes.push(hash(stream.run(frames)));
      hashes.push(hash(stream.step(frames.subarray(0, batch * inputSize))));
    }
  }
  console.log(JSON.stringify(hashes));`;

async function run(program: string, threads: number): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', PREAMBLE + program],
    { env: { ...process.env, RAYON_NUM_THREADS: String(threads) } },
  );
  return JSON.parse(stdout);
}

it.each([
  ['a fit', TRAINING],
  ['inference', INFERENCE],
])('%s gives the same bits on any number of threads', { timeout: 60_000 }, async (_, program) => {
  const first = await run(program, 1);
  for (const threads of [2, 3]) expect(await run(program, threads), `${threads} threads`).toEqual(first);
});

it('the variable and init bound the number of threads', { timeout: 60_000 }, async () => {
  const counts = `
    const counts = [backend().threads];
    for (const threads of [2, 9]) counts.push((await init({ backend: 'native', threads })).threads);
    console.log(JSON.stringify(counts));`;
  expect(await run(counts, 3)).toEqual([3, 2, 3]);
});
