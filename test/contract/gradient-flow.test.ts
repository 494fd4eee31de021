/** What is known of gradients beforehand: exact values, equalities between calls. */

import { describe, expect, it } from 'vitest';
import type { Kind, LayerOptions } from '../reference/index.js';
import { type AnyLayer, type AnyState, type AnyTensor, type Dict, tensor } from './api.js';
import { LSTM_GATES, pin, SATURATED, select, zeroed } from './gates.js';
import { backward, drawWayBack, expectNear, expectSameGradients, flat, type WayBack } from './gradients.js';
import {
  create,
  entry,
  expectSame,
  expectVector,
  KINDS,
  label,
  Random,
  randomParameters,
} from './helpers.js';
import { growth } from './memory.js';

const SIZES = { inputSize: 3, hiddenSize: 17 };
const FORMS: { kind: Kind; form: string; extra: object }[] = [
  { kind: 'RNN', form: 'RNN', extra: {} },
  { kind: 'GRU', form: 'GRU reset after', extra: {} },
  { kind: 'GRU', form: 'GRU reset before', extra: { resetAfter: false } },
  { kind: 'LSTM', form: 'LSTM', extra: {} },
  {
    kind: 'LSTM',
    form: 'LSTM of every option',
    extra: { peephole: true, layerNorm: true, projectionSize: 5, clip: 3, cellClip: 2 },
  },
];

const zerosLike = ({ shape, data }: AnyTensor): AnyTensor => tensor(new Float32Array(data.length), shape);
const copyOf = ({ shape, data }: AnyTensor) => ({ shape: [...shape], data: Float32Array.from(data) });
const map = (values: AnyTensor, change: (value: number, index: number) => number): AnyTensor =>
  tensor(Float32Array.from(values.data, change), values.shape);
const part = (values: AnyTensor | undefined, name: string): AnyTensor => values ?? expect.fail(`no ${name}`);

/** How the final state depends on the initial one, where the input and the output say nothing. */
function throughTime(layer: AnyLayer, time: number, stateGradient: AnyState, state?: AnyState) {
  const random = new Random(`through ${time}`);
  const [, batch = 1] = stateGradient.h.shape;
  const x = random.tensor([batch, time, SIZES.inputSize]);
  const width = layer.forward(x).output.shape[2] ?? 0;
  const outputGradient = tensor(new Float32Array(batch * time * width), [batch, time, width]);
  return layer.backward(x, outputGradient, { stateGradient, ...(state ? { state } : {}) });
}

describe('the gradient through the cell', () => {
  const random = new Random('carousel');
  const parameters = randomParameters(random, 'LSTM', SIZES);
  const shape = [1, 2, SIZES.hiddenSize];
  const state = { h: random.tensor(shape), c: random.tensor(shape) };
  const stateGradient = { h: tensor(new Float32Array(34), shape), c: random.tensor(shape) };
  const without = (dict: Dict, gate: string): Dict =>
    select(
      dict,
      LSTM_GATES,
      LSTM_GATES.filter((own) => own !== gate),
    );

  it.each([1, 50, 1000])('is 1 over %i steps with f = 1 and i = 0', (time) => {
    const pinned = pin(parameters, LSTM_GATES, { f: SATURATED, i: -SATURATED });
    const gates = create('LSTM', SIZES, pinned);
    const coupled = create('LSTM', { ...SIZES, coupled: true }, without(pinned, 'i'));
    const ablated = create('LSTM', { ...SIZES, forgetGate: false }, without(pinned, 'f'));
    for (const layer of [gates, coupled, ablated]) {
      const { state: initial } = throughTime(layer, time, stateGradient, state);
      expectSame(`c over ${time} steps`, part(initial.c, 'c'), stateGradient.c);
    }
  });

  it('is 0 with f = 0', () => {
    const hard = { ...SIZES, activations: { gate: 'hardSigmoid' as const } };
    const layer = create(
      'LSTM',
      hard,
      pin(parameters, LSTM_GATES, { f: -SATURATED, i: -SATURATED, o: -SATURATED }),
    );
    const { state: initial } = throughTime(layer, 3, stateGradient, state);
    expectVector('c', part(initial.c, 'c').data, new Float32Array(34), 0);
    expectVector('h', initial.h.data, new Float32Array(34), 0);
  });

  it.each([1, 30])('halves with each of %i steps of zero weights', (time) => {
    const layer = create('LSTM', SIZES, zeroed(parameters));
    const { state: initial } = throughTime(layer, time, stateGradient, state);
    expectSame(
      'c',
      part(initial.c, 'c'),
      map(stateGradient.c, (value) => value * 0.5 ** time),
    );
    expectVector('h', initial.h.data, new Float32Array(34), 0);
  });

  it('vanishes in the RNN of a small weight, and explodes in that of a large one', () => {
    const h = random.tensor(shape);
    for (const [weight, time] of [
      [0.5, 40],
      [2, 40],
    ] as const) {
      const own = zeroed(randomParameters(random, 'RNN', SIZES));
      const size = SIZES.hiddenSize;
      own.weight_hh_l0 = map(entry(own, 'weight_hh_l0'), (_, index) =>
        index % (size + 1) === 0 ? weight : 0,
      );
      const layer = create('RNN', { ...SIZES, nonlinearity: 'identity' }, own);
      const { state: initial } = throughTime(layer, time, { h });
      expectSame(
        'h',
        initial.h,
        map(h, (value) => value * weight ** time),
      );
    }
  });

  it('is what the update gate keeps in the GRU of zero weights', () => {
    const h = random.tensor(shape);
    const own = zeroed(randomParameters(random, 'GRU', SIZES));
    for (const extra of [{}, { resetAfter: false }, { updateGate: 'write' as const }]) {
      const layer = create('GRU', { ...SIZES, ...extra }, own);
      const { state: initial } = throughTime(layer, 30, { h }, { h: state.h });
      expectSame(
        JSON.stringify(extra),
        initial.h,
        map(h, (value) => value * 0.5 ** 30),
      );
    }
  });
});

describe('zero weights', () => {
  it('of an RNN hand the output gradient to the bias, and nothing to x', () => {
    const way = drawWayBack('zero RNN', 'RNN', { inputSize: 3, hiddenSize: 5 }, { final: false });
    way.layer.loadStateDict(zeroed(way.parameters));
    const { x, state, parameters } = backward(way);
    expectVector('x', x.data, new Float32Array(24), 0);
    expectVector('h', state.h.data, new Float32Array(10), 0);
    const sums = Float32Array.from({ length: 5 }, (_, unit) =>
      Array.from(way.outputGradient.data)
        .filter((_, index) => index % 5 === unit)
        .reduce((sum, value) => sum + value, 0),
    );
    for (const bias of ['bias_ih_l0', 'bias_hh_l0']) expectVector(bias, entry(parameters, bias).data, sums);
    expectVector('weight_hh', entry(parameters, 'weight_hh_l0').data, new Float32Array(25), 0);
  });

  it.each(KINDS)('of %s give gradients of zero for output gradients of zero', (kind) => {
    const way = drawWayBack(
      `${kind} zero gradient`,
      kind,
      { ...SIZES, layers: 2 },
      { initial: true, final: false },
    );
    way.outputGradient = zerosLike(way.outputGradient);
    const { output, ...gradients } = flat(backward(way));
    for (const [name, { data }] of Object.entries(gradients)) {
      expect(
        data.every((value: number) => value === 0),
        `${name} on ${label()}`,
      ).toBe(true);
    }
  });
});

describe.each(FORMS)('backward of $form', ({ kind, form, extra }) => {
  const options = { inputSize: 3, hiddenSize: 17, ...extra };
  const wayOf = (what: string, more: object = {}, shape: object = {}): WayBack =>
    drawWayBack(
      `${form} ${what}`,
      kind,
      { ...options, ...more },
      { batch: 3, time: 5, initial: true, ...shape },
    );

  it('gives the same bits again, whatever ran in between', () => {
    const way = wayOf('again', { layers: 2 }, { lengths: [5, 2, 4] });
    const first = flat(backward(way));
    const kept = Object.fromEntries(Object.entries(first).map(([name, values]) => [name, copyOf(values)]));
    expectSameGradients('twice', flat(backward(way)), first);
    const random = new Random('in between');
    way.layer.forward(random.tensor([1, 9, 3]));
    const other = random.tensor([7, 2, 3]);
    const { output } = way.layer.forward(other);
    way.layer.backward(other, random.tensor(output.shape));
    way.layer.stream().step(random.values(3));
    expectSameGradients('after others', flat(backward(way)), first);
    for (const [name, values] of Object.entries(kept))
      expectSame(`${name} is a copy`, entry(first, name), values);
  });

  it('has the output of forward, and leaves weights and arguments alone', () => {
    const way = wayOf('arguments');
    const all = () => [
      way.x,
      way.outputGradient,
      way.call.state?.h,
      way.stateGradient?.h,
      ...Object.values(way.layer.parameters()),
    ];
    const before = all().map((values) => values && copyOf(values));
    const { output } = way.layer.forward(way.x, way.call);
    expectSame('output', backward(way).output, output);
    all().forEach((values, index) => {
      expect(values && copyOf(values)).toEqual(before[index]);
    });
  });

  it('is linear in what goes in', () => {
    const way = wayOf('linear');
    const [random, first] = [new Random(`${form} linear, more`), flat(backward(way))];
    const stateOf = (change: (values: AnyTensor) => AnyTensor): AnyState => {
      const { h, c } = way.stateGradient ?? expect.fail('no state gradient');
      return { h: change(h), ...(c ? { c: change(c) } : {}) };
    };
    const double = (values: AnyTensor) => map(values, (value) => 2 * value);
    const { output, ...doubled } = flat(
      backward({ ...way, outputGradient: double(way.outputGradient), stateGradient: stateOf(double) }),
    );
    for (const [name, values] of Object.entries(doubled))
      expectSame(`twice ${name}`, values, double(entry(first, name)));
    const [more, zero] = [random.tensor(way.outputGradient.shape), stateOf(zerosLike)];
    const second = flat(backward({ ...way, outputGradient: more, stateGradient: zero }));
    const sum = map(way.outputGradient, (value, index) => value + (more.data[index] ?? 0));
    const { output: _, ...both } = flat(backward({ ...way, outputGradient: sum }));
    for (const [name, values] of Object.entries(both)) {
      expectNear(
        name,
        values,
        map(entry(first, name), (value, index) => value + (entry(second, name).data[index] ?? 0)),
      );
    }
  });

  it('of a stack is that of its layers, one after the other', () => {
    const way = wayOf('stack', { layers: 2 }, { initial: false, final: false });
    const whole = backward(way);
    const width = way.outputGradient.shape[2] ?? 0;
    const layerOf = (index: number) => {
      const own = Object.entries(way.parameters).filter(([name]) => name.endsWith(`_l${index}`));
      const dict = Object.fromEntries(own.map(([name, values]) => [name.replace(/_l\d$/, '_l0'), values]));
      return create(kind, { ...options, ...(index === 1 ? { inputSize: width } : {}) }, dict);
    };
    const [lower, upper] = [layerOf(0), layerOf(1)];
    const above = upper.backward(lower.forward(way.x).output, way.outputGradient);
    const below = lower.backward(way.x, above.x);
    expectNear('x', below.x, whole.x);
    for (const [index, own] of [below, above].entries()) {
      for (const [name, values] of Object.entries(own.parameters)) {
        expectNear(
          `${name} of layer ${index}`,
          values,
          entry(whole.parameters, name.replace('_l0', `_l${index}`)),
        );
      }
    }
  });

  it('of a batch is that of its rows, added up', () => {
    const way = wayOf('rows');
    const whole = backward(way);
    const row = (values: AnyTensor | undefined, index: number, axis: number): AnyTensor => {
      const given = part(values, 'values');
      const inner = given.shape.slice(axis + 1).reduce((size, one) => size * one, 1);
      const own = given.data.filter((_, at) => Math.floor(at / inner) % 3 === index) as Float32Array;
      return tensor(own, given.shape.with(axis, 1));
    };
    const rowOf = (state: AnyState | undefined, index: number): AnyState => ({
      h: row(state?.h, index, 1),
      ...(state?.c ? { c: row(state.c, index, 1) } : {}),
    });
    const sums: Record<string, AnyTensor> = {};
    for (let index = 0; index < 3; index++) {
      const state = rowOf(way.call.state, index);
      const stateGradient = rowOf(way.stateGradient, index);
      const own = way.layer.backward(row(way.x, index, 0), row(way.outputGradient, index, 0), {
        state,
        stateGradient,
      });
      expectNear(`x of row ${index}`, own.x, row(whole.x, index, 0));
      expectNear(`h of row ${index}`, own.state.h, row(whole.state.h, index, 1));
      for (const [name, values] of Object.entries(own.parameters)) {
        const sum = sums[name];
        sums[name] = sum ? map(sum, (value, at) => value + (values.data[at] ?? 0)) : values;
      }
    }
    for (const [name, values] of Object.entries(sums))
      expectNear(name, values, entry(whole.parameters, name));
  });

  it('of a whole sequence is that of its parts, the later one first', () => {
    const way = wayOf('parts', {}, { time: 7, batch: 1 });
    const whole = backward(way);
    const cut = (values: AnyTensor, from: number, to: number) => {
      const width = values.shape[2] ?? 0;
      return tensor(values.data.slice(from * width, to * width) as Float32Array, [1, to - from, width]);
    };
    const [early, late] = [cut(way.x, 0, 3), cut(way.x, 3, 7)];
    const middle = way.layer.forward(early, way.call).state;
    const second = way.layer.backward(late, cut(way.outputGradient, 3, 7), {
      state: middle,
      stateGradient: way.stateGradient,
    });
    const first = way.layer.backward(early, cut(way.outputGradient, 0, 3), {
      ...way.call,
      stateGradient: second.state,
    });
    expectNear('early x', first.x, cut(whole.x, 0, 3));
    expectNear('late x', second.x, cut(whole.x, 3, 7));
    expectNear('h', first.state.h, whole.state.h);
    if (whole.state.c) expectNear('c', part(first.state.c, 'c'), whole.state.c);
    for (const [name, values] of Object.entries(whole.parameters)) {
      const sum = map(
        entry(first.parameters, name),
        (value, at) => value + (entry(second.parameters, name).data[at] ?? 0),
      );
      expectNear(name, sum, values);
    }
  });

  it('takes nothing from the padding, were it NaN, and gives it nothing', () => {
    for (const more of [{}, { bidirectional: true, layers: 2 }, { reverse: true }]) {
      const lengths = [5, 0, 3];
      const way = wayOf(`padding ${JSON.stringify(more)}`, more, { lengths });
      const spoilt = (values: AnyTensor) =>
        map(values, (value, index) => {
          const [, time = 1, width = 1] = values.shape;
          const [b, t] = [Math.floor(index / width / time), Math.floor(index / width) % time];
          return t < (lengths[b] ?? 0) ? value : Number.NaN;
        });
      const clean = flat(backward(way));
      const other = flat(backward({ ...way, x: spoilt(way.x), outputGradient: spoilt(way.outputGradient) }));
      expectSameGradients(JSON.stringify(more), other, clean);
    }
  });

  it('keeps NaN to its sequence, and forgets it after the call', () => {
    const way = wayOf('NaN');
    const clean = flat(backward(way));
    const width = way.x.shape[2] ?? 0;
    const x = map(way.x, (value, index) => (Math.floor(index / width / 5) === 1 ? Number.NaN : value));
    for (let repeat = 0; repeat < 3; repeat++) {
      const spoilt = backward({ ...way, x });
      const rows = (values: AnyTensor, b: number) => {
        const size = values.data.length / 3;
        return values.data.slice(b * size, (b + 1) * size);
      };
      for (const b of [0, 2]) {
        expectVector(`output of ${b}`, rows(spoilt.output, b), rows(entry(clean, 'output'), b), 0);
        expectVector(`x of ${b}`, rows(spoilt.x, b), rows(entry(clean, 'x'), b), 0);
      }
      // A bound hides what is not a number from the way back, as in torch.clamp.
      if ('clip' in extra) continue;
      expect(rows(spoilt.x, 1).every(Number.isNaN), `x of 1 on ${label()}`).toBe(true);
      const weights = entry(spoilt.parameters, 'weight_ih_l0').data;
      expect(weights.every(Number.isNaN), `weight_ih on ${label()}`).toBe(true);
    }
    expectSameGradients('clean again', flat(backward(way)), clean);
  });

  it('over no time hands the final gradient to the initial state', () => {
    const way = wayOf('no time', { layers: 2, bidirectional: true }, { time: 0 });
    const { x, state, parameters } = backward(way);
    expect(x.shape).toEqual([3, 0, 3]);
    expectSame('h', state.h, part(way.stateGradient?.h, 'h'));
    if (state.c) expectSame('c', state.c, part(way.stateGradient?.c, 'c'));
    for (const [name, { data }] of Object.entries(parameters)) {
      expect(
        data.every((value: number) => value === 0),
        `${name} on ${label()}`,
      ).toBe(true);
    }
  });

  it('equals the way back of a trainer', () => {
    const way = wayOf('trainer', {}, { initial: false, final: false });
    const expected = backward(way);
    using trainer = way.layer.trainer({ loss: 'mse', optimizer: 'sgd' });
    expectSame('output', trainer.forward(way.x), expected.output);
    expectSame('x', part(trainer.backward(way.outputGradient).x, 'x'), expected.x);
    const gradients = trainer.gradients();
    for (const [name, values] of Object.entries(expected.parameters))
      expectSame(name, entry(gradients, name), values);
  });
});

describe('memory', () => {
  it.each(KINDS)('stays flat over many calls of %s.backward', { timeout: 60_000 }, async (kind) => {
    const options: LayerOptions = { inputSize: 3, hiddenSize: 5, layers: 2 };
    const way = drawWayBack(`${kind} memory`, kind, options, { batch: 8, time: 16, initial: true });
    expect(await growth(1_500, 500, () => backward(way)), `MB of backward on ${label()}`).toBeLessThan(24);
    const refused = () => expect(() => way.layer.backward(way.x, way.x)).toThrow();
    expect(await growth(2_000, 1_000, refused), `MB of errors on ${label()}`).toBeLessThan(24);
    const random = new Random('cycles');
    const cycle = () => {
      const layer = create(kind, { inputSize: 32, hiddenSize: 64 });
      layer.backward(random.tensor([2, 3, 32]), random.tensor([2, 3, 64]));
      layer.dispose();
    };
    expect(await growth(200, 100, cycle), `MB of layers on ${label()}`).toBeLessThan(24);
  });
});
