import { describe, expect, it } from 'vitest';
import { type AnyLayer, Dropout, Embedding, Linear, LSTM, Sequential, tensor } from './api.js';
import {
  CLOSE,
  create,
  draw,
  expectError,
  expectForward,
  expectSame,
  expectVector,
  KINDS,
  label,
  Random,
} from './helpers.js';
import { growth, MEGABYTE, residentBytes } from './memory.js';

const OPTIONS = { inputSize: 3, hiddenSize: 5 };
const random = new Random('lifetime');

function uses(layer: AnyLayer): [string, () => unknown][] {
  const x = tensor(new Float32Array(6), [1, 2, 3]);
  return [
    ['forward', () => layer.forward(x)],
    ['trace', () => layer.trace(x)],
    ['stream', () => layer.stream()],
    ['parameters', () => layer.parameters()],
    ['stateDict', () => layer.stateDict()],
    ['loadStateDict', () => layer.loadStateDict({})],
  ];
}

describe.each(KINDS)('%s', (kind) => {
  it('refuses every call after dispose, by name', () => {
    const layer = create(kind, OPTIONS);
    layer.dispose();
    for (const [method, call] of uses(layer)) {
      expectError(call, {
        code: 'disposed',
        where: new RegExp(`^${kind.toLowerCase()}\\.(${method}|parameters)$`),
      });
    }
    layer.dispose();
    layer[Symbol.dispose]();
  });

  it('is disposed at the end of a using block', () => {
    let kept: AnyLayer | undefined;
    {
      using layer = create(kind, OPTIONS);
      expect(layer.forward(tensor(new Float32Array(3), [1, 1, 3])).output.shape).toEqual([1, 1, 5]);
      kept = layer;
    }
    expectError(() => kept?.parameters(), { code: 'disposed', where: /./ });
  });

  it('leaves other layers and its results alone when disposed', () => {
    const first = draw(`${kind} first`, kind, OPTIONS);
    const second = draw(`${kind} second`, kind, OPTIONS);
    const { output } = first.layer.forward(first.x);
    const copy = { shape: [...output.shape], data: Float32Array.from(output.data) };
    first.layer.dispose();
    expectForward(second);
    expectSame('a tensor outlives its layer', output, copy);
  });

  it('gives results that later calls do not change', () => {
    const { layer, x } = draw(`${kind} results`, kind, OPTIONS);
    const { output, state } = layer.forward(x);
    const copies = [Float32Array.from(output.data), Float32Array.from(state.h.data)];
    for (let repeat = 0; repeat < 20; repeat++) layer.forward(random.tensor([3, 7, 3]));
    expectVector('output', output.data, copies[0] ?? [], 0);
    expectVector('state', state.h.data, copies[1] ?? [], 0);
  });

  it('leaves its input and state alone', () => {
    const { layer, x, call } = draw(`${kind} input`, kind, OPTIONS, { initial: true });
    const [input, h] = [Float32Array.from(x.data), Float32Array.from(call.state?.h.data ?? [])];
    layer.forward(x, call);
    layer.trace(x, call);
    expect(x.data).toEqual(input);
    expect(call.state?.h.data).toEqual(h);
  });

  it('keeps memory flat over 100 000 calls', { timeout: 60_000 }, async () => {
    const layer = create(kind, OPTIONS);
    const x = random.tensor([2, 3, 3]);
    const frame = random.values(3);
    const stream = layer.stream();
    expect(await growth(50_000, 10_000, () => layer.forward(x)), `MB of forward on ${label()}`).toBeLessThan(
      24,
    );
    expect(await growth(100_000, 10_000, () => stream.step(frame)), `MB of step on ${label()}`).toBeLessThan(
      8,
    );
    const wrong = random.tensor([2, 3, 4]);
    const refused = () => expect(() => layer.forward(wrong)).toThrow();
    expect(await growth(5_000, 1_000, refused), `MB of errors on ${label()}`).toBeLessThan(24);
  });

  it('gives its memory back when disposed', { timeout: 60_000 }, async () => {
    const options = { inputSize: 64, hiddenSize: 128 };
    const x = random.tensor([1, 4, 64]);
    const cycle = () => {
      const layer = create(kind, options);
      const stream = layer.stream();
      const clone = stream.clone();
      layer.forward(x);
      for (const handle of [clone, stream, layer]) handle.dispose();
    };
    expect(await growth(400, 100, cycle), `MB of modules on ${label()}`).toBeLessThan(24);
  });

  it('uses the memory of layers that are gone for larger ones', { timeout: 60_000 }, async () => {
    let hiddenSize = 300;
    const cycle = () => {
      hiddenSize += 16;
      create(kind, { inputSize: 64, hiddenSize }).dispose();
    };
    expect(await growth(20, 1, cycle), `MB of larger layers on ${label()}`).toBeLessThan(64);
  });
});

describe('a stream', () => {
  it('refuses every call after dispose', () => {
    const layer = create('LSTM', OPTIONS);
    const stream = layer.stream();
    const { state } = stream;
    const frame = new Float32Array(3);
    stream.dispose();
    const calls = [
      () => stream.step(frame),
      () => stream.run(frame),
      () => stream.state,
      () => {
        stream.state = state;
      },
      () => stream.reset(),
      () => stream.clone(),
    ];
    for (const call of calls)
      expectError(call, { code: 'disposed', where: /stream|step|run|state|reset|clone/ });
    stream.dispose();
    expect(layer.stream().step(frame).length).toBe(5);
  });

  it('is disposed at the end of a using block, its layer is not', () => {
    const layer = create('GRU', OPTIONS);
    const frame = new Float32Array(3);
    const kept = (() => {
      using stream = layer.stream();
      stream.step(frame);
      return stream;
    })();
    expectError(() => kept.step(frame), { code: 'disposed', where: /step$/ });
    expect(layer.stream().step(frame).length).toBe(5);
  });

  it('lives on when its layer is disposed', () => {
    const { layer } = draw('outlived', 'LSTM', OPTIONS);
    const frame = random.values(3);
    const [stream, other] = [layer.stream(), layer.stream()];
    const expected = Float32Array.from(other.step(frame));
    layer.dispose();
    expectVector('step', stream.step(frame), expected, 0);
    stream.reset();
    expectVector('clone', stream.clone().run(frame), expected, CLOSE);
  });
});

describe('modules', () => {
  it('refuse every call after dispose', () => {
    const modules = {
      linear: new Linear({ inputSize: 3, outputSize: 2 }),
      embedding: new Embedding({ vocabularySize: 3, size: 2 }),
    };
    for (const [name, module] of Object.entries(modules)) {
      module.dispose();
      module.dispose();
      const x = name === 'linear' ? tensor([1, 2, 3]) : tensor([1, 2], undefined, 'int32');
      expectError(() => module.forward(x), { code: 'disposed', where: `${name}.forward` });
      expectError(() => module.parameters(), { code: 'disposed', where: new RegExp(`^${name}\\.`) });
    }
  });

  it('in a model: the model refuses calls after its dispose', () => {
    const model = new Sequential([
      new LSTM(OPTIONS),
      new Dropout(0.5),
      new Linear({ inputSize: 5, outputSize: 2 }),
    ]);
    const x = random.tensor([1, 2, 3]);
    expect(model.predict(x).shape).toEqual([1, 2]);
    model.dispose();
    model.dispose();
    expectError(() => model.predict(x), { code: 'disposed', where: 'sequential.predict' });
    expectError(() => model.stream(), { code: 'disposed', where: 'sequential.stream' });
    expectError(() => model.stateDict(), { code: 'disposed', where: /^sequential\./ });
  });

  it('that were forgotten are freed by the finaliser', { timeout: 60_000 }, async () => {
    const forget = () => {
      new LSTM({ inputSize: 64, hiddenSize: 128 }).stream();
    };
    const rounds = async (count: number) => {
      for (let round = 0; round < count; round++) {
        for (let index = 0; index < 25; index++) forget();
        await residentBytes();
      }
    };
    await rounds(4);
    const before = await residentBytes();
    await rounds(16);
    expect(
      ((await residentBytes()) - before) / MEGABYTE,
      `MB of forgotten modules on ${label()}`,
    ).toBeLessThan(48);
  });
});
