/** The pipeline of the examples in a page. */
import { GRU } from 'cellgate';
import { expect, it } from 'vitest';
import { streamTransform } from '../../examples/transform-stream/stream-transform.mjs';

it('runs a model in a pipeline of streams', async () => {
  const gru = new GRU({ inputSize: 1, hiddenSize: 3 });
  const frames = Float32Array.of(0.5, -1, 2);
  const pipe = streamTransform(gru);
  const writer = pipe.writable.getWriter();
  const written = Promise.all([
    writer.write(frames.subarray(0, 1)),
    writer.write(frames.subarray(1)),
    writer.close(),
  ]);
  const values: number[] = [];
  const reader = pipe.readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) values.push(...next.value);
  await written;
  expect(values).toEqual(Array.from(gru.stream().run(frames)));
});
