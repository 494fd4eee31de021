/** The examples of streaming: a model in a pipeline, and a server of many clients. */
import { GRU, init, LSTM, Sequential } from 'cellgate';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../examples/pool-server/client.mjs';
import { drawWave, trainDenoiser } from '../../examples/pool-server/denoiser.mjs';
import { startServer } from '../../examples/pool-server/server.mjs';
import { Random } from '../../examples/random.mjs';
import { trainForecast } from '../../examples/transform-stream/forecast.mjs';
import { collect, forecastDays, rms } from '../../examples/transform-stream/main.mjs';
import { streamTransform } from '../../examples/transform-stream/stream-transform.mjs';
import { readDays } from '../../examples/transform-stream/weather.mjs';

interface Day {
  date: string;
  maximum: number;
  forecast: number;
}

beforeAll(async () => {
  await init();
});

const wave = (length: number): Float32Array => Float32Array.from({ length }, (_, at) => Math.sin(at));

function sourceOf(chunks: unknown[]): ReadableStream {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

describe('the pipeline', () => {
  it('gives what one pass gives, wherever frames are cut into chunks', async () => {
    const gru = new GRU({ inputSize: 2, hiddenSize: 3 });
    const frames = wave(40);
    const cuts = [0, 2, 10, 10, 36, 40];
    const chunks = cuts.slice(1).map((end, at) => frames.slice(cuts[at], end));
    const outputs = await collect(sourceOf(chunks).pipeThrough(streamTransform(gru)));
    expect(outputs.map(({ length }) => length)).toEqual([3, 12, 0, 39, 6]);
    expect(outputs.flatMap((output) => Array.from(output))).toEqual(Array.from(gru.stream().run(frames)));
  });

  it('begins with a state that it is given, and fails with the reason for frames that are none', async () => {
    const lstm = new LSTM({ inputSize: 1, hiddenSize: 3 });
    const stream = lstm.stream();
    stream.run(wave(5));
    const { state } = stream;
    const [output] = await collect(sourceOf([wave(4)]).pipeThrough(streamTransform(lstm, state)));
    expect(output).toEqual(stream.run(wave(4)));
    const wrong = sourceOf([new Float64Array(1)]).pipeThrough(streamTransform(lstm));
    await expect(collect(wrong)).rejects.toMatchObject({ code: 'dtype', where: 'lstm.stream.run' });
  });

  it('frees its stream when the reader or the writer gives up', async () => {
    const gru = new GRU({ inputSize: 2, hiddenSize: 3 });
    for (const giveUp of [
      ({ readable }: TransformStream) => readable.cancel(),
      ({ writable }: TransformStream) => writable.abort(),
    ]) {
      const stream = gru.stream();
      await giveUp(streamTransform({ stream: () => stream }));
      expect(stream.disposed).toBe(true);
    }
  });

  it('forecasts the days better than the day before does', { timeout: 30_000 }, async () => {
    const days = (await collect(readDays())) as Day[];
    const model = await trainForecast(days.filter(({ date }) => date < '2015'));
    const forecasts = (await collect(forecastDays(model, readDays()))) as Day[];
    expect(forecasts.length).toBe(365);
    const off = rms(forecasts.map(({ maximum, forecast }) => maximum - forecast));
    const naive = rms(forecasts.slice(1).map(({ maximum }, at) => maximum - forecasts[at]!.maximum));
    expect(off).toBeLessThan(naive);
  });
});

describe('the server', () => {
  const model = new Sequential([new LSTM({ inputSize: 2, hiddenSize: 5, seed: 3 })]);
  const servers: Awaited<ReturnType<typeof startServer>>[] = [];

  async function start(options: object = {}): Promise<number> {
    const server = await startServer(model, options);
    servers.push(server);
    return server.port;
  }

  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  it('answers each of many clients with the outputs of a stream of its own', async () => {
    const port = await start();
    const frames = Array.from({ length: 20 }, (_, at) => wave(2 * (at + 1)).map((value) => value + at));
    await Promise.all(
      frames.map(async (own) => {
        const client = await connect(port);
        client.send(own.subarray(0, 2));
        client.send(own.subarray(2));
        const stream = model.stream();
        for (let at = 0; at < own.length; at += 2) {
          expect(await client.output()).toEqual(stream.step(own.slice(at, at + 2)));
        }
        client.close();
      }),
    );
    const { steps, frames: count } = (servers[0] as (typeof servers)[0]).steps();
    expect(count).toBe(210);
    expect(steps).toBeLessThan(count / 2);
  });

  it('lets a client take its state to another server', async () => {
    const [first, second] = [await start(), await start()];
    const frames = wave(8);
    const stream = model.stream();
    const here = await connect(first);
    here.send(frames.subarray(0, 4));
    for (const at of [0, 2]) expect(await here.output()).toEqual(stream.step(frames.slice(at, at + 2)));
    const there = await connect(second, await here.state());
    there.send(frames.subarray(4));
    for (const at of [4, 6]) expect(await there.output()).toEqual(stream.step(frames.slice(at, at + 2)));
  });

  it('sends those away that it cannot serve, and serves on', async () => {
    const port = await start({ capacity: 2 });
    const client = await connect(port);
    const wrong = await connect(port);
    await expect((await connect(port)).next()).rejects.toThrow('1013 full');
    wrong.send(new Uint8Array(7));
    await expect(wrong.next()).rejects.toThrow('1007');
    const other = await connect(port, new Uint8Array(3));
    await expect(other.next()).rejects.toThrow(/1007 .*loadState/);
    const greedy = await connect(port);
    greedy.send(new Float32Array(2 * 5000));
    await expect(greedy.next()).rejects.toThrow('1009');
    client.send(wave(2));
    expect(await client.output()).toEqual(model.stream().step(wave(2)));
  });

  it('takes noise away with the model of the example', { timeout: 30_000 }, async () => {
    const denoiser = await trainDenoiser();
    const { clean, noisy } = drawWave(new Random(7, 'test'), 400);
    const cleaned = denoiser.stream().run(noisy);
    const off = (values: Float32Array): number => rms(Array.from(values, (value, at) => value - clean[at]!));
    expect(off(cleaned)).toBeLessThan(0.7 * off(noisy));
  });
});
