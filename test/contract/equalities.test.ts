import { describe, expect, it } from 'vitest';
import { at, parameterShapes, type Values } from '../reference/index.js';
import { type AnyTensor, type Dict, tensor } from './api.js';
import {
  CLOSE,
  create,
  entry,
  expectClose,
  expectSame,
  expectState,
  expectVector,
  KINDS,
  Random,
  randomParameters,
} from './helpers.js';

const SIZES = { inputSize: 3, hiddenSize: 17 };

const inputOf = (name: string, time = 6, batch = 3): AnyTensor =>
  new Random(name).tensor([batch, time, SIZES.inputSize]);

const zeroed = (parameters: Dict): Dict =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }]) => [
      name,
      tensor(new Float32Array(data.length), shape),
    ]),
  );

describe.each(KINDS)('%s', (kind) => {
  const parametersOf = (name: string, options: object) =>
    randomParameters(new Random(name), kind, { ...SIZES, ...options });

  it('of zero weights and zero state gives zeros', () => {
    const options = { ...SIZES, layers: 2, bidirectional: true };
    const layer = create(kind, options, zeroed(parametersOf('zero', options)));
    expect(layer.forward(inputOf('zero')).output.data.every((value: number) => value === 0)).toBe(true);
  });

  it('stays within [-1, 1] on inputs of any size', () => {
    const layer = create(kind, SIZES, parametersOf('huge', {}));
    for (const size of [1e2, 1e6, 1e30]) {
      const { output } = layer.forward(
        tensor(new Random(`huge ${size}`).values(3 * 40 * 3, size), [3, 40, 3]),
      );
      for (const value of output.data) expect(Math.abs(value)).toBeLessThanOrEqual(1);
    }
  });

  it('shows a NaN in its own sequence from its step on, and nowhere else', () => {
    const layer = create(kind, SIZES, parametersOf('NaN', {}));
    const x = inputOf('NaN');
    const clean = layer.forward(x).output;
    const data = Float32Array.from(x.data);
    data[(1 * 6 + 2) * 3] = Number.NaN;
    const { output } = layer.forward(tensor(data, x.shape));
    output.data.forEach((value, index) => {
      const [sequence, time] = [Math.floor(index / (6 * 17)), Math.floor(index / 17) % 6];
      if (sequence === 1 && time >= 2) expect(value).toBeNaN();
      else expect(value).toBe(clean.data[index]);
    });
  });

  it('does not look past the end of a sequence', () => {
    const layer = create(
      kind,
      { ...SIZES, bidirectional: true, layers: 2 },
      parametersOf('padding', { bidirectional: true, layers: 2 }),
    );
    const x = inputOf('padding');
    const lengths = [4, 0, 6];
    const clean = layer.forward(x, { lengths });
    const data = Float32Array.from(x.data, (value, index) =>
      Math.floor(index / 3) % 6 < at(lengths, Math.floor(index / 18)) ? value : Number.NaN,
    );
    const { output, state } = layer.forward(tensor(data, x.shape), { lengths });
    expectSame('output', output, clean.output);
    expectState('state', state, clean.state, 0);
  });

  it('gives each row of a batch what it gives it alone', () => {
    const layer = create(kind, { ...SIZES, layers: 2 }, parametersOf('rows', { layers: 2 }));
    for (const batch of [2, 3, 7, 16, 19]) {
      const x = inputOf('rows', 6, batch);
      const { output } = layer.forward(x);
      for (let row = 0; row < batch; row++) {
        const alone = layer.forward(
          tensor(Float32Array.from(x.data.subarray(row * 18, (row + 1) * 18)), [1, 6, 3]),
        );
        expectVector(`row ${row}`, output.data.subarray(row * 102, (row + 1) * 102), alone.output.data);
      }
    }
  });

  it('gives a shorter sequence what it gives it unpadded', () => {
    const options = { layers: 2, bidirectional: true };
    const layer = create(kind, { ...SIZES, ...options }, parametersOf('unpadded', options));
    const x = inputOf('unpadded');
    const lengths = [4, 1, 6];
    const { output, state } = layer.forward(x, { lengths });
    lengths.forEach((length, row) => {
      const own = x.data.subarray(row * 18, row * 18 + length * 3);
      const alone = layer.forward(tensor(Float32Array.from(own), [1, length, 3]));
      expectVector(
        `row ${row}`,
        output.data.subarray(row * 6 * 34, (row * 6 + length) * 34),
        alone.output.data,
      );
      for (let layerRow = 0; layerRow < 4; layerRow++) {
        const start = (layerRow * 3 + row) * 17;
        expectVector(
          'state',
          state.h.data.subarray(start, start + 17),
          alone.state.h.data.subarray(layerRow * 17, (layerRow + 1) * 17),
        );
      }
    });
  });

  it('gives two halves, the state handed over, what it gives the whole', () => {
    const layer = create(kind, { ...SIZES, layers: 2 }, parametersOf('halves', { layers: 2 }));
    const x = inputOf('halves', 6, 1);
    const whole = layer.forward(x);
    const first = layer.forward(tensor(Float32Array.from(x.data.subarray(0, 6)), [1, 2, 3]));
    const second = layer.forward(tensor(Float32Array.from(x.data.subarray(6)), [1, 4, 3]), {
      state: first.state,
    });
    expectVector('output', [...first.output.data, ...second.output.data], whole.output.data);
    expectState('state', second.state, whole.state, CLOSE);
  });

  it('in reverse is itself on the flipped sequence, and both ways at once is both side by side', () => {
    const parameters = parametersOf('directions', { bidirectional: true });
    const only = (suffix: string) =>
      Object.fromEntries(
        parameterShapes(kind, SIZES).map(({ name }): [string, Values] => [
          name,
          entry(parameters, `${name}${suffix}`),
        ]),
      );
    const x = inputOf('directions', 6, 1);
    const flip = ({ shape, data }: AnyTensor, width: number) => {
      const rows = Array.from({ length: 6 }, (_, time) =>
        Array.from(data.subarray(time * width, (time + 1) * width)),
      );
      return tensor(Float32Array.from(rows.reverse().flat()), shape);
    };
    const forward = create(kind, SIZES, only('')).forward(x).output;
    const reverse = create(kind, { ...SIZES, reverse: true }, only('_reverse')).forward(x).output;
    const flipped = create(kind, SIZES, only('_reverse')).forward(flip(x, 3)).output;
    expectClose('reverse', reverse, flip(flipped, 17), CLOSE);
    const both = create(kind, { ...SIZES, bidirectional: true }, parameters).forward(x).output;
    for (let time = 0; time < 6; time++) {
      const sides = [forward, reverse].flatMap(({ data }) =>
        Array.from(data.subarray(time * 17, (time + 1) * 17)),
      );
      expectVector('both', both.data.subarray(time * 34, (time + 1) * 34), sides);
    }
  });

  it('gives the same bits when asked again', () => {
    const options = { layers: 2, bidirectional: true };
    const layer = create(kind, { ...SIZES, ...options }, parametersOf('again', options));
    const x = inputOf('again', 6, 19);
    const first = layer.forward(x);
    layer.forward(inputOf('something else', 3, 2));
    const again = layer.forward(x);
    expectSame('output', again.output, first.output);
    expectState('state', again.state, first.state, 0);
  });
});
