import { describe, it } from 'vitest';
import type { Activation, GruOptions, Kind, LstmOptions, OptionsOf, RnnOptions } from '../reference/index.js';
import { draw, expectForward, KINDS, type Shape } from './helpers.js';

function check<K extends Kind>(name: string, kind: K, options: OptionsOf[K], shape: Shape = {}): void {
  const drawn = draw(name, kind, options, shape);
  expectForward(drawn);
  drawn.layer.dispose();
}

const SIZES = [1, 3, 5, 17, 33];
const BATCHES = [1, 2, 3, 7, 16, 19, 130];
const TIMES = [0, 1, 2, 9];
const FORMS: { kind: Kind; form: string; extra: object }[] = [
  { kind: 'RNN', form: 'RNN', extra: {} },
  { kind: 'GRU', form: 'GRU reset after', extra: {} },
  { kind: 'GRU', form: 'GRU reset before', extra: { resetAfter: false } },
  { kind: 'LSTM', form: 'LSTM', extra: {} },
  { kind: 'LSTM', form: 'LSTM coupled, peephole', extra: { coupled: true, peephole: true } },
  { kind: 'LSTM', form: 'LSTM layer norm, projected', extra: { layerNorm: true, projectionSize: 3 } },
];

const ACTIVATIONS: Activation[] = [
  'sigmoid',
  'hardSigmoid',
  { kind: 'hardSigmoid', alpha: 0.2, beta: 0.5 },
  'tanh',
  'relu',
  'softsign',
  'identity',
];
const GATES = ACTIVATIONS.filter((activation) => activation !== 'identity');
const word = (activation: Activation) =>
  typeof activation === 'string' ? activation : JSON.stringify(activation);

describe.each(FORMS)('$form equals the float64 reference', ({ kind, form, extra }) => {
  const options = (inputSize: number, hiddenSize: number) => ({ ...extra, inputSize, hiddenSize });

  describe.each(SIZES)('at input width %i', (inputSize) => {
    it.each(SIZES)('and hidden width %i, every batch size', (hiddenSize) => {
      BATCHES.forEach((batch, index) => {
        const time = TIMES[(index + inputSize + hiddenSize) % TIMES.length] ?? 9;
        const name = `${form} ${inputSize}x${hiddenSize} B${batch} T${time}`;
        check(name, kind, options(inputSize, hiddenSize), { batch, time });
      });
    });
  });

  it.each(BATCHES)('at batch %i, every length of time', (batch) => {
    for (const time of TIMES) {
      check(`${form} B${batch} T${time}`, kind, options(3, 5), { batch, time, initial: true });
    }
  });

  it.each([64, 65, 127, 257])('at hidden width %i, alone and in a batch', (hiddenSize) => {
    check(`${form} H${hiddenSize} B1`, kind, options(40, hiddenSize), { batch: 1, time: 3, initial: true });
    check(`${form} H${hiddenSize} B3`, kind, options(70, hiddenSize), { batch: 3, time: 2, initial: true });
    check(`${form} H${hiddenSize} B17`, kind, options(3, hiddenSize), { batch: 17, time: 1 });
  });

  it('over a long sequence', () => {
    check(`${form} T150`, kind, options(4, 19), { batch: 2, time: 150, gain: 0.8 });
    check(`${form} T150 B1`, kind, options(4, 19), { batch: 1, time: 150, gain: 0.8 });
  });
});

describe.each(KINDS)('%s equals the float64 reference', (kind) => {
  const lists: { name: string; options: object; shape: Shape }[] = [];
  for (const bias of [true, false]) {
    for (const layers of [1, 2, 3]) {
      for (const direction of [{}, { reverse: true }, { bidirectional: true }]) {
        for (const lengths of [undefined, [3, 6, 0, 1, 5], [6, 6, 6, 6, 6], [0, 0, 0, 0, 0]]) {
          for (const initial of [false, true]) {
            for (const timeMajor of [false, true]) {
              const options = { bias, layers, ...direction };
              const shape: Shape = { batch: 5, time: 6, initial, timeMajor, ...(lengths ? { lengths } : {}) };
              lists.push({ name: `${JSON.stringify(options)} ${JSON.stringify(shape)}`, options, shape });
            }
          }
        }
      }
    }
  }

  it.each(lists)('with $name', ({ name, options, shape }) => {
    check(`${kind} ${name}`, kind, { inputSize: 3, hiddenSize: 5, ...options }, shape);
  });

  it('with sequences of many lengths, wide enough for every vector', () => {
    const lengths = Array.from({ length: 37 }, (_, index) => (index * 5) % 12);
    const options = { inputSize: 17, hiddenSize: 33, layers: 2, bidirectional: true };
    check(`${kind} many lengths`, kind, options, { batch: 37, time: 11, lengths, initial: true });
  });

  it('with dropout between layers, which acts in training only', () => {
    check(`${kind} dropout`, kind, { inputSize: 3, hiddenSize: 5, layers: 3, dropout: 0.5 }, {});
  });

  it.each([0.05, 0.3, 5])('with clip %d', (clip) => {
    check(`${kind} clip ${clip}`, kind, { inputSize: 3, hiddenSize: 17, clip }, { time: 6, initial: true });
  });
});

describe('RNN equals the float64 reference', () => {
  it.each(ACTIVATIONS.map((activation) => [word(activation), activation] as const))(
    'with nonlinearity %s',
    (name, nonlinearity) => {
      for (const hiddenSize of [1, 17]) {
        const options: RnnOptions = { inputSize: 3, hiddenSize, layers: 2, nonlinearity };
        check(`RNN ${name} ${hiddenSize}`, 'RNN', options, { time: 6, initial: true, gain: 0.5 });
      }
    },
  );
});

describe('GRU equals the float64 reference', () => {
  const lists: { name: string; options: Partial<GruOptions> }[] = [];
  for (const resetAfter of [true, false]) {
    for (const updateGate of ['keep', 'write'] as const) {
      for (const bias of [true, false]) {
        for (const direction of [{}, { reverse: true }, { bidirectional: true }]) {
          const options = { resetAfter, updateGate, bias, ...direction };
          lists.push({ name: JSON.stringify(options), options });
        }
      }
    }
  }

  it.each(lists)('with $name', ({ name, options }) => {
    for (const hiddenSize of [5, 17]) {
      const full: GruOptions = { inputSize: 3, hiddenSize, layers: 2, ...options };
      check(`GRU ${name} ${hiddenSize}`, 'GRU', full, {
        batch: 3,
        time: 5,
        lengths: [5, 2, 4],
        initial: true,
      });
      check(
        `GRU ${name} ${hiddenSize} clip`,
        'GRU',
        { ...full, clip: 0.3 },
        { batch: 1, time: 5, initial: true },
      );
    }
  });

  const pairs = GATES.flatMap((gate) => ACTIVATIONS.map((cell) => ({ gate, cell })));
  it.each(pairs.map((pair) => [word(pair.gate), word(pair.cell), pair] as const))(
    'with gate %s, cell %s',
    (gate, cell, pair) => {
      for (const resetAfter of [true, false]) {
        const options: GruOptions = { inputSize: 3, hiddenSize: 9, resetAfter, activations: pair };
        check(`GRU ${gate} ${cell} ${resetAfter}`, 'GRU', options, { time: 3, initial: true, gain: 0.4 });
      }
    },
  );
});

describe('LSTM equals the float64 reference', () => {
  const lists: { name: string; options: Partial<LstmOptions> }[] = [];
  const flags = [false, true];
  for (const peephole of flags) {
    for (const layerNorm of flags) {
      for (const projectionSize of [undefined, 2]) {
        for (const bias of flags) {
          for (const outputGate of flags) {
            const common = {
              peephole,
              layerNorm,
              bias,
              outputGate,
              ...(projectionSize ? { projectionSize } : {}),
            };
            const forms = [{ coupled: true }];
            const ablations = flags.flatMap((inputGate) =>
              flags.map((forgetGate) => ({ inputGate, forgetGate })),
            );
            for (const form of [...forms, ...ablations]) {
              const options = { ...form, ...common };
              lists.push({ name: JSON.stringify(options), options });
            }
          }
        }
      }
    }
  }

  it.each(lists)('with $name', ({ name, options }) => {
    const full: LstmOptions = { inputSize: 3, hiddenSize: 5, ...options };
    check(`LSTM ${name}`, 'LSTM', full, { batch: 3, time: 5, lengths: [5, 2, 4], initial: true });
    check(`LSTM ${name} one`, 'LSTM', { ...full, hiddenSize: 17 }, { batch: 1, time: 3, initial: true });
    const deep = { ...full, layers: 2, bidirectional: true, clip: 0.7, cellClip: 0.4 };
    check(`LSTM ${name} deep`, 'LSTM', deep, { batch: 2, time: 3, initial: true });
  });

  it.each([0.05, 0.3, 5])('with cellClip %d', (cellClip) => {
    const options: LstmOptions = { inputSize: 3, hiddenSize: 17, cellClip, layers: 2 };
    check(`LSTM cellClip ${cellClip}`, 'LSTM', options, { time: 6, initial: true });
  });

  it.each([1, 2, 16, 17, 33])('with projectionSize %i', (projectionSize) => {
    const options: LstmOptions = {
      inputSize: 3,
      hiddenSize: 33,
      projectionSize,
      layers: 2,
      bidirectional: true,
    };
    check(`LSTM projection ${projectionSize}`, 'LSTM', options, { batch: 1, time: 4, initial: true });
    check(`LSTM projection ${projectionSize} B5`, 'LSTM', options, { batch: 5, time: 4, initial: true });
  });

  const pairs = GATES.flatMap((gate) =>
    ACTIVATIONS.flatMap((cell) => ACTIVATIONS.map((output) => ({ gate, cell, output }))),
  );
  it.each(GATES.map((gate) => [word(gate), gate] as const))(
    'with gate %s and every cell and output',
    (_, gate) => {
      for (const activations of pairs.filter((pair) => pair.gate === gate)) {
        const name = `LSTM ${Object.values(activations).map(word).join(' ')}`;
        check(
          name,
          'LSTM',
          { inputSize: 3, hiddenSize: 9, activations },
          { time: 3, initial: true, gain: 0.4 },
        );
      }
    },
  );

  it('with part of the activations named', () => {
    check('LSTM gate only', 'LSTM', { inputSize: 3, hiddenSize: 5, activations: { gate: 'softsign' } });
    check('LSTM cell only', 'LSTM', { inputSize: 3, hiddenSize: 5, activations: { cell: 'relu' } });
    check('LSTM output only', 'LSTM', { inputSize: 3, hiddenSize: 5, activations: { output: 'identity' } });
  });
});
