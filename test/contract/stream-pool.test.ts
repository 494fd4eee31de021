/** Pools against streams of their own for every member, whatever comes and goes around them. */
import { describe, expect, it } from 'vitest';
import {
  type AnyLayer,
  type AnyMember,
  type AnySequential,
  type AnyState,
  type AnyStream,
  Dropout,
  Embedding,
  GRU,
  Linear,
  LSTM,
  Sequential,
} from './api.js';
import { create, expectError, expectVector, KINDS, label, Random } from './helpers.js';

const SIZES = { inputSize: 3, hiddenSize: 17, layers: 2 };

/** Ids and values alike. */
type Frame = Float32Array | Int32Array;

interface Subject {
  name: string;
  make(): AnyLayer | AnySequential;
  frame(random: Random): Frame;
}

const values = (random: Random): Frame => random.values(3);
const SUBJECTS: Subject[] = [
  ...KINDS.map((kind) => ({ name: kind, make: () => create(kind, SIZES), frame: values })),
  {
    name: 'LSTM, projected and normalised',
    make: () => new LSTM({ ...SIZES, projectionSize: 5, layerNorm: true, peephole: true }),
    frame: values,
  },
  { name: 'GRU of bytes', make: () => new GRU({ ...SIZES, weights: 'int8' }), frame: values },
  {
    name: 'model of ids',
    make: () =>
      new Sequential([
        new Embedding({ vocabularySize: 9, size: 4 }),
        new LSTM({ inputSize: 4, hiddenSize: 6 }),
        new Dropout(0.3),
        new GRU({ inputSize: 6, hiddenSize: 5 }),
        new Linear({ inputSize: 5, outputSize: 2 }),
      ]),
    frame: (random) => Int32Array.of(random.integer(9)),
  },
  {
    name: 'model without a state',
    make: () => new Sequential([new Linear({ inputSize: 3, outputSize: 2 })]),
    frame: values,
  },
];

interface Pair {
  member: AnyMember;
  stream: AnyStream;
}

/** The member's output is that of the stream, bit by bit. */
function expectAlike(name: string, { member, stream }: Pair, frame: Frame): void {
  expectVector(`${name} on ${label()}`, member.output, stream.step(frame), 0);
}

describe.each(SUBJECTS)('a pool of $name', ({ name, make, frame }) => {
  it.each([1, 2, 5, 16, 17, 40])('steps %i members as streams of their own', (count) => {
    using layer = make();
    using pool = layer.streamPool({ capacity: count });
    const random = new Random(`pool of ${name}, ${count}`);
    const pairs = Array.from({ length: count }, () => ({ member: pool.join(), stream: layer.stream() }));
    for (let time = 0; time < 5; time++) {
      const frames = pairs.map(() => frame(random));
      pairs.forEach(({ member }, at) => {
        member.push(frames[at]);
      });
      expect(pool.step()).toBe(count);
      pairs.forEach((pair, at) => {
        expectAlike(`${name}, member ${at} of ${count} at ${time}`, pair, frames[at] as Frame);
      });
    }
  });

  it('lets members join, leave and wait between any two steps', () => {
    using layer = make();
    using pool = layer.streamPool();
    const random = new Random(`coming and going in ${name}`);
    let pairs: Pair[] = [];
    let most = 0;
    for (let time = 0; time < 60; time++) {
      for (let joining = random.integer(8); joining > 0; joining--) {
        pairs.push({ member: pool.join(), stream: layer.stream() });
      }
      const waiting = pairs.filter(() => random.next() < 0.8);
      const frames = waiting.map(() => frame(random));
      waiting.forEach(({ member }, at) => {
        member.push(frames[at]);
      });
      // Some leave with a frame that waits, some without.
      const leaving = pairs.filter(() => random.next() < 0.07);
      for (const { member } of leaving) member.leave();
      pairs = pairs.filter((pair) => !leaving.includes(pair));
      expect(pool.size).toBe(pairs.length);
      most = Math.max(most, pairs.length);
      const stepped = waiting.filter((pair) => !leaving.includes(pair));
      expect(pool.step()).toBe(stepped.length);
      for (const pair of stepped) {
        expectAlike(`${name} at ${time}`, pair, frames[waiting.indexOf(pair)] as Frame);
        expect(pair.member.isWaiting).toBe(false);
      }
    }
    expect(most, 'members, to need several blocks').toBeGreaterThan(34);
    for (const { member, stream } of pairs) expect(member.state).toEqual(stream.state);
  });

  it('gives, takes, saves and resets the state of each member by itself', () => {
    using layer = make();
    using pool = layer.streamPool();
    const random = new Random(`states in ${name}`);
    const pairs = Array.from({ length: 18 }, () => ({ member: pool.join(), stream: layer.stream() }));
    const [first, second, third] = pairs as [Pair, Pair, Pair];
    const stepAll = (): void => {
      const frames = pairs.map(() => frame(random));
      pairs.forEach(({ member }, at) => {
        member.push(frames[at]);
      });
      pool.step();
      pairs.forEach((pair, at) => {
        expectAlike(`${name}, member ${at}`, pair, frames[at] as Frame);
      });
    };
    stepAll();
    second.member.state = first.stream.state;
    second.stream.state = first.member.state;
    first.member.loadState(third.stream.saveState());
    first.stream.loadState(third.member.saveState());
    third.member.reset();
    third.stream.reset();
    expect(third.member.state).toEqual(third.stream.state);
    stepAll();
    stepAll();
  });
});

describe('a pool', () => {
  const lstm = new LSTM({ inputSize: 3, hiddenSize: 5 });
  const where = (call: string): string => `lstm.streamPool.${call}`;

  it('follows the weights of what it was opened on, and needs it', () => {
    const layer = new LSTM({ inputSize: 3, hiddenSize: 5, seed: 1 });
    using pool = layer.streamPool();
    const [one, two] = [pool.join(), pool.join()];
    layer.loadStateDict(lstm.stateDict());
    const stream = lstm.stream();
    const frame = Float32Array.of(1, 2, 3);
    two.push(frame);
    pool.step();
    expectVector('weights of the other layer', two.output, stream.step(frame), 0);
    layer.dispose();
    for (const call of ['join', 'step'] as const) {
      expectError(() => pool[call](), { code: 'disposed', where: where(call), expected: /^lstm must/ });
    }
    one.leave();
    expect(two.state).toEqual(stream.state);
    expect(pool.size).toBe(1);
  });

  it('is full at its capacity, until one leaves', () => {
    using pool = lstm.streamPool({ capacity: 2 });
    const [one] = [pool.join(), pool.join()];
    expect([pool.size, pool.capacity]).toEqual([2, 2]);
    expectError(() => pool.join(), { code: 'busy', where: where('join'), got: /^2 of 2 members$/ });
    one.leave();
    one.leave();
    pool.join();
    expect(pool.size).toBe(2);
  });

  it('without members or frames does nothing', () => {
    using pool = lstm.streamPool();
    expect(pool.step()).toBe(0);
    const member = pool.join();
    const before = member.state;
    expect(pool.step()).toBe(0);
    expect(member.state).toEqual(before);
    expect(Array.from(member.output)).toEqual([0, 0, 0, 0, 0]);
  });

  it.each([
    ['a frame of another length', 'shape', 'push', (member: AnyMember) => member.push(new Float32Array(4))],
    ['ids in place of values', 'dtype', 'push', (member: AnyMember) => member.push(new Int32Array(3))],
    ['no frame', 'dtype', 'push', (member: AnyMember) => member.push()],
    ['another state', 'state', 'state', (member: AnyMember) => Object.assign(member, { state: {} })],
    ['no bytes', 'dtype', 'loadState', (member: AnyMember) => member.loadState()],
  ])('refuses %s, and goes on as before', (_, code, call, action) => {
    using pool = lstm.streamPool();
    const [member, stream] = [pool.join(), lstm.stream()];
    const frame = Float32Array.of(1, 2, 3);
    expectError(() => action(member), { code, where: where(call) });
    expect(pool.step()).toBe(0);
    member.push(frame);
    expectError(() => member.push(frame), { code: 'busy', where: where('push') });
    pool.step();
    expectVector('output', member.output, stream.step(frame), 0);
  });

  it('refuses ids that are none before others are touched', () => {
    using model = new Sequential([
      new Embedding({ vocabularySize: 4, size: 2 }),
      new GRU({ inputSize: 2, hiddenSize: 3 }),
    ]);
    using pool = model.streamPool();
    const member = pool.join();
    for (const id of [-1, 4]) {
      expectError(() => member.push(Int32Array.of(id)), {
        code: 'value',
        where: 'sequential.streamPool.push',
        expected: /\[0, 4\)/,
        got: new RegExp(`^${id}$`),
      });
    }
    expect(pool.step()).toBe(0);
  });

  it('refuses options and layers that cannot be streamed', () => {
    const open = { where: 'lstm.streamPool' };
    for (const capacity of [0, -1, 1.5, '2']) {
      expectError(() => lstm.streamPool({ capacity }), { ...open, code: 'value', expected: /^capacity / });
    }
    expectError(() => lstm.streamPool({ batch: 2 }), { ...open, code: 'value' });
    const both = new LSTM({ inputSize: 3, hiddenSize: 5, bidirectional: true });
    expectError(() => both.streamPool(), { ...open, code: 'unsupported' });
    both.dispose();
    expectError(() => both.streamPool(), { ...open, code: 'disposed' });
  });

  it('refuses every call of members that have left, and all after dispose', () => {
    const pool = lstm.streamPool();
    const [left, member] = [pool.join(), pool.join()];
    left.leave();
    const calls: [string, (member: AnyMember) => unknown][] = [
      ['push', (some) => some.push(new Float32Array(3))],
      ['state', (some) => some.state as AnyState],
      ['state', (some) => Object.assign(some, { state: lstm.stream().state })],
      ['saveState', (some) => some.saveState()],
      ['loadState', (some) => some.loadState(lstm.stream().saveState())],
      ['reset', (some) => some.reset()],
    ];
    for (const [call, action] of calls)
      expectError(() => action(left), { code: 'disposed', where: where(call) });
    member.push(new Float32Array(3));
    expect(member.isWaiting).toBe(true);
    pool.dispose();
    pool.dispose();
    expect(pool.disposed).toBe(true);
    expect(member.isWaiting).toBe(false);
    for (const [call, action] of calls) {
      expectError(() => action(member), { code: 'disposed', where: where(call) });
    }
    member.leave();
    expectError(() => pool.step(), { code: 'disposed', where: where('step') });
    expectError(() => pool.join(), { code: 'disposed', where: where('join') });
  });
});
