/** What `backward` refuses, and that it goes on working afterwards. */

import { describe, expect, it } from 'vitest';
import { Embedding, Linear, Sequential } from './api.js';
import { backward, drawWayBack, expectSameGradients, flat, type WayBack } from './gradients.js';
import { create, expectError, KINDS, Random } from './helpers.js';

const OPTIONS = { inputSize: 3, hiddenSize: 5, layers: 2 };
const random = new Random('refusals');
const full = (shape: readonly number[]) => random.tensor(shape);

describe.each(KINDS)('%s.backward refuses', (kind) => {
  type Refusal = [what: string, code: string, expected: RegExp, got: RegExp, call: (way: WayBack) => unknown];
  const gradient = (what: string, code: string, got: RegExp, make: () => unknown): Refusal => [
    what,
    code,
    code === 'shape'
      ? /^outputGradient must have the shape of the output = \[2, 4, 5\]$/
      : /^outputGradient must be a Tensor/,
    got,
    ({ layer, x }) => layer.backward(x, make()),
  ];
  const final = (what: string, code: string, got: RegExp, make: (way: WayBack) => unknown): Refusal => [
    what,
    code,
    /[sS]tate|^h |^c /,
    got,
    (way) => way.layer.backward(way.x, way.outputGradient, { stateGradient: make(way) }),
  ];
  const input = (
    what: string,
    code: string,
    expected: RegExp,
    x: () => unknown,
    options: unknown = {},
  ): Refusal => [
    what,
    code,
    expected,
    /./,
    ({ layer, outputGradient }) => layer.backward(x(), outputGradient, options),
  ];
  const c = (shape: number[]) => (kind === 'LSTM' ? { c: full(shape) } : {});
  const refusals: Refusal[] = [
    gradient('an outputGradient of another width', 'shape', /\[2, 4, 6\]/, () => full([2, 4, 6])),
    gradient('an outputGradient of another batch', 'shape', /\[3, 4, 5\]/, () => full([3, 4, 5])),
    gradient('an outputGradient of another time', 'shape', /\[2, 3, 5\]/, () => full([2, 3, 5])),
    gradient('a time-major outputGradient', 'shape', /\[4, 2, 5\]/, () => full([4, 2, 5])),
    gradient('an outputGradient of the last step', 'shape', /\[2, 5\]/, () => full([2, 5])),
    gradient('an outputGradient of integers', 'dtype', /int32/, () => random.ids([2, 4, 5], 2)),
    gradient('an outputGradient that is a bare array', 'dtype', /Float32Array/, () => new Float32Array(40)),
    gradient('no outputGradient', 'dtype', /undefined/, () => undefined),
    gradient('an outputGradient that is null', 'dtype', /null/, () => null),
    gradient('an outputGradient whose buffer is detached', 'dtype', /./, () => {
      const values = full([2, 4, 5]);
      structuredClone(values.data.buffer, { transfer: [values.data.buffer as ArrayBuffer] });
      return values;
    }),
    final('a stateGradient of another width', 'state', /\[2, 2, 6\]/, () => ({
      ...c([2, 2, 5]),
      h: full([2, 2, 6]),
    })),
    final('a stateGradient of another depth', 'state', /\[1, 2, 5\]/, () => ({
      ...c([2, 2, 5]),
      h: full([1, 2, 5]),
    })),
    final('a stateGradient of another batch', 'state', /\[2, 3, 5\]/, () => ({
      ...c([2, 2, 5]),
      h: full([2, 3, 5]),
    })),
    final('a stateGradient without h', 'state', /./, () => c([2, 2, 5])),
    final('a stateGradient that is text', 'state', /./, () => 'state'),
    final('a stateGradient of integers', 'dtype', /int32/, () => ({
      ...c([2, 2, 5]),
      h: random.ids([2, 2, 5], 2),
    })),
    kind === 'LSTM'
      ? final('the stateGradient of a GRU', 'state', /./, () => ({ h: full([2, 2, 5]) }))
      : final('the stateGradient of an LSTM', 'state', /./, () => ({
          h: full([2, 2, 5]),
          c: full([2, 2, 5]),
        })),
    input('an x of another width', 'shape', /^x must be .*3\]/, () => full([2, 4, 4])),
    input('an x of integers', 'dtype', /^x /, () => random.ids([2, 4, 3], 2)),
    input('no x', 'dtype', /^x /, () => undefined),
    input('too few lengths', 'shape', /^lengths /, () => full([2, 4, 3]), { lengths: [4] }),
    input('a length beyond the end', 'value', /^lengths/, () => full([2, 4, 3]), { lengths: [4, 5] }),
    input('a state of another batch', 'state', /[sS]tate|^h /, () => full([2, 4, 3]), {
      state: { ...c([2, 2, 5]), h: full([2, 3, 5]) },
    }),
    input('an unknown option', 'value', /^options may be/, () => full([2, 4, 3]), {
      gradient: full([2, 4, 3]),
    }),
  ];

  it.each(refusals)('%s, and goes on as before', (what, code, expected, got, call) => {
    const way = drawWayBack(`${kind} ${what}`, kind, OPTIONS);
    const before = flat(backward(way));
    const weights = way.layer.parameters();
    for (let repeat = 0; repeat < 3; repeat++) {
      expectError(() => call(way), { code, where: `${kind.toLowerCase()}.backward`, expected, got });
    }
    expect(way.layer.parameters()).toEqual(weights);
    expectSameGradients(what, flat(backward(way)), before);
    way.layer.dispose();
  });

  it('every call after dispose', () => {
    const way = drawWayBack(`${kind} disposed`, kind, OPTIONS);
    way.layer.dispose();
    expectError(() => backward(way), { code: 'disposed', where: `${kind.toLowerCase()}.backward` });
  });

  it('a batch-major outputGradient where x is time-major', () => {
    const { layer } = drawWayBack(`${kind} time-major`, kind, OPTIONS);
    expectError(() => layer.backward(full([4, 2, 3]), full([2, 4, 5]), { timeMajor: true }), {
      code: 'shape',
      where: `${kind.toLowerCase()}.backward`,
      expected: /^outputGradient must have the shape of the output = \[4, 2, 5\]$/,
      got: /\[2, 4, 5\]/,
    });
    expect(layer.backward(full([4, 2, 3]), full([4, 2, 5]), { timeMajor: true }).x.shape).toEqual([4, 2, 3]);
  });
});

describe('backward of a module refuses', () => {
  it('wrong gradients, and goes on as before', () => {
    const ids = random.ids([2, 4], 7);
    const cases = [
      {
        name: 'linear',
        module: new Linear({ inputSize: 3, outputSize: 2 }),
        x: full([2, 4, 3]),
        shape: [2, 4, 2],
      },
      { name: 'embedding', module: new Embedding({ vocabularySize: 7, size: 3 }), x: ids, shape: [2, 4, 3] },
      {
        name: 'sequential',
        module: new Sequential([
          new Embedding({ vocabularySize: 7, size: 3 }),
          create('GRU', { inputSize: 3, hiddenSize: 4 }),
        ]),
        x: ids,
        shape: [2, 4],
      },
    ];
    for (const { name, module, x, shape } of cases) {
      const where = `${name}.backward`;
      const gradient = full(shape);
      const before = flat(module.backward(x, gradient));
      const wrong = full([...shape.slice(0, -1), 5]);
      const far = name === 'linear' ? full([2, 4, 5]) : random.ids([2, 4], 7);
      if (name !== 'linear') far.data[5] = 7;
      expectError(() => module.backward(x, wrong), {
        code: 'shape',
        where,
        expected: /^outputGradient /,
        got: /5\]/,
      });
      expectError(() => module.backward(x, random.ids(shape, 2)), {
        code: 'dtype',
        where,
        expected: /^outputGradient /,
      });
      expectError(() => module.backward(x, undefined), {
        code: 'dtype',
        where,
        expected: /^outputGradient /,
      });
      expectError(() => module.backward(undefined, gradient), { code: 'dtype', where, expected: /^x / });
      expectError(() => module.backward(far, gradient), {
        code: name === 'linear' ? 'shape' : 'value',
        where,
      });
      expectSameGradients(name, flat(module.backward(x, gradient)), before);
      module.dispose();
      expectError(() => module.backward(x, gradient), { code: 'disposed', where });
    }
  });
});
