import { describe, expect, it } from 'vitest';
import { FIELDS, type Kind, type OptionsOf } from '../reference/index.js';
import { draw, expectClose, expectSame, expectState, fieldOf, KINDS, type Shape } from './helpers.js';

function check<K extends Kind>(name: string, kind: K, options: OptionsOf[K], shape: Shape = {}): void {
  const { layer, x, call, expected } = draw(name, kind, options, shape);
  const traced = layer.trace(x, call);
  const plain = layer.forward(x, call);
  expectSame(`${name}, output of trace and forward`, traced.output, plain.output);
  expectState(`${name}, state of trace and forward`, traced.state, plain.state, 0);
  expect(traced.layers.length, name).toBe(expected.layers.length);
  traced.layers.forEach((fields, index) => {
    const { fields: forward, reverse } = expected.layers[index] ?? { fields: {} };
    const names = [...FIELDS[kind], ...(reverse ? ['reverse'] : [])];
    expect(Object.keys(fields).sort(), name).toEqual(names.sort());
    for (const field of FIELDS[kind]) {
      const label = `${name}, layer ${index}, ${field}`;
      expectClose(label, fieldOf(fields, field), forward[field] ?? expect.fail(label));
      if (reverse && fields.reverse) {
        expectClose(
          `${label}, reverse`,
          fieldOf(fields.reverse, field),
          reverse[field] ?? expect.fail(label),
        );
      }
    }
  });
  layer.dispose();
}

describe.each(KINDS)('trace of %s', (kind) => {
  it('holds every value of every layer, direction and step', () => {
    for (const direction of [{}, { reverse: true }, { bidirectional: true }]) {
      for (const hiddenSize of [1, 5, 17, 33]) {
        const options = { inputSize: 3, hiddenSize, layers: 2, ...direction };
        const name = `trace ${kind} ${JSON.stringify(options)}`;
        check(name, kind, options, { batch: 3, time: 4, initial: true });
        check(`${name} B1`, kind, options, { batch: 1, time: 5 });
        check(`${name} B19`, kind, options, { batch: 19, time: 2 });
      }
    }
  });

  it('is zero past the end of a sequence', () => {
    for (const direction of [{}, { reverse: true }, { bidirectional: true }]) {
      const options = { inputSize: 3, hiddenSize: 5, layers: 2, ...direction };
      const shape = { batch: 4, time: 5, lengths: [5, 0, 2, 4], initial: true };
      check(`trace ${kind} lengths ${JSON.stringify(direction)}`, kind, options, shape);
      check(`trace ${kind} time-major ${JSON.stringify(direction)}`, kind, options, {
        ...shape,
        timeMajor: true,
      });
    }
  });

  it('of no steps is empty', () => {
    check(
      `trace ${kind} T0`,
      kind,
      { inputSize: 3, hiddenSize: 5, bidirectional: true },
      { time: 0, initial: true },
    );
  });
});

describe('trace of GRU', () => {
  it.each([true, false])('with resetAfter %s holds r, z and n in both conventions', (resetAfter) => {
    for (const updateGate of ['keep', 'write'] as const) {
      check(`trace GRU ${resetAfter} ${updateGate}`, 'GRU', {
        inputSize: 3,
        hiddenSize: 9,
        resetAfter,
        updateGate,
      });
    }
  });
});

describe('trace of LSTM', () => {
  const variants: Partial<OptionsOf['LSTM']>[] = [
    { coupled: true },
    { coupled: true, peephole: true, outputGate: false },
    { peephole: true },
    { inputGate: false },
    { forgetGate: false },
    { outputGate: false },
    { inputGate: false, forgetGate: false, outputGate: false },
    { projectionSize: 2 },
    { layerNorm: true, peephole: true, projectionSize: 3 },
    { clip: 0.4, cellClip: 0.3 },
    { activations: { gate: 'hardSigmoid', cell: 'softsign', output: 'relu' } },
  ];

  it.each(variants.map((variant) => [JSON.stringify(variant), variant] as const))(
    'holds gates of %s',
    (name, variant) => {
      check(
        `trace LSTM ${name}`,
        'LSTM',
        { inputSize: 3, hiddenSize: 9, ...variant },
        { time: 5, initial: true },
      );
      const deep = { inputSize: 3, hiddenSize: 9, layers: 2, bidirectional: true, ...variant };
      check(`trace LSTM ${name} deep`, 'LSTM', deep, { batch: 3, time: 3, lengths: [3, 1, 2] });
    },
  );
});
