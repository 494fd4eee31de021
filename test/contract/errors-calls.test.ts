import { describe, expect, it } from 'vitest';
import type { Kind } from '../reference/index.js';
import { type AnyLayer, type AnyTensor, type Dict, tensor } from './api.js';
import {
  type Case,
  draw,
  entry,
  expectError,
  expectForward,
  expectSame,
  expectState,
  KINDS,
  Random,
  randomParameters,
} from './helpers.js';

const OPTIONS = { inputSize: 3, hiddenSize: 5, layers: 2 };
const BATCH = 2;
const TIME = 4;

type Refusal = [
  what: string,
  code: string,
  expected: RegExp,
  got: RegExp,
  action: (layer: AnyLayer, drawn: Case) => unknown,
];

const random = new Random('errors of calls');
const full = (shape: number[]) => random.tensor(shape);
const integers = (shape: number[]) => random.ids(shape, 2);

/** A tensor whose buffer was moved away after it was made. */
function moved(): AnyTensor {
  const x = full([BATCH, TIME, 3]);
  structuredClone(x.data.buffer, { transfer: [x.data.buffer as ArrayBuffer] });
  return x;
}

function inputs(call: (layer: AnyLayer, x: unknown) => unknown): Refusal[] {
  const make = (what: string, code: string, got: RegExp, x: () => unknown): Refusal => {
    const expected = code === 'shape' ? /^x must be \[batch, time, inputSize\] = \[.*3\]/ : /^x /;
    return [what, code, expected, got, (layer) => call(layer, x())];
  };
  return [
    make('an x of another width', 'shape', /\[2, 4, 4\]/, () => full([2, 4, 4])),
    make('an x of two axes', 'shape', /\[4, 3\]/, () => full([4, 3])),
    make('an x of four axes', 'shape', /\[1, 2, 4, 3\]/, () => full([1, 2, 4, 3])),
    make('an x of no axes', 'shape', /\[\]/, () => tensor(new Float32Array(1), [])),
    make('an x of integers', 'dtype', /int32/, () => integers([2, 4, 3])),
    make('a bare Float32Array', 'dtype', /Float32Array/, () => new Float32Array(24)),
    make('nested arrays', 'dtype', /array/, () => [[[1, 2, 3]]]),
    make('something like a tensor', 'dtype', /./, () => ({
      dtype: 'float32',
      shape: [1, 1, 3],
      data: new Float32Array(3),
    })),
    make('undefined', 'dtype', /undefined/, () => undefined),
    make('null', 'dtype', /null/, () => null),
    make('text', 'dtype', /./, () => 'x'),
    make('a tensor whose buffer is detached', 'dtype', /./, moved),
  ];
}

function callOptions(call: (layer: AnyLayer, x: AnyTensor, options: unknown) => unknown): Refusal[] {
  const make = (what: string, code: string, expected: RegExp, got: RegExp, options: unknown): Refusal => [
    what,
    code,
    expected,
    got,
    (layer, { x }) => call(layer, x, options),
  ];
  return [
    make('too few lengths', 'shape', /^lengths .*2/, /1/, { lengths: [4] }),
    make('too many lengths', 'shape', /^lengths .*2/, /3/, { lengths: [4, 4, 4] }),
    make('no lengths at all', 'shape', /^lengths .*2/, /0/, { lengths: [] }),
    make('NaN in lengths', 'value', /^lengths/, /NaN/, { lengths: [4, Number.NaN] }),
    make('a negative length', 'value', /^lengths/, /-1/, { lengths: [-1, 4] }),
    make('a fraction of a step', 'value', /^lengths/, /1\.5/, { lengths: [1.5, 4] }),
    make('a length beyond the end', 'value', /^lengths.*4/, /5/, { lengths: [4, 5] }),
    make('a length beyond 32 bits', 'value', /^lengths/, /4294967297/, { lengths: [4, 2 ** 32 + 1] }),
    make('an infinite length', 'value', /^lengths/, /Infinity/, { lengths: [4, Number.POSITIVE_INFINITY] }),
    make('text in lengths', 'value', /^lengths/, /4/, { lengths: ['4', 4] }),
    make('a hole in lengths', 'value', /^lengths\[1\]/, /undefined/, {
      lengths: Object.assign([4], { length: 2 }),
    }),
    make('one number as lengths', 'value', /^lengths/, /4/, { lengths: 4 }),
  ];
}

function states(kind: Kind, call: (layer: AnyLayer, x: AnyTensor, options: unknown) => unknown): Refusal[] {
  const make = (what: string, code: string, got: RegExp, state: () => unknown): Refusal => {
    return [what, code, /state|^h |^c /, got, (layer, { x }) => call(layer, x, { state: state() })];
  };
  const c = () => (kind === 'LSTM' ? { c: full([2, BATCH, 5]) } : {});
  const list = [
    make('the state of a layer of another width', 'state', /\[2, 2, 6\]/, () => ({
      ...c(),
      h: full([2, 2, 6]),
    })),
    make('the state of a stack of another depth', 'state', /\[1, 2, 5\]/, () => ({
      ...c(),
      h: full([1, 2, 5]),
    })),
    make('the state of another batch', 'state', /\[2, 3, 5\]/, () => ({ ...c(), h: full([2, 3, 5]) })),
    make('a state of two axes', 'state', /\[2, 10\]/, () => ({ ...c(), h: full([2, 10]) })),
    make('a state without h', 'state', /./, () => ({ ...c() })),
    make('a state that is a tensor', 'state', /./, () => full([2, 2, 5])),
    make('a state that is text', 'state', /./, () => 'state'),
    make('a state of integers', 'dtype', /int32/, () => ({ ...c(), h: integers([2, 2, 5]) })),
    make('a state of a bare array', 'dtype', /Float32Array/, () => ({ ...c(), h: new Float32Array(20) })),
  ];
  if (kind === 'LSTM') {
    list.push(
      make('the state of a GRU', 'state', /./, () => ({ h: full([2, 2, 5]) })),
      make('a c of another width', 'state', /\[2, 2, 4\]/, () => ({
        h: full([2, 2, 5]),
        c: full([2, 2, 4]),
      })),
      make('a c of integers', 'dtype', /int32/, () => ({ h: full([2, 2, 5]), c: integers([2, 2, 5]) })),
    );
  } else {
    list.push(make('the state of an LSTM', 'state', /./, () => ({ h: full([2, 2, 5]), c: full([2, 2, 5]) })));
  }
  return list;
}

/** Every change of one entry that makes a dictionary unfit for the layer. */
function dictionaries(kind: Kind): Refusal[] {
  const good = () => randomParameters(random, kind, OPTIONS);
  const without = (dict: Dict, name: string) =>
    Object.fromEntries(Object.entries(dict).filter(([key]) => key !== name));
  const last = 'bias_hh_l1';
  const change = (value: unknown) => ({ ...good(), [last]: value });
  const make = (what: string, code: string, expected: RegExp, dict: () => unknown): Refusal => [
    what,
    code,
    expected,
    /./,
    (layer) => layer.loadStateDict(dict()),
  ];
  const shape = (dict: Dict) => [...entry(dict, last).shape];
  return [
    make('a missing entry', 'parameters', /bias_hh_l1/, () => without(good(), last)),
    make('a missing first entry', 'parameters', /weight_ih_l0/, () => without(good(), 'weight_ih_l0')),
    make('no entries', 'parameters', /weight_ih_l0/, () => ({})),
    make('an unexpected entry', 'parameters', /./, () => ({ ...good(), weight_ih_l2: full([5, 5]) })),
    make('a mistyped name', 'parameters', /./, () => ({
      ...without(good(), last),
      bias_hh_1: full(shape(good())),
    })),
    make('a misshaped entry', 'parameters', /bias_hh_l1/, () => change(full([7]))),
    make('an entry of as many values in another shape', 'parameters', /bias_hh_l1/, () =>
      change(full([1, ...shape(good())])),
    ),
    make('an entry of integers', 'parameters', /bias_hh_l1/, () => change(integers(shape(good())))),
    make('an entry that is a bare array', 'parameters', /bias_hh_l1/, () => change(new Float32Array(5))),
    make('an entry that is undefined', 'parameters', /bias_hh_l1/, () => change(undefined)),
    make('an entry whose buffer is detached', 'parameters', /bias_hh_l1/, () => {
      const value = full(shape(good()));
      structuredClone(value.data.buffer, { transfer: [value.data.buffer as ArrayBuffer] });
      return change(value);
    }),
    make('the entries of another width', 'parameters', /./, () =>
      randomParameters(random, kind, { ...OPTIONS, hiddenSize: 6 }),
    ),
    make('undefined', 'value', /^dict /, () => undefined),
    make('null', 'value', /^dict /, () => null),
    make('text', 'value', /^dict /, () => 'weights'),
  ];
}

function expectRefusals(kind: Kind, method: string, refusals: Refusal[]): void {
  const direction = method === 'loadStateDict' ? {} : { dropout: 0.3 };
  it.each(refusals)('%s, and goes on as before', (what, code, expected, got, action) => {
    const drawn = draw(
      `${kind} ${method} ${what}`,
      kind,
      { ...OPTIONS, ...direction },
      { batch: BATCH, time: TIME, initial: true },
    );
    const { layer, x, call } = drawn;
    expectForward(drawn);
    const before = layer.forward(x, call);
    const stream = layer.stream();
    const first = Float32Array.from(stream.step(random.values(3)));
    const weights = layer.parameters();
    for (let repeat = 0; repeat < 3; repeat++) {
      expectError(() => action(layer, drawn), {
        code,
        where: `${kind.toLowerCase()}.${method}`,
        expected,
        got,
      });
    }
    expect(layer.parameters()).toEqual(weights);
    const after = layer.forward(x, call);
    expectSame(what, after.output, before.output);
    expectState(what, after.state, before.state, 0);
    expect(first.length).toBe(stream.step(random.values(3)).length);
    layer.dispose();
  });
}

describe.each(KINDS)('%s.forward refuses', (kind) => {
  expectRefusals(kind, 'forward', [
    ...inputs((layer, x) => layer.forward(x)),
    ...callOptions((layer, x, options) => layer.forward(x, options)),
    ...states(kind, (layer, x, options) => layer.forward(x, options)),
  ]);
});

describe.each(KINDS)('%s.trace refuses', (kind) => {
  expectRefusals(kind, 'trace', [
    ...inputs((layer, x) => layer.trace(x)),
    ...callOptions((layer, x, options) => layer.trace(x, options)),
    ...states(kind, (layer, x, options) => layer.trace(x, options)),
  ]);
});

describe.each(KINDS)('%s.loadStateDict refuses', (kind) => {
  expectRefusals(kind, 'loadStateDict', dictionaries(kind));
});

describe.each(KINDS)('%s.forward, time-major,', (kind) => {
  it('names the axes in their order', () => {
    const { layer } = draw(`${kind} time-major`, kind, OPTIONS, { batch: BATCH, time: TIME });
    expectError(() => layer.forward(full([4, 2, 7]), { timeMajor: true }), {
      code: 'shape',
      where: `${kind.toLowerCase()}.forward`,
      expected: /^x must be \[time, batch, inputSize\] = \[.*3\]/,
      got: /\[4, 2, 7\]/,
    });
  });

  it('counts lengths by the second axis', () => {
    const { layer } = draw(`${kind} time-major`, kind, OPTIONS, { batch: BATCH, time: TIME });
    const x = full([4, 2, 3]);
    const where = `${kind.toLowerCase()}.forward`;
    expectError(() => layer.forward(x, { timeMajor: true, lengths: [1, 2, 3, 4] }), { code: 'shape', where });
    expectError(() => layer.forward(x, { timeMajor: true, lengths: [5, 1] }), { code: 'value', where });
    expect(layer.forward(x, { timeMajor: true, lengths: [4, 3] }).output.shape).toEqual([4, 2, 5]);
  });
});
