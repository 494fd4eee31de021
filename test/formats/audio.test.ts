/** Networks for sound, from files of RTNeural, of GuitarML's tools and of Neural Amp Modeler. */
import { type AudioModel, loadNam } from 'cellgate/nam';
import { loadRtneural } from 'cellgate/rtneural';
import { describe, expect, it } from 'vitest';
import { expectClose, expectError } from '../contract/helpers.js';
import { exactly, type FormatCase, nested, read, readCases } from './files.js';

const KINDS = { nam: loadNam, rtneural: loadRtneural };
const cases = Object.entries(KINDS).flatMap(([kind, load]) =>
  readCases<FormatCase & { sampleRate?: number }>(kind).map((golden) => ({ kind, load, ...golden })),
);

/** A signal in blocks of these many frames, and the rest. */
function inBlocks(audio: AudioModel, signal: Float32Array, frames: readonly number[]): Float32Array {
  using stream = audio.stream();
  const output: number[] = [];
  let at = 0;
  for (const count of [...frames, signal.length]) {
    output.push(...stream.run(signal.slice(at * audio.inputSize, (at + count) * audio.inputSize)));
    at += count;
  }
  return Float32Array.from(output);
}

describe('networks for sound', () => {
  it.each(cases.map((golden) => [`${golden.kind} ${golden.file}`, golden] as const))('%s', (name, golden) => {
    using audio = golden.load(read(golden.kind, golden.file));
    const signal = Float32Array.from(golden.x.data);
    const { shape } = golden.output;
    expectClose(name, { shape, data: audio.run(signal) }, golden.output);
    expectClose(`${name} in blocks`, { shape, data: inBlocks(audio, signal, [1, 0, 7]) }, golden.output);
    expect(audio.sampleRate).toBe(golden.sampleRate ?? undefined);
  });

  it('begin anew after a reset, and may write in the place of the input', () => {
    for (const golden of cases.filter(({ x, output }) => x.data.length === output.data.length)) {
      using audio = golden.load(read(golden.kind, golden.file));
      using stream = audio.stream();
      stream.run(new Float32Array(10 * audio.inputSize).fill(1));
      stream.reset();
      const block = Float32Array.from(golden.x.data);
      expect(stream.run(block, block)).toBe(block);
      expectClose(golden.file, { shape: golden.output.shape, data: block }, golden.output);
    }
  });

  it('take text and objects as well', () => {
    const text = new TextDecoder().decode(read('nam', 'one-layer.nam'));
    for (const json of [text, JSON.parse(text)]) expect(loadNam(json).outputSize).toBe(1);
  });
});

describe('files for sound that are refused', () => {
  const nam = () => JSON.parse(new TextDecoder().decode(read('nam', 'one-layer.nam')));
  const guitar = () => JSON.parse(new TextDecoder().decode(read('rtneural', 'guitar-lstm.json')));
  const rtneural = () => JSON.parse(new TextDecoder().decode(read('rtneural', 'lstm.json')));

  const wrong = [
    [() => loadNam({ ...nam(), architecture: 'WaveNet' }), 'unsupported', "architecture must be 'LSTM'"],
    [() => loadNam({ ...nam(), weights: [1, 2] }), 'file', 'weights must be 70 numbers'],
    [
      () => loadNam({ ...nam(), weights: Array(70).fill(1e40) }),
      'file',
      'weights must be of finite float32 numbers',
    ],
    [
      () => loadNam({ ...nam(), config: { input_size: 0 } }),
      'file',
      'config.input_size must be an integer from 1',
    ],
    [
      () => {
        const sizes = { input_size: 1, hidden_size: 1, num_layers: 1001 };
        return loadNam({ ...nam(), config: sizes, weights: Array(16 + 1000 * 14).fill(0) });
      },
      'unsupported',
      'the model must have at most 1000 layers',
    ],
    [() => loadNam('{'), 'file', 'json must be JSON'],
    [() => loadNam(7 as never), 'value', 'json must be an object, or its text or bytes'],
    [
      () => loadRtneural(read('rtneural', 'refused-layers.json')),
      'unsupported',
      'the model must be of layers and options that are supported',
    ],
    [
      () => loadRtneural({ ...rtneural(), in_shape: [null, 2] }),
      'file',
      'layers must take the 2 values of in_shape',
    ],
    [
      () => loadRtneural({ ...guitar(), model_data: { ...guitar().model_data, unit_type: 'TCN' } }),
      'unsupported',
      'the model must be a SimpleRNN of RNN, LSTM, GRU',
    ],
    [
      () => loadRtneural({ ...guitar(), model_data: { ...guitar().model_data, hidden_size: 50 } }),
      'file',
      'state_dict must have the weights of 1 layers of 50 units',
    ],
    [
      () => loadRtneural({ ...guitar(), model_data: { ...guitar().model_data, num_layers: 1002 } }),
      'unsupported',
      'the model must have at most 1000 layers',
    ],
    [
      () => loadRtneural({ ...rtneural(), layers: Array(1003).fill(rtneural().layers[0]) }),
      'unsupported',
      'the model must have at most 1000 layers',
    ],
    [
      () => loadRtneural({ ...rtneural(), layers: [{ ...rtneural().layers[0], type: nested(20_000) }] }),
      'unsupported',
      'the model must be of layers and options that are supported',
    ],
    [
      () =>
        loadRtneural({ ...rtneural(), layers: [{ ...rtneural().layers[0], weights: Array(17).fill([0]) }] }),
      'file',
      'layers[0].weights must be at most 16',
    ],
    [
      () => loadRtneural(`[${'[],'.repeat(2 ** 20)}0]`),
      'file',
      'json must have fewer values for its 3145731 characters',
    ],
    [
      () =>
        loadRtneural({
          in_shape: [1],
          layers: [{ type: 'activation', activation: 'tanh', shape: [1], weights: [] }],
        }),
      'file',
      'layers must take the 1 values of in_shape',
    ],
    [
      () => loadRtneural({ ...guitar(), model_data: { ...guitar().model_data, skip: 2 } }),
      'file',
      'model_data.skip must be an integer from 0 to 1',
    ],
  ] as const;

  it.each(wrong.map(([load, code, expected]) => [expected, code, load] as const))(
    '%s',
    (expected, code, load) => {
      expectError(load, { code, where: /^load(Nam|Rtneural)$/, expected: exactly(expected) });
    },
  );
});
