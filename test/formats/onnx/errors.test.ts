/** What is refused, and what the errors say. */
import { type CellgateError, LSTM, type Shape, Tensor, tensor } from 'cellgate';
import { type AnyTensor, loadOnnx, saveOnnx } from 'cellgate/onnx';
import { describe, expect, it } from 'vitest';
import { errorOf } from './error-of.js';
import refused from './refused.json' with { type: 'json' };

type Name = keyof typeof refused;
type Code = CellgateError['code'];

const modelOf = (name: Name): Uint8Array => Uint8Array.from(Buffer.from(refused[name], 'base64'));

const floats = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);

describe('loadOnnx refuses', () => {
  it.each<[Name, Code, RegExp]>([
    [
      'operators',
      'unsupported',
      /^Einsum "first": an operator that does not run here; FFT "second": an operator/,
    ],
    ['domain', 'unsupported', /^Gelu "y": domain "com.microsoft"$/],
    ['attribute', 'unsupported', /^Relu "y": attribute sparse$/],
    ['opset', 'unsupported', /^version 6 of the operator set, which must be from 7 to 28$/],
    ['type', 'unsupported', /^"x" of UINT8$/],
    ['external', 'unsupported', /^initializer "w": values in another file$/],
    ['misshaped', 'file', /^8 bytes$/],
    ['circle', 'file', /^Add "a"$/],
    ['twice', 'file', /^"a" twice$/],
    ['missing', 'file', /^"nowhere"$/],
    ['output', 'file', /^"y"$/],
    ['inputs', 'unsupported', /^Add "y": 1 inputs$/],
    ['activation', 'unsupported', /^LSTM "y": activation "Swish"; LSTM "y": activation "ScaledTanh"$/],
    ['floats-steer', 'unsupported', /^If "y": shapes or branches that follow from the numbers of "x"$/],
    ['constant-shapes', 'file', /^\[2, 2\]$/],
    ['huge-constant', 'memory', /^another one of \[2147483648, 1048576\]$/],
  ])('%s', (name, code, got) => {
    const error = errorOf(() => loadOnnx(modelOf(name)));
    expect({ code: error.code, where: error.where, got: error.got }).toEqual({
      code,
      where: 'loadOnnx',
      got: expect.stringMatching(got),
    });
  });

  it('anything but bytes of a model', () => {
    expect(errorOf(() => loadOnnx('x' as never)).code).toBe('dtype');
    for (const bytes of [[], [0], [58], [58, 127], [255, 255, 255], [7, 7], [58, 2, 10, 255]]) {
      expect(errorOf(() => loadOnnx(Uint8Array.from(bytes))).code, String(bytes)).toMatch(/file|unsupported/);
    }
  });

  it('a file that is cut anywhere', () => {
    const bytes = saveOnnx(new LSTM({ inputSize: 2, hiddenSize: 3 }));
    for (let length = 0; length < bytes.length; length++) {
      expect(errorOf(() => loadOnnx(bytes.subarray(0, length))).code, String(length)).toMatch(
        /file|unsupported/,
      );
    }
  });

  it('messages too deep, and too many', () => {
    // Graphs inside attributes of nodes: each level is three fields of the length of the rest.
    let inner: number[] = [];
    const field = (number: number, content: number[]): number[] => {
      const size = content.length;
      return [number * 8 + 2, (size & 127) | 128, ((size >> 7) & 127) | 128, size >> 14, ...content];
    };
    for (let level = 0; level < 100; level++) inner = field(1, field(5, field(6, inner)));
    const { expected } = errorOf(() => loadOnnx(Uint8Array.from(field(7, inner))));
    expect(expected).toBe('bytes must hold messages at most 64 deep');
    const many = new Uint8Array(8 + 200_000).fill(0);
    many.set([58, 192, 154, 12]);
    for (let at = 4; at < many.length - 4; at += 2) many[at] = 10;
    expect(errorOf(() => loadOnnx(many.subarray(0, 4 + 200_000))).expected).toBe(
      'bytes must hold fewer messages for its size',
    );
  });

  it.each([
    // Texts without characters among a node's inputs, and dimensions of one byte each.
    ['pieces', [10, 0], 2 ** 20, 10],
    ['numbers', [0], 2 ** 23, 42],
  ] as const)('too many %s', (what, piece, length, key) => {
    const size = (value: number) =>
      [0, 7, 14, 21].map((shift) => ((value >> shift) & 127) | (shift < 21 ? 128 : 0));
    const list = new Uint8Array(length * piece.length).map((_, at) => piece[at % piece.length] as number);
    const inner = what === 'numbers' ? [10, ...size(list.length)] : [];
    const own = [key, ...size(list.length + inner.length), ...inner];
    const bytes = new Uint8Array(5 + own.length + list.length);
    bytes.set([58, ...size(own.length + list.length), ...own]);
    bytes.set(list, 5 + own.length);
    expect(errorOf(() => loadOnnx(bytes)).expected).toBe(`bytes must hold fewer ${what} for its size`);
  });
});

describe('run refuses', () => {
  const lstm = new LSTM({ inputSize: 2, hiddenSize: 3 });
  const network = loadOnnx(saveOnnx(lstm));
  const run = (inputs: unknown) => errorOf(() => network.run(inputs as Record<string, AnyTensor>));

  it.each<[string, unknown, Code, string, string]>([
    ['no object', 1, 'value', 'inputs must be an object of tensors by name', '1'],
    ['other names', { y: floats(1) }, 'value', 'inputs must be x', '"y"'],
    ['too few', {}, 'value', 'inputs must have x', 'none'],
    ['what is no tensor', { x: [1] }, 'dtype', 'x must be a Tensor of float32', 'an array of 1'],
    [
      'another type',
      { x: tensor(Int32Array.of(1)) },
      'dtype',
      'x must be a Tensor of float32',
      'one of int32',
    ],
    ['other sizes', { x: floats(1, 2, 3) }, 'shape', 'x must be [batch, time, 2]', '[1, 2, 3]'],
    ['another number of axes', { x: floats(2, 2) }, 'shape', 'x must be [batch, time, 2]', '[2, 2]'],
  ])('%s', (_, inputs, code, expected, got) => {
    const error = run(inputs);
    expect({ ...error, message: error.message }).toMatchObject({ code, where: 'onnx.run', expected, got });
    expect(network.run({ x: floats(1, 2, 2) }).output?.shape).toEqual([1, 2, 3]);
  });

  it('a tensor whose array is gone', () => {
    const x = floats(1, 1, 2);
    structuredClone(x.data, { transfer: [x.data.buffer] });
    expect(run({ x }).code).toBe('dtype');
  });

  it.each<[Name, AnyTensor, Code, RegExp]>([
    ['shapes', floats(2), 'shape', /^Add "y": shapes must broadcast, got \[2\], \[3\]$/],
    ['other-weights', floats(1, 1, 3), 'shape', /^LSTM "y": W must be \[1, 12, 3\], got \[1, 8, 3\]$/],
    ['steered', tensor(BigInt64Array.of(-1n)), 'value', /^Expand "y": shape must be sizes, got \[-1\]$/],
    ['steered', tensor(BigInt64Array.of(2n ** 40n)), 'memory', /^Expand "y": tensors must fit/],
    [
      'steered',
      tensor(new BigInt64Array(65)),
      'unsupported',
      /^x must have at most 64 values, as they steer, got 65$/,
    ],
    ['indices', tensor(BigInt64Array.of(2n)), 'value', /^indices must be from -2 to 1, got 2$/],
  ])('what does not fit inside: %s', (name, x, code, message) => {
    const error = errorOf(() => loadOnnx(modelOf(name)).run({ x }));
    expect([error.code, error.message.replace('onnx.run: ', '')]).toEqual([
      code,
      expect.stringMatching(message),
    ]);
  });

  it('weights that are computed', () => {
    const x = floats(1, 1, 3);
    const W = new Tensor<Shape>(new Float32Array(24), [1, 8, 3]);
    const error = errorOf(() => loadOnnx(modelOf('computed-weights')).run({ x, W }));
    expect([error.code, error.expected]).toEqual(['unsupported', 'LSTM "y": W must be a constant']);
  });

  it('any run after dispose', () => {
    const other = loadOnnx(saveOnnx(lstm));
    other.run({ x: floats(1, 1, 2) });
    other.dispose();
    other.dispose();
    expect(other.disposed).toBe(true);
    expect(errorOf(() => other.run({ x: floats(1, 1, 2) })).code).toBe('disposed');
  });
});

describe('run', () => {
  it('keeps plans for several shapes apart, and its results from later runs', () => {
    const lstm = new LSTM({ inputSize: 2, hiddenSize: 3, bidirectional: true });
    using network = loadOnnx(saveOnnx(lstm));
    const inputs = Array.from({ length: 12 }, (_, at) =>
      tensor(
        Float32Array.from({ length: 4 * (at + 1) }, (_, index) => Math.sin(index + at)),
        [2, at + 1, 2],
      ),
    );
    const outputs = inputs.map((x) => network.run({ x }).output);
    for (const [at, x] of [...inputs.entries()].reverse()) {
      expect(network.run({ x }).output).toEqual(outputs[at]);
      expect(lstm.forward(x).output.data).toEqual(outputs[at]?.data);
    }
  });

  it('follows the numbers of an input that steers', () => {
    using network = loadOnnx(modelOf('steered'));
    expect([3n, 1n, 3n].map((size) => network.run({ x: tensor(BigInt64Array.of(size)) }).y?.shape)).toEqual([
      [3],
      [1],
      [3],
    ]);
  });
});
