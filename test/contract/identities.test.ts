import { describe, expect, it } from 'vitest';
import { at, type GruOptions, type LstmOptions } from '../reference/index.js';
import { type AnyTensor, type Dict, tensor } from './api.js';
import { GRU_GATES, LSTM_GATES, pin, rewrite, SATURATED, select, zeroed } from './gates.js';
import {
  CLOSE,
  create,
  entry,
  expectClose,
  expectSame,
  expectState,
  expectVector,
  fieldOf,
  Random,
  randomParameters,
} from './helpers.js';

const SIZES = { inputSize: 3, hiddenSize: 17 };

function setUp(name: string, time = 6, batch = 3) {
  const random = new Random(name);
  return {
    random,
    x: random.tensor([batch, time, SIZES.inputSize]),
    state: { h: random.tensor([1, batch, SIZES.hiddenSize]), c: random.tensor([1, batch, SIZES.hiddenSize]) },
    lstm: randomParameters(random, 'LSTM', SIZES),
    gru: randomParameters(random, 'GRU', SIZES),
  };
}

describe('an LSTM', () => {
  it('with f = 1 and i = 0 keeps its cell for ever', () => {
    const { x, state, lstm } = setUp('constant error carousel', 200);
    const layer = create('LSTM', SIZES, pin(lstm, LSTM_GATES, { f: SATURATED, i: -SATURATED }));
    const { state: final } = layer.forward(x, { state });
    expectSame('cell', final.c ?? expect.fail('no c'), state.c);
    const cell = fieldOf(layer.trace(x, { state }).layers[0], 'cell');
    const rows = Array.from({ length: 200 }, (_, time) => cell.data.slice(time * 17, (time + 1) * 17));
    for (const row of rows) expectVector('cell at every step', row, state.c.data.slice(0, 17), 0);
  });

  it('with f = 0 and i = 1 has its candidate as its cell', () => {
    const { x, state, lstm } = setUp('no memory');
    const layer = create('LSTM', SIZES, pin(lstm, LSTM_GATES, { f: -SATURATED, i: SATURATED }));
    const fields = layer.trace(x, { state }).layers[0] ?? {};
    expectSame('cell', fieldOf(fields, 'cell'), fieldOf(fields, 'candidate'));
  });

  it('with o = 0 shows nothing', () => {
    const { x, state, lstm } = setUp('closed output');
    const layer = create('LSTM', SIZES, pin(lstm, LSTM_GATES, { o: -SATURATED }));
    expectVector('output', layer.forward(x, { state }).output.data, new Float32Array(3 * 6 * 17), 1e-30);
  });

  it('of zero weights halves its cell each step', () => {
    const { x, state, lstm } = setUp('zero weights');
    const layer = create('LSTM', SIZES, zeroed(lstm));
    const { state: final, layers } = layer.trace(x, { state });
    expectVector(
      'cell',
      final.c?.data ?? [],
      state.c.data.map((value) => value * 0.5 ** 6),
      0,
    );
    for (const gate of ['input', 'forget', 'output'] as const) {
      expect(fieldOf(layers[0], gate).data.every((value: number) => value === 0.5)).toBe(true);
    }
    expect(layer.forward(x).output.data.every((value: number) => value === 0)).toBe(true);
  });

  it('with o = 1, f = 0, i = 1 and linear output is the plain RNN', () => {
    const { x, state, lstm } = setUp('plain RNN');
    const rnn = create('RNN', SIZES, select(lstm, LSTM_GATES, ['g']));
    const expected = rnn.forward(x, { state: { h: state.h } });
    const linear = { ...SIZES, activations: { output: 'identity' as const } };
    const saturated = pin(lstm, LSTM_GATES, { o: SATURATED, f: -SATURATED, i: SATURATED });
    const ablated: LstmOptions = { ...linear, inputGate: false, outputGate: false };
    const closed = select(pin(lstm, LSTM_GATES, { f: -SATURATED }), LSTM_GATES, ['f', 'g']);
    for (const layer of [create('LSTM', linear, saturated), create('LSTM', ablated, closed)]) {
      const { output, state: final } = layer.forward(x, { state });
      expectClose('output', output, expected.output, CLOSE);
      expectClose('state', final.h, expected.state.h, CLOSE);
      expectSame('cell', final.c ?? expect.fail('no c'), final.h);
    }
  });

  it('without a gate is the LSTM with that gate at 1', () => {
    const { x, state, lstm } = setUp('ablations');
    const options = { i: 'inputGate', f: 'forgetGate', o: 'outputGate' } as const;
    for (const [gate, option] of Object.entries(options)) {
      const kept = LSTM_GATES.filter((other) => other !== gate);
      const ablated = create('LSTM', { ...SIZES, [option]: false }, select(lstm, LSTM_GATES, kept));
      const pinned = create('LSTM', SIZES, pin(lstm, LSTM_GATES, { [gate]: SATURATED }));
      const expected = pinned.forward(x, { state });
      const actual = ablated.forward(x, { state });
      expectClose(option, actual.output, expected.output, CLOSE);
      expectState(option, actual.state, expected.state, CLOSE);
    }
  });

  it('that is coupled has i = 1 - f, and equals the LSTM whose input gate mirrors the forget gate', () => {
    const { x, state, lstm } = setUp('coupled');
    const layer = create('LSTM', { ...SIZES, coupled: true }, select(lstm, LSTM_GATES, ['f', 'g', 'o']));
    const coupled = layer.trace(x, { state });
    const fields = coupled.layers[0] ?? {};
    const mirrored = fieldOf(fields, 'forget').data.map((forget: number) => 1 - forget);
    expectVector('input', fieldOf(fields, 'input').data, mirrored, 1e-7);

    const blocks = select(lstm, LSTM_GATES, ['f', 'f', 'g', 'o']);
    const full = create(
      'LSTM',
      SIZES,
      rewrite(blocks, LSTM_GATES, (value, gate) => (gate === 'i' ? -value : value)),
    );
    expectClose('output', coupled.output, full.forward(x, { state }).output, CLOSE);
  });

  it('with peepholes of zero, bounds out of reach or an identity projection is the plain one', () => {
    const { x, state, lstm } = setUp('neutral options');
    const expected = create('LSTM', SIZES, lstm).forward(x, { state });
    const identity = Float32Array.from({ length: 17 * 17 }, (_, index) => (index % 18 === 0 ? 1 : 0));
    const variants: [LstmOptions, Dict][] = [
      [{ ...SIZES, peephole: true }, { peephole_l0: tensor(new Float32Array(3 * 17), [3, 17]) }],
      [{ ...SIZES, clip: 1e4, cellClip: 1e4 }, {}],
      [{ ...SIZES, projectionSize: 17 }, { weight_hr_l0: tensor(identity, [17, 17]) }],
    ];
    for (const [options, added] of variants) {
      const { output, state: final } = create('LSTM', options, { ...lstm, ...added }).forward(x, { state });
      expectClose(JSON.stringify(options), output, expected.output, CLOSE);
      expectState(JSON.stringify(options), final, expected.state, CLOSE);
    }
  });

  it('keeps |c| within cellClip, and its gates within the sigmoid of clip', () => {
    const { x, lstm } = setUp('bounds');
    const { layers } = create('LSTM', { ...SIZES, clip: 0.5, cellClip: 0.1 }, lstm).trace(x);
    const fields = layers[0] ?? {};
    const [low, high] = [1 / (1 + Math.exp(0.5)), 1 / (1 + Math.exp(-0.5))];
    expect(Math.max(...fieldOf(fields, 'cell').data.map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.1));
    for (const gate of ['input', 'forget', 'output'] as const) {
      for (const value of fieldOf(fields, gate).data) {
        expect(value).toBeGreaterThan(low - 1e-6);
        expect(value).toBeLessThan(high + 1e-6);
      }
    }
  });

  it('with layer norm does not see the scale of its weights', () => {
    const { random, x } = setUp('layer norm');
    const options: LstmOptions = { ...SIZES, layerNorm: true };
    const parameters = randomParameters(random, 'LSTM', options);
    const scaled = Object.fromEntries(
      Object.entries(parameters).map(([name, { shape, data }]): [string, AnyTensor] => [
        name,
        tensor(name.startsWith('weight_ih') ? data.map((value) => value * 64) : data, shape),
      ]),
    );
    const expected = create('LSTM', options, parameters).forward(x).output;
    expectClose('output', create('LSTM', options, scaled).forward(x).output, expected, 1e-3);
  });
});

describe('a GRU', () => {
  const mirrored = (parameters: Dict) =>
    rewrite(parameters, GRU_GATES, (value, gate) => (gate === 'z' ? -value : value));

  it.each([true, false])(
    'with resetAfter %s has mirrored update gates in its two conventions',
    (resetAfter) => {
      const { x, state, gru } = setUp('conventions');
      const h = { state: { h: state.h } };
      const keep = create('GRU', { ...SIZES, resetAfter }, gru).trace(x, h);
      const write = create('GRU', { ...SIZES, resetAfter, updateGate: 'write' }, mirrored(gru)).trace(x, h);
      expectClose('output', write.output, keep.output, CLOSE);
      const other = fieldOf(write.layers[0], 'update').data;
      const sums = fieldOf(keep.layers[0], 'update').data.map(
        (z: number, index: number) => z + at(other, index),
      );
      expectVector('sum of the update gates', sums, new Float32Array(sums.length).fill(1), CLOSE);
    },
  );

  it.each(['keep', 'write'] as const)(
    "with its update gate open or closed keeps its state or drops it ('%s')",
    (updateGate) => {
      const { x, state, gru } = setUp('update gate', 9);
      const h = { state: { h: state.h } };
      for (const resetAfter of [true, false]) {
        const options: GruOptions = { ...SIZES, resetAfter, updateGate };
        const side = updateGate === 'keep' ? SATURATED : -SATURATED;
        const kept = create('GRU', options, pin(gru, GRU_GATES, { z: side })).forward(x, h);
        expectClose('kept', kept.state.h, state.h, CLOSE);
        const dropped = create('GRU', options, pin(gru, GRU_GATES, { z: -side })).trace(x, h);
        const fields = dropped.layers[0] ?? {};
        expectClose('dropped', fieldOf(fields, 'hidden'), fieldOf(fields, 'candidate'), CLOSE);
      }
    },
  );

  it('with r = 1 has one form, with r = 0 and no bias no recurrence', () => {
    const { x, state, gru } = setUp('reset gate');
    const h = { state: { h: state.h } };
    const open = pin(gru, GRU_GATES, { r: SATURATED });
    const after = create('GRU', SIZES, open).forward(x, h).output;
    expectClose(
      'r = 1',
      create('GRU', { ...SIZES, resetAfter: false }, open).forward(x, h).output,
      after,
      CLOSE,
    );

    const closed = pin(gru, GRU_GATES, { r: -SATURATED, z: -SATURATED });
    const unbiased = rewrite(closed, GRU_GATES, (value, gate, name) =>
      gate === 'n' && name.startsWith('bias') ? 0 : value,
    );
    const options = [{}, { resetAfter: false }];
    const alone = create(
      'RNN',
      { ...SIZES, bias: false },
      {
        weight_ih_l0: entry(select(unbiased, GRU_GATES, ['n']), 'weight_ih_l0'),
        weight_hh_l0: tensor(new Float32Array(17 * 17), [17, 17]),
      },
    ).forward(x).output;
    for (const option of options) {
      expectClose(
        'r = 0',
        create('GRU', { ...SIZES, ...option }, unbiased).forward(x, h).output,
        alone,
        CLOSE,
      );
    }
  });

  it.each([true, false])('of zero weights (resetAfter %s) halves its state each step', (resetAfter) => {
    const { x, state, gru } = setUp('zero weights');
    const layer = create('GRU', { ...SIZES, resetAfter }, zeroed(gru));
    const final = layer.forward(x, { state: { h: state.h } }).state.h;
    expectVector(
      'state',
      final.data,
      state.h.data.map((value) => value * 0.5 ** 6),
      CLOSE,
    );
  });
});
