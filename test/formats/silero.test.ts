/** The published voice detector: as layers, and by the importer, held against ONNX Runtime on minutes of audio. */

import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import * as cellgate from 'cellgate';
import { init, type Tensor, tensor } from 'cellgate';
import { loadOnnx } from 'cellgate/onnx';
import { beforeAll, describe, expect, it } from 'vitest';
import { readRaw, readWav } from '../../examples/vad/audio.mjs';
import { detectSpeech } from '../../examples/vad/detect-speech.mjs';
import { SpeechDetector } from '../../examples/vad/detector.mjs';
import { readModel } from '../../examples/vad/model.mjs';
import { Segmenter } from '../../examples/vad/segments.mjs';
import { readWeights } from '../../examples/vad/weights.mjs';
import alsa from './silero/alsa.json' with { type: 'json' };
import { recording } from './silero/recording.mjs';
import published from './silero/segments.json' with { type: 'json' };

const TOLERANCE = 1e-4;
const SOUNDS = '/usr/share/sounds/alsa';
const RATES = [16000, 8000] as const;
type Rate = (typeof RATES)[number];

function golden(rate: Rate): Float32Array {
  const bytes = readFileSync(new URL(`silero/probabilities-${rate}.f32`, import.meta.url));
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Array.from(actual).reduce((most, value, at) => {
    const difference = Math.abs(value - (expected[at] ?? Number.NaN));
    // A NaN would be lost in a maximum.
    return difference <= most ? most : difference;
  }, 0);
}

/** A piece of `size` samples for each frame; the last has fewer. */
function* pieces(samples: Float32Array, size: number): Generator<Float32Array> {
  for (let at = 0; at < samples.length; at += size) yield samples.subarray(at, at + size);
}

function frames(samples: Float32Array, size: number): Float32Array[] {
  return [...pieces(samples, size)].map((piece) => {
    const frame = new Float32Array(size);
    frame.set(piece);
    return frame;
  });
}

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

await init();
let model: Uint8Array;
beforeAll(async () => {
  model = await readModel();
}, 60_000);

describe.each(RATES)('the voice detector at %i Hz', (rate) => {
  const expected = golden(rate);
  let samples: Float32Array;
  beforeAll(async () => {
    samples = await recording(rate);
  });

  it('gives the probabilities of ONNX Runtime for every frame', () => {
    const detector = new SpeechDetector(cellgate, readWeights(model, rate));
    const actual = frames(samples, detector.frameSize).map((frame) => detector.probability(frame));
    expect(largestDifference(actual, expected)).toBeLessThan(TOLERANCE);
    detector.reset();
    const again = frames(samples.subarray(0, 40000), detector.frameSize).slice(0, 70);
    expect(again.map((frame) => detector.probability(frame))).toEqual(actual.slice(0, 70));
    detector.dispose();
  });

  it('disposes all that it has made', () => {
    const made: { disposed: boolean }[] = [];
    const recorded = Object.entries(cellgate).map(([name, value]) => {
      if (!['Conv1d', 'LSTM', 'Nonlinearity', 'Sequential'].includes(name)) return [name, value];
      return [
        name,
        new Proxy(value as unknown as new () => { disposed: boolean }, {
          construct(target, given) {
            const layer = Reflect.construct(target, given);
            made.push(layer);
            return layer;
          },
        }),
      ];
    });
    new SpeechDetector(Object.fromEntries(recorded), readWeights(model, rate)).dispose();
    expect(made.length).toBe(11);
    expect(made.filter(({ disposed }) => !disposed)).toEqual([]);
  });

  it('is the network of the file, as the importer runs it', () => {
    using network = loadOnnx<{ output: Tensor; stateN: Tensor }>(model);
    const [size, context] = rate === 16000 ? [512, 64] : [256, 32];
    const input = tensor(new Float32Array(context + size), [1, context + size]);
    const sr = tensor(BigInt64Array.of(BigInt(rate)), []);
    let state = tensor(new Float32Array(256), [2, 1, 128]) as Tensor;
    const actual = frames(samples, size).map((frame) => {
      input.data.copyWithin(0, size);
      input.data.set(frame, context);
      const { output, stateN } = network.run({ input, state, sr });
      state = stateN;
      return output.data[0] as number;
    });
    expect(largestDifference(actual, expected)).toBeLessThan(TOLERANCE);
  });

  it.each(published[rate].map(({ options, segments }) => [options, segments] as const))(
    'finds the published segments with %o',
    async (options, segments) => {
      const detector = new SpeechDetector(cellgate, readWeights(model, rate));
      const given = options as Record<string, number>;
      const { threshold, speech_pad_ms, min_silence_duration_ms, min_speech_duration_ms } = given;
      const seconds = {
        ...(threshold !== undefined && { threshold }),
        ...(speech_pad_ms !== undefined && { padding: speech_pad_ms / 1000 }),
        ...(min_silence_duration_ms !== undefined && { minSilence: min_silence_duration_ms / 1000 }),
        ...(min_speech_duration_ms !== undefined && { minSpeech: min_speech_duration_ms / 1000 }),
      };
      const probabilities: number[] = [];
      const found = await collect(
        detectSpeech(detector, pieces(samples, 4001), {
          ...seconds,
          onFrame: (probability: number) => probabilities.push(probability),
        }),
      );
      expect(found.map(({ start, end }) => [Math.round(start * rate), Math.round(end * rate)])).toEqual(
        segments,
      );
      expect(largestDifference(probabilities, expected)).toBeLessThan(TOLERANCE);
      detector.dispose();
    },
  );
});

describe('recorded speech', () => {
  it('is found as ONNX Runtime finds it, where the recordings of alsa-utils are installed', async (context) => {
    if (!existsSync(SOUNDS)) context.skip('they are not');
    const detector = new SpeechDetector(cellgate, readWeights(model, 16000));
    for (const [name, expected] of Object.entries(alsa)) {
      const { rate, samples } = await readWav(createReadStream(`${SOUNDS}/${name}`));
      expect(rate).toBe(16000);
      const actual: number[] = [];
      const onFrame = (probability: number) => actual.push(probability);
      const segments = await collect(detectSpeech(detector, samples, { onFrame }));
      expect(largestDifference(actual, expected), name).toBeLessThan(TOLERANCE);
      expect(segments.length > 0, name).toBe(name !== 'Noise.wav');
    }
    detector.dispose();
  });
});

describe('segments', () => {
  /** One number for each frame of a second. */
  const run = (probabilities: number[], options = {}) => {
    const segmenter = new Segmenter(
      { rate: 100, frameSize: 100 },
      { minSilence: 2, padding: 0, minSpeech: 1, ...options },
    );
    const found = probabilities.flatMap((probability) => segmenter.push(probability) ?? []);
    return [...found, ...[segmenter.end(probabilities.length * 100) ?? []].flat()];
  };

  it('end after enough silence, which begins below the exit threshold', () => {
    expect(run([0, 0.6, 0.6, 0.4, 0.1, 0.4, 0.1, 0.9, 0])).toEqual([
      { start: 1, end: 4 },
      { start: 7, end: 9 },
    ]);
    expect(run([0, 0.6, 0.6, 0.1, 0.6, 0, 0, 0, 0])).toEqual([{ start: 1, end: 5 }]);
    expect(run([0, 0.49, 0.49])).toEqual([]);
  });

  it('are dropped if they are too short, and padded within the recording', () => {
    expect(run([0.9, 0, 0, 0, 0.9, 0.9, 0.9, 0, 0, 0])).toEqual([{ start: 4, end: 7 }]);
    expect(run([0.9, 0.9, 0, 0, 0, 0.9, 0.9], { padding: 1 })).toEqual([
      { start: 0, end: 3 },
      { start: 4, end: 7 },
    ]);
  });

  it('refuse options that do not exist or do not fit together', () => {
    expect(() => run([], { minimum: 1 })).toThrow(/^options may be threshold/);
    expect(() => run([], { padding: 3 })).toThrow(/^minSilence must be twice the padding = 6 or more, got 2/);
    expect(() => readWeights(model, 44100)).toThrow(/^rate must be 16000 or 8000, got 44100/);
    const detector = new SpeechDetector(cellgate, readWeights(model, 16000));
    expect(() => detector.probability(new Float32Array(511))).toThrow(/^frame must be 512 samples, got 511/);
    detector.dispose();
  });
});

describe('WAV files', () => {
  const text = (value: string) => Array.from(value, (character) => character.charCodeAt(0));
  const short = (value: number) => [value & 255, value >> 8];
  const long = (value: number) => [...short(value & 65535), ...short(value >>> 16)];

  interface Format {
    code?: number;
    channels?: number;
    rate?: number;
    bits: number;
    size?: number;
  }

  function wav(
    data: number[],
    { code = 1, channels = 1, rate = 16000, bits, size = data.length }: Format,
  ): Uint8Array {
    const each = (channels * bits) / 8;
    const format = [
      ...short(code),
      ...short(channels),
      ...long(rate),
      ...long(rate * each),
      ...short(each),
      ...short(bits),
    ];
    if (code === 0xfffe)
      format.push(...short(22), ...short(bits), ...long(0), ...short(3), ...new Array(14).fill(0));
    const chunks = [
      ...text('LIST'),
      ...long(3),
      1,
      2,
      3,
      0,
      ...text('fmt '),
      ...long(format.length),
      ...format,
    ];
    return Uint8Array.from([
      ...text('RIFF'),
      ...long(0),
      ...text('WAVE'),
      ...chunks,
      ...text('data'),
      ...long(size),
      ...data,
    ]);
  }

  /** Through pieces of a few bytes, which cut everything there is. */
  async function read(bytes: Uint8Array, piece = 3): Promise<{ rate: number; samples: number[] }> {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += piece) parts.push(bytes.subarray(at, at + piece));
    const { rate, samples } = await readWav(Readable.from(parts));
    return { rate, samples: (await collect(samples)).flatMap((part) => [...(part as Float32Array)]) };
  }

  const bytesOf = (values: Float32Array) => [...new Uint8Array(values.buffer)];

  it.each<[string, Uint8Array, number[]]>([
    ['of 8 bits', wav([0, 128, 192], { bits: 8 }), [-1, 0, 0.5]],
    ['of 16 bits', wav([0, 0x80, 0, 0x40], { bits: 16 }), [-1, 0.5]],
    ['of 24 bits', wav([0, 0, 0x80, 0, 0, 0x40], { bits: 24 }), [-1, 0.5]],
    ['of 32 bits', wav([0, 0, 0, 0x80, 0, 0, 0, 0x20], { bits: 32 }), [-1, 0.25]],
    ['of floats', wav(bytesOf(Float32Array.of(0.25, -1)), { code: 3, bits: 32 }), [0.25, -1]],
    ['of an extensible format', wav(bytesOf(Float32Array.of(0.5)), { code: 0xfffe, bits: 32 }), [0.5]],
    ['of two channels', wav([0, 128, 128, 192], { bits: 8, channels: 2 }), [-0.5, 0.25]],
    ['of 48 kHz', wav([192, 1, 2, 64, 3, 4, 128], { bits: 8, rate: 48000 }), [0.5, -0.5, 0]],
    ['from a pipe', wav([0, 128], { bits: 8, size: 0xffffffff }), [-1, 0]],
    ['with chunks behind the data', wav([0, 128, 9, 9], { bits: 8, size: 2 }), [-1, 0]],
    ['cut in the middle of a sample', wav([0, 0x40, 1], { bits: 16, size: 4 }), [0.5]],
    ['of nothing', wav([], { bits: 16, size: 1 }), []],
  ])('%s', async (_, bytes, samples) => {
    for (const piece of [1, 3, 1000]) expect(await read(bytes, piece)).toEqual({ rate: 16000, samples });
  });

  it('of 8 kHz, and raw samples', async () => {
    expect((await read(wav([128], { bits: 8, rate: 8000 }))).rate).toBe(8000);
    const { rate, samples } = readRaw(Readable.from([Uint8Array.of(0), Uint8Array.of(0x40, 0, 0x80)]), 8000);
    expect([rate, ...(await collect(samples)).flatMap((part) => [...(part as Float32Array)])]).toEqual([
      8000, 0.5, -1,
    ]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /a WAV file must have a header, got its end/],
    ['other files', Uint8Array.from(text('RIFF....AVI LIST')), /must begin with RIFF and WAVE/],
    ['a file without data', wav([], { bits: 16 }).subarray(0, -8), /must have a chunk of data, got its end/],
    ['other rates', wav([], { bits: 16, rate: 44100 }), /must be 8000 or a multiple of 16000, got 44100/],
    ['other formats', wav([0], { code: 7, bits: 8 }), /got format 7 of 8 bits/],
  ])('refuse %s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message);
  });
});
