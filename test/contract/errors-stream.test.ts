import { describe, expect, it } from 'vitest';
import type { Kind } from '../reference/index.js';
import {
  type AnyState,
  type AnyStream,
  Dropout,
  Embedding,
  LSTM,
  Nonlinearity,
  Sequential,
  tensor,
} from './api.js';
import { create, draw, expectError, expectVector, KINDS, Random, sharedArray } from './helpers.js';

const OPTIONS = { inputSize: 3, hiddenSize: 5, layers: 2 };
const random = new Random('errors of streams');

type Refusal = [what: string, code: string, where: RegExp, action: (stream: AnyStream) => unknown];

const STEP = /\bstep$/;
const RUN = /\brun$/;
const STATE = /\bstate$/;

function resizable(length: number): Float32Array {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
  return new Float32Array(new Resizable(length * 4, { maxByteLength: length * 8 }));
}

function detached(length: number): Float32Array {
  const data = new Float32Array(length);
  structuredClone(data.buffer, { transfer: [data.buffer] });
  return data;
}

/** Of a stream of batch 2: a frame is 6 numbers, a result 10. */
function refusals(kind: Kind): Refusal[] {
  const frame = () => random.values(6);
  const c = kind === 'LSTM' ? { c: random.tensor([2, 2, 5]) } : {};
  const list: Refusal[] = [
    ['a frame too short', 'shape', STEP, (stream) => stream.step(random.values(5))],
    ['a frame too long', 'shape', STEP, (stream) => stream.step(random.values(7))],
    ['an empty frame', 'shape', STEP, (stream) => stream.step(new Float32Array(0))],
    ['a frame for a whole block', 'shape', STEP, (stream) => stream.step(random.values(12))],
    ['a frame of doubles', 'dtype', STEP, (stream) => stream.step(new Float64Array(6))],
    ['a frame of integers', 'dtype', STEP, (stream) => stream.step(new Int32Array(6))],
    ['a frame that is an array', 'dtype', STEP, (stream) => stream.step([1, 2, 3, 4, 5, 6])],
    ['a frame that is a tensor', 'dtype', STEP, (stream) => stream.step(tensor(frame()))],
    ['no frame', 'dtype', STEP, (stream) => stream.step(undefined)],
    ['a shared frame', 'dtype', STEP, (stream) => stream.step(sharedArray(6))],
    ['a resizable frame', 'dtype', STEP, (stream) => stream.step(resizable(6))],
    ['a detached frame', 'dtype', STEP, (stream) => stream.step(detached(6))],
    ['an out too short', 'shape', STEP, (stream) => stream.step(frame(), new Float32Array(9))],
    ['an out too long', 'shape', STEP, (stream) => stream.step(frame(), new Float32Array(11))],
    ['an out of doubles', 'dtype', STEP, (stream) => stream.step(frame(), new Float64Array(10))],
    ['a shared out', 'dtype', STEP, (stream) => stream.step(frame(), sharedArray(10))],
    ['a detached out', 'dtype', STEP, (stream) => stream.step(frame(), detached(10))],
    ['a block of a part of a frame', 'shape', RUN, (stream) => stream.run(random.values(9))],
    ['a block of integers', 'dtype', RUN, (stream) => stream.run(new Int32Array(12))],
    ['a block in an array', 'dtype', RUN, (stream) => stream.run([1, 2, 3, 4, 5, 6])],
    ['a shared block', 'dtype', RUN, (stream) => stream.run(sharedArray(12))],
    [
      'an out too short for the block',
      'shape',
      RUN,
      (stream) => stream.run(random.values(12), new Float32Array(19)),
    ],
    [
      'an out too long for the block',
      'shape',
      RUN,
      (stream) => stream.run(random.values(12), new Float32Array(21)),
    ],
    [
      'the state of another width',
      'state',
      STATE,
      (stream) => {
        stream.state = { ...c, h: random.tensor([2, 2, 6]) };
      },
    ],
    [
      'the state of another batch',
      'state',
      STATE,
      (stream) => {
        stream.state = { ...c, h: random.tensor([2, 1, 5]) };
      },
    ],
    [
      'a state without h',
      'state',
      STATE,
      (stream) => {
        stream.state = { ...c };
      },
    ],
    [
      'no state',
      'state',
      STATE,
      (stream) => {
        stream.state = undefined;
      },
    ],
    [
      'a state of integers',
      'dtype',
      STATE,
      (stream) => {
        stream.state = { ...c, h: tensor(new Int32Array(20), [2, 2, 5]) };
      },
    ],
  ];
  if (kind === 'LSTM') {
    list.push([
      'a state without c',
      'state',
      STATE,
      (stream) => {
        stream.state = { h: random.tensor([2, 2, 5]) };
      },
    ]);
  }
  return list;
}

describe.each(KINDS)('a stream of %s refuses', (kind) => {
  it.each(refusals(kind))('%s, and goes on as before', (what, code, where, action) => {
    const { layer } = draw(`stream ${kind} ${what}`, kind, OPTIONS);
    const stream = layer.stream({ batch: 2 });
    const other = layer.stream({ batch: 2 });
    for (let time = 0; time < 3; time++) {
      const frame = random.values(6);
      expectError(() => action(stream), { code, where, got: /./ });
      expectVector(what, stream.step(frame), other.step(frame), 0);
    }
    const [state, expected] = [stream.state as AnyState, other.state as AnyState];
    expectVector(what, state.h.data, expected.h.data, 0);
    layer.dispose();
  });

  it('a batch that is no size', () => {
    const layer = create(kind, OPTIONS);
    const where = `${kind.toLowerCase()}.stream`;
    for (const batch of [0, -1, 1.5, Number.NaN, '2', null, 2 ** 32]) {
      expectError(() => layer.stream({ batch }), { code: 'value', where, expected: /^batch / });
    }
    expectError(() => layer.stream({ batch: 2 ** 32 - 1 }), { code: 'memory', where });
    expect(layer.stream({ batch: 2 }).step(new Float32Array(6)).length).toBe(10);
  });
});

describe('a stream of a model refuses', () => {
  it('ids outside the vocabulary, and goes on as before', () => {
    const model = new Sequential([new Embedding({ vocabularySize: 4, size: 3 }), new LSTM(OPTIONS)]);
    const [stream, other] = [model.stream(), model.stream()];
    for (const id of [4, -1, 2 ** 31 - 1]) {
      expectError(() => stream.step(Int32Array.of(id)), {
        code: 'value',
        where: STEP,
        got: new RegExp(String(id)),
      });
      expectError(() => stream.run(Int32Array.of(1, id)), {
        code: 'value',
        where: RUN,
        got: new RegExp(String(id)),
      });
      expectVector('afterwards', stream.step(Int32Array.of(2)), other.step(Int32Array.of(2)), 0);
    }
    expectError(() => stream.step(new Float32Array(1)), { code: 'dtype', where: STEP });
  });

  it('a layer that needs the end of the sequence first', () => {
    for (const direction of [{ bidirectional: true }, { reverse: true }]) {
      const model = new Sequential([new LSTM({ ...OPTIONS, ...direction })]);
      expectError(() => model.stream(), { code: 'unsupported', where: 'sequential.stream' });
      expect(model.predict(random.tensor([2, 3, 3])).shape[0]).toBe(2);
    }
  });

  it('layers of any size, of which no frame has one', () => {
    const model = new Sequential([new Nonlinearity('relu'), new Dropout(0.5)]);
    expectError(() => model.stream(), { code: 'unsupported', where: 'sequential.stream' });
    expectError(() => model.streamPool(), { code: 'unsupported', where: 'sequential.streamPool' });
  });
});
