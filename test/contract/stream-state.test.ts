/** States of streams as bytes: the same on every backend and machine. */
import { describe, expect, it } from 'vitest';
import { type AnyStream, GRU, Linear, LSTM, RNN, Sequential, tensor } from './api.js';
import { expectError, expectVector, label, Random } from './helpers.js';

const model = () =>
  new Sequential([
    new LSTM({ inputSize: 3, hiddenSize: 4, projectionSize: 2, seed: 1 }),
    new GRU({ inputSize: 2, hiddenSize: 3, seed: 2 }),
    new Linear({ inputSize: 3, outputSize: 2, seed: 3 }),
  ]);
const MAKERS = [
  ['RNN', () => new RNN({ inputSize: 3, hiddenSize: 5 })],
  ['GRU', () => new GRU({ inputSize: 3, hiddenSize: 5, layers: 2 })],
  ['LSTM', () => new LSTM({ inputSize: 3, hiddenSize: 5, layers: 2 })],
  ['model', model],
] as const;

const SAVE = { where: 'lstm.stream.saveState' };
const LOAD = { where: 'lstm.stream.loadState' };

/** An LSTM of one unit in a known state. */
function oneUnit(): AnyStream {
  const stream = new LSTM({ inputSize: 1, hiddenSize: 1 }).stream();
  stream.state = { h: tensor([[[0.5]]]), c: tensor([[[-1.25]]]) };
  return stream;
}

const HEADER =
  '{"__metadata__":{"format":"cellgate-state","version":"1","layers":"LSTM"},' +
  '"h":{"dtype":"F32","shape":[1,1,1],"data_offsets":[0,4]},"c":{"dtype":"F32","shape":[1,1,1],"data_offsets":[4,8]}}';
/** 0.5 and -1.25, lowest byte first. */
const VALUES = [0, 0, 0, 0x3f, 0, 0, 0xa0, 0xbf];

/** A file by hand: its header filled up to whole eights with spaces. */
function file(header: string, values = VALUES): Uint8Array {
  const text = new TextEncoder().encode(header.padEnd(Math.ceil(header.length / 8) * 8));
  const bytes = new Uint8Array(8 + text.length + values.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(values, 8 + text.length);
  return bytes;
}

describe('the state of a stream as bytes', () => {
  it.each(MAKERS)('takes another stream of a %s to where it was', (name, make) => {
    const random = new Random(`state of ${name} as bytes`);
    using there = make();
    using here = make();
    there.loadStateDict(here.stateDict());
    for (const batch of [1, 3]) {
      const [from, to] = [here.stream({ batch }), there.stream({ batch })];
      from.run(random.values(7 * batch * 3));
      const bytes = from.saveState();
      to.loadState(bytes);
      expect(to.state).toEqual(from.state);
      expect(to.saveState(), label()).toEqual(bytes);
      const frame = random.values(batch * 3);
      expectVector(name, to.step(frame), from.step(frame), 0);
    }
  });

  it('has the same bytes everywhere, those of safetensors', () => {
    expect(oneUnit().saveState(), label()).toEqual(file(HEADER));
    const stream = new LSTM({ inputSize: 1, hiddenSize: 1 }).stream();
    stream.loadState(file(HEADER));
    expect(stream.state).toEqual(oneUnit().state);
  });

  it('names the layers of a model by their order', () => {
    const bytes = model().stream().saveState();
    const text = new TextDecoder('latin1').decode(bytes);
    expect(text).toContain('"layers":"LSTM GRU"');
    for (const name of ['0.h', '0.c', '1.h']) expect(text).toContain(`"${name}":`);
  });

  it('needs no alignment of the bytes it is given', () => {
    const bytes = oneUnit().saveState();
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const stream = oneUnit();
    stream.reset();
    stream.loadState(shifted.subarray(3));
    expect(stream.state).toEqual(oneUnit().state);
  });

  it.each<[string, string, () => unknown, RegExp, RegExp?]>([
    ['no bytes', 'dtype', () => [1, 2], /^bytes must be a Uint8Array$/, /array of 2/],
    ['none at all', 'dtype', () => undefined, /^bytes /],
    ['an empty file', 'file', () => new Uint8Array(0), /header/],
    ['a file that was cut', 'file', () => file(HEADER).subarray(0, -1), /data_offsets/],
    ['a file of a model', 'file', () => model().save(), /^format must be 'cellgate-state'$/, /^"cellgate"$/],
    [
      'another version',
      'file',
      () => file(HEADER.replace('"version":"1"', '"version":"2"')),
      /^version must be '1'$/,
      /^"2"$/,
    ],
    [
      'the state of another layer',
      'state',
      () => new GRU({ inputSize: 1, hiddenSize: 1 }).stream().saveState(),
      /^bytes must hold the state of "LSTM"$/,
      /^that of "GRU"$/,
    ],
    ['that of a model', 'state', () => model().stream().saveState(), /"LSTM"/, /"LSTM GRU"/],
    [
      'that of a model with the same layer',
      'state',
      () => new Sequential([new LSTM({ inputSize: 1, hiddenSize: 1 })]).stream().saveState(),
      /^state must be \{ h, c \}$/,
      /0\.h/,
    ],
    [
      'another width',
      'state',
      () => new LSTM({ inputSize: 1, hiddenSize: 2 }).stream().saveState(),
      /^state\.h must be \[layers\*directions, batch, hiddenSize\] = \[1, 1, 1\]$/,
      /^\[1, 1, 2\]$/,
    ],
    [
      'another batch',
      'state',
      () => new LSTM({ inputSize: 1, hiddenSize: 1 }).stream({ batch: 2 }).saveState(),
      /batch/,
      /^\[1, 2, 1\]$/,
    ],
    [
      'a cell state only',
      'state',
      () => file(HEADER.replace('"h":{', '"g":{')),
      /^state must be \{ h, c \}$/,
      /'g'/,
    ],
    [
      'ids in its place',
      'dtype',
      () => file(HEADER.replaceAll('F32', 'I32')),
      /^state\.h must be a Tensor of float32$/,
    ],
  ])('is refused for %s, and nothing changes', (_, code, bytes, expected, got) => {
    const stream = oneUnit();
    const given = bytes();
    expectError(() => stream.loadState(given), { ...LOAD, code, expected, ...(got ? { got } : {}) });
    expect(stream.state).toEqual(oneUnit().state);
  });

  it('is neither given nor taken after dispose', () => {
    const stream = oneUnit();
    const bytes = stream.saveState();
    stream.dispose();
    expectError(() => stream.saveState(), { ...SAVE, code: 'disposed' });
    expectError(() => stream.loadState(bytes), { ...LOAD, code: 'disposed' });
  });
});
