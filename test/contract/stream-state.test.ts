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

/** The file of that state, as it is described: "cgst", version, batch, layers; kind, rows, hidden, cell; values. */
const HEAD = [0x74736763, 1, 1, 1, 2, 1, 1, 1];

/** A file by hand, with other numbers in the head at these places. */
function file(changes: Record<number, number> = {}, values = [0.5, -1.25]): Uint8Array {
  const head = HEAD.map((value, at) => changes[at] ?? value);
  const view = new DataView(new ArrayBuffer(4 * (head.length + values.length)));
  head.forEach((value, at) => {
    view.setUint32(4 * at, value, true);
  });
  values.forEach((value, at) => {
    view.setFloat32(4 * (head.length + at), value, true);
  });
  return new Uint8Array(view.buffer);
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

  it('has the same bytes everywhere', () => {
    expect(oneUnit().saveState(), label()).toEqual(file());
    expect(new TextDecoder().decode(file().subarray(0, 4))).toBe('cgst');
    const stream = new LSTM({ inputSize: 1, hiddenSize: 1 }).stream();
    stream.loadState(file());
    expect(stream.state).toEqual(oneUnit().state);
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
    ['an empty file', 'file', () => new Uint8Array(0), /^bytes must be a stream's state/],
    ['a file of a model', 'file', () => model().save(), /^bytes must be a stream's state/],
    ['a file that was cut', 'file', () => file().subarray(0, -1), /^bytes must be 40 of /, /^39$/],
    ['a file that goes on', 'file', () => file({}, [1, 2, 3]), /^bytes must be 40 of /, /^44$/],
    ['another version', 'file', () => file({ 1: 2 }), /^version must be 1$/, /^2$/],
    ['half a head', 'file', () => file().subarray(0, 12), /sizes of every layer$/, /^12 bytes$/],
    ['half a layer', 'file', () => file().subarray(0, 20), /sizes of every layer$/, /^20 bytes$/],
    ['a head without an end', 'file', () => file({ 3: 2 ** 32 - 1 }), /sizes of every layer$/, /^40 bytes$/],
    ['an unknown layer', 'state', () => file({ 4: 9 }), /of LSTM$/, /of an unknown layer$/],
    [
      'the state of another layer',
      'state',
      () => new GRU({ inputSize: 1, hiddenSize: 1 }).stream().saveState(),
      /^bytes must hold h \[1, 1, 1\] and c \[1, 1, 1\] of LSTM$/,
      /^h \[1, 1, 1\] of GRU$/,
    ],
    [
      'that of a model',
      'state',
      () => model().stream().saveState(),
      /of LSTM$/,
      /^h \[1, 1, 2\] and c \[1, 1, 4\] of LSTM, h \[1, 1, 3\] of GRU$/,
    ],
    [
      'another width',
      'state',
      () => new LSTM({ inputSize: 1, hiddenSize: 2 }).stream().saveState(),
      /h \[1, 1, 1\]/,
      /h \[1, 1, 2\]/,
    ],
    [
      'another batch',
      'state',
      () => new LSTM({ inputSize: 1, hiddenSize: 1 }).stream({ batch: 2 }).saveState(),
      /h \[1, 1, 1\]/,
      /h \[1, 2, 1\]/,
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
