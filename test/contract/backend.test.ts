import { afterEach, describe, expect, it } from 'vitest';
import type { Kind, OptionsOf } from '../reference/index.js';
import { backend, init, tensor } from './api.js';
import { CLOSE, draw, expectClose, expectForward, expectRejection, expectState, label } from './helpers.js';

const { CELLGATE_BACKEND: forcedKind, CELLGATE_ISA: forcedIsa } = import.meta.env;
const SETS = ['scalar', 'sse2', 'avx2', 'avx512', 'neon', 'simd128', 'relaxed'];

const original = { backend: backend().kind, isa: backend().isa };
/** The choice that every machine has, of the kind that this run does not test. */
const other =
  original.backend === 'native' ? { backend: 'wasm', isa: 'simd128' } : { backend: 'native', isa: 'scalar' };

afterEach(async () => {
  await init(original);
});

const CASES: [Kind, OptionsOf['LSTM'] & OptionsOf['GRU'], object][] = [
  ['RNN', { inputSize: 3, hiddenSize: 17, layers: 2 }, { batch: 5, time: 20 }],
  ['GRU', { inputSize: 5, hiddenSize: 33, bidirectional: true }, { batch: 3, time: 20, initial: true }],
  ['GRU', { inputSize: 5, hiddenSize: 33, resetAfter: false }, { batch: 1, time: 20 }],
  ['LSTM', { inputSize: 40, hiddenSize: 128 }, { batch: 1, time: 50 }],
  [
    'LSTM',
    { inputSize: 3, hiddenSize: 17, layers: 2, bidirectional: true },
    { batch: 3, time: 9, lengths: [9, 0, 4] },
  ],
  [
    'LSTM',
    { inputSize: 3, hiddenSize: 17, layerNorm: true, projectionSize: 5, peephole: true },
    { batch: 19, time: 9 },
  ],
  ['LSTM', { inputSize: 3, hiddenSize: 17, coupled: true, clip: 0.8, cellClip: 0.5 }, { batch: 16, time: 9 }],
];

describe('backend()', () => {
  it('reports what was forced', () => {
    const { kind, isa, threads, tried } = backend();
    expect(['native', 'wasm']).toContain(kind);
    expect(SETS).toContain(isa);
    expect(['simd128', 'relaxed'].includes(isa)).toBe(kind === 'wasm');
    expect(Number.isInteger(threads) && threads >= 1, `threads: ${threads}`).toBe(true);
    expect(Array.isArray(tried)).toBe(true);
    if (forcedKind && forcedKind !== 'auto') expect(kind).toBe(forcedKind);
    if (forcedIsa) expect(isa).toBe(forcedIsa);
  });

  it('is a value of its own', () => {
    const report = backend();
    (report as { isa: string }).isa = 'none';
    report.tried.push({ kind: 'none', reason: 'none' });
    expect(backend().isa).toBe(original.isa);
    expect(backend().tried.map(({ kind }) => kind)).not.toContain('none');
  });
});

describe('init', () => {
  it('with the same choice changes nothing', async () => {
    const before = backend();
    await init(original);
    await init({});
    expect({ kind: backend().kind, isa: backend().isa }).toEqual({ kind: before.kind, isa: before.isa });
  });

  it.each(CASES)(
    'switches to the other backend, which agrees to 1e-6: %s %j',
    async (kind, options, shape) => {
      const name = `backends ${kind} ${JSON.stringify(options)}`;
      const here = draw(name, kind, options, shape);
      await init(other);
      expect({ backend: backend().kind, isa: backend().isa }).toEqual(other);
      const there = draw(name, kind, options, shape);
      expectForward(there);
      const [one, two] = [here.layer.forward(here.x, here.call), there.layer.forward(there.x, there.call)];
      expectClose(name, one.output, two.output, CLOSE);
      expectState(name, one.state, two.state, CLOSE);
    },
  );

  it('leaves modules and streams that exist where they are', async () => {
    const drawn = draw('stays', 'LSTM', { inputSize: 3, hiddenSize: 5 });
    const stream = drawn.layer.stream();
    const frame = new Float32Array(3).fill(0.5);
    await init(other);
    expectForward(drawn);
    const opened = drawn.layer.stream();
    expect(opened.step(frame)).toEqual(stream.step(frame));
    drawn.layer.loadStateDict(drawn.parameters);
    expectForward(drawn);
  });

  it('gives both backends the same first weights for a seed', async () => {
    const options = { inputSize: 3, hiddenSize: 17, seed: 11 };
    const { create } = await import('./helpers.js');
    const here = create('LSTM', options).parameters();
    await init(other);
    const there = create('LSTM', options).parameters();
    for (const [name, { shape, data }] of Object.entries(there)) {
      expectClose(name, here[name] ?? expect.fail(`no ${name}`), { shape, data }, 0);
    }
  });

  it('refuses what it does not know or this machine lacks, and stays where it was', async () => {
    const layer = draw('refused init', 'GRU', { inputSize: 3, hiddenSize: 5 });
    const where = 'init';
    const lacking = globalThis.process?.arch === 'x64' ? 'neon' : 'avx2';
    const native = { backend: 'native', isa: lacking };
    await expectRejection(() => init(native), { code: 'backend', where, got: /./ });
    await expectRejection(() => init({ backend: 'native', isa: 'simd128' }), { code: 'backend', where });
    await expectRejection(() => init({ backend: 'wasm', isa: 'avx2' }), { code: 'backend', where });
    await expectRejection(() => init({ backend: 'native', isa: 'mmx' }), {
      code: 'value',
      where,
      expected: /^isa /,
    });
    await expectRejection(() => init({ backend: 'gpu' }), { code: 'value', where, expected: /^backend / });
    await expectRejection(() => init({ threads: 0 }), { code: 'value', where, expected: /^threads / });
    await expectRejection(() => init({ bakend: 'wasm' }), { code: 'value', where });
    expect({ backend: backend().kind, isa: backend().isa }, label()).toEqual(original);
    expectForward(layer);
  });

  it('takes a tensor made under another backend', async () => {
    const x = tensor(new Float32Array(6).fill(0.25), [1, 2, 3]);
    const one = draw('any tensor', 'GRU', { inputSize: 3, hiddenSize: 5 });
    const before = one.layer.forward(x);
    await init(other);
    const two = draw('any tensor', 'GRU', { inputSize: 3, hiddenSize: 5 });
    expectClose(
      'output',
      two.layer.forward(x, { state: before.state }).output,
      one.layer.forward(x, { state: before.state }).output,
      CLOSE,
    );
  });
});
