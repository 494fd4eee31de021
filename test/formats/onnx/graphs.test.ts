/** What the specification says of graphs that ONNX's own test vectors lack, and graphs that ask for much. */
import { Linear, Sequential, type Shape, Tensor, tensor } from 'cellgate';
import { type AnyTensor, loadOnnx, type OnnxNetwork, onnxTensors } from 'cellgate/onnx';
import { describe, expect, it, vi } from 'vitest';
import { errorOf } from './error-of.js';
import { floats, type Graph, integers, modelOf, node, port } from './models.js';

const MAX_INT64 = 2n ** 63n - 1n;
const ALL_INT64 = [MAX_INT64, -MAX_INT64 - 1n, 2n ** 53n + 1n];

type Inputs = Readonly<Record<string, AnyTensor>>;

/** The values of the output `y`. */
function resultOf(graph: Graph, inputs: Inputs = {}): unknown {
  using network = loadOnnx(modelOf(graph));
  return network.run(inputs).y?.toArray();
}

const scalar = (value: number) => new Tensor<Shape, 'int32'>(Int32Array.of(value), []);
const places = (...values: bigint[]) => tensor(BigInt64Array.from(values));
const int32 = (...values: number[]) => tensor(Int32Array.from(values));

/** The same row so often that its product takes a layer: a small one is computed without. */
const rowsOf = (...row: number[]) => tensor(Array.from({ length: 100 }, () => row));

describe('layers of weights that follow from an input', () => {
  const x = rowsOf(1, 10);
  const square = floats('w', [2, 2], [1, 2, 3, 4]);

  /** A value `chosen` that c chooses from what two nodes make. */
  function chosenBy(ifTrue: [operator: string, input: string], ifFalse: [operator: string, input: string]) {
    const branch = ([operator, input]: [string, string], output: string): Graph => ({
      nodes: [node(operator, [input], [output])],
      outputs: [port(output, 'FLOAT')],
    });
    const branches = { then_branch: branch(ifTrue, 'one'), else_branch: branch(ifFalse, 'other') };
    return node('If', ['c'], ['chosen'], branches);
  }

  const ports = {
    inputs: [port('x', 'FLOAT', [100, 2]), port('c', 'BOOL', [])],
    outputs: [port('y', 'FLOAT')],
  };
  const firstRow = (network: OnnxNetwork, c: number) =>
    Array.from(network.run({ x, c: scalar(c) }).y?.data.subarray(0, 2) ?? []);

  it('differ where only the strides do', () => {
    using network = loadOnnx(
      modelOf({
        ...ports,
        nodes: [chosenBy(['Transpose', 'w'], ['Identity', 'w']), node('MatMul', ['x', 'chosen'], ['y'])],
        constants: [square],
      }),
    );
    expect([0, 1, 0].map((c) => firstRow(network, c))).toEqual([
      [31, 42],
      [21, 43],
      [31, 42],
    ]);
  });

  it('differ where only the bias does', () => {
    using network = loadOnnx(
      modelOf({
        ...ports,
        nodes: [chosenBy(['Identity', 'a'], ['Identity', 'b']), node('Gemm', ['x', 'w', 'chosen'], ['y'])],
        constants: [square, floats('a', [2], [100, 200]), floats('b', [2], [0, 0])],
      }),
    );
    expect([0, 1, 0].map((c) => firstRow(network, c))).toEqual([
      [31, 42],
      [131, 242],
      [31, 42],
    ]);
  });

  /** A product with the rows of a matrix from `start` to `end`. */
  const slicing: Graph = {
    nodes: [node('Slice', ['w', 'start', 'end'], ['rows']), node('MatMul', ['x', 'rows'], ['y'])],
    constants: [
      floats(
        'w',
        [24, 2],
        Array.from({ length: 48 }, (_, at) => at),
      ),
    ],
    inputs: [port('x', 'FLOAT'), port('start', 'INT64', [1]), port('end', 'INT64', [1])],
    outputs: [port('y', 'FLOAT')],
  };

  it('are freed with the last plan that runs them', () => {
    const dispose = vi.spyOn(Linear.prototype, 'dispose');
    const network = loadOnnx(modelOf(slicing));
    for (let start = 0n; start < 12n; start++) {
      network.run({ x, start: places(start), end: places(start + 2n) });
    }
    expect(dispose).toHaveBeenCalledTimes(4);
    // A plan for another shape shares the layer of the last.
    network.run({ x: tensor(new Float32Array(202), [101, 2]), start: places(11n), end: places(13n) });
    expect(dispose).toHaveBeenCalledTimes(5);
    network.dispose();
    expect(dispose).toHaveBeenCalledTimes(12);
    dispose.mockRestore();
  });

  it('are freed at once where the rest of the plan fails', () => {
    const dispose = vi.spyOn(Linear.prototype, 'dispose');
    using network = loadOnnx(
      modelOf({
        nodes: [node('MatMul', ['x', 'w'], ['product']), node('Add', ['product', 'x'], ['y'])],
        constants: [floats('w', [2, 3], [1, 2, 3, 4, 5, 6])],
        inputs: [port('x', 'FLOAT')],
        outputs: [port('y', 'FLOAT')],
      }),
    );
    expect(errorOf(() => network.run({ x })).code).toBe('shape');
    expect(dispose).toHaveBeenCalledTimes(1);
    dispose.mockRestore();
  });
});

describe('layers that follow each other', () => {
  const waves = (name: string, shape: readonly number[]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return floats(
      name,
      shape,
      Array.from({ length: count }, (_, at) => Math.sin(at * at + name.length)),
    );
  };
  const constants = [waves('w', [8, 4, 3]), waves('bias', [8]), waves('w2', [6, 8, 3]), waves('m', [6, 8])];
  const x = tensor(
    Float32Array.from({ length: 2 * 4 * 9 }, (_, at) => Math.cos(at)),
    [2, 4, 9],
  );
  const conv = node('Conv', ['x', 'w', 'bias'], ['a']);
  const half = [integers('zero', [0]), integers('four', [4]), integers('one', [1])];

  it.each([
    ['in one call', 1, [conv, node('Relu', ['a'], ['b']), node('Conv', ['b', 'w2'], ['y'])]],
    [
      'through views that leave the order of memory',
      1,
      [
        conv,
        node('Tanh', ['a'], ['b']),
        node('Conv', ['b', 'w2'], ['c']),
        node('Transpose', ['c'], ['d'], { perm: [0n, 2n, 1n] }),
        node('MatMul', ['d', 'm'], ['e']),
        node('Sigmoid', ['e'], ['y']),
      ],
    ],
    [
      'but not where another reads what is between',
      0,
      [conv, node('Relu', ['a'], ['b']), node('Add', ['a', 'b'], ['y'])],
    ],
    [
      'but not where one takes a part',
      0,
      [conv, node('Slice', ['a', 'zero', 'four', 'one'], ['b']), node('Relu', ['b'], ['y'])],
    ],
    ['but not what gives to itself', 0, [conv, node('Mul', ['a', 'a'], ['y'])]],
  ])('run %s', (_, calls, nodes) => {
    const between = nodes.flatMap(({ output = [] }) => output).filter((name) => name !== 'y');
    const [own, all] = [[], between].map((names) =>
      loadOnnx(
        modelOf({
          nodes,
          constants: [...constants, ...half],
          inputs: [port('x', 'FLOAT')],
          outputs: ['y', ...names].map((name) => port(name, 'FLOAT')),
        }),
      ),
    );
    const dispose = vi.spyOn(Sequential.prototype, 'dispose');
    const [actual, expected] = [own, all].map((network) => network?.run({ x }).y);
    expect(actual?.shape).toEqual(expected?.shape);
    const differences =
      actual?.data.map((value, at) => Math.abs(value - (expected?.data[at] ?? Number.NaN))) ?? [];
    expect(Math.max(...differences)).toBeLessThan(1e-6);
    all?.dispose();
    expect(dispose).toHaveBeenCalledTimes(0);
    own?.dispose();
    expect(dispose).toHaveBeenCalledTimes(calls);
    dispose.mockRestore();
  });
});

describe('operators', () => {
  it('keep every bit of constants that are attributes', () => {
    const constant = (attributes: Parameters<typeof node>[3]): Graph => ({
      nodes: [node('Constant', [], ['y'], attributes)],
      outputs: [port('y', 'INT64')],
    });
    expect(resultOf(constant({ value_ints: ALL_INT64 }))).toEqual(ALL_INT64);
    for (const value of ALL_INT64) expect(resultOf(constant({ value_int: value }))).toBe(value);
  });

  it.each<[string, AnyTensor, unknown]>([
    ['INT32', int32(4, 9, 2), [2, 3, 1]],
    ['INT64', places(4n, 9n, 2n), [2n, 3n, 1n]],
  ])('take roots of %s', (type, x, expected) => {
    const graph: Graph = {
      nodes: [node('Pow', ['x', 'exponent'], ['y'])],
      constants: [floats('exponent', [], [0.5])],
      inputs: [port('x', type as 'INT32')],
      outputs: [port('y', type as 'INT32')],
    };
    expect(resultOf(graph, { x })).toEqual(expected);
  });

  // As NumPy's x[start:end:step], but that the start is bounded to the axis.
  it.each<[start: number, end: number, step: number, expected: number[]]>([
    [-10, -100, -1, [1]],
    [100, -100, -2, [5, 3, 1]],
    [-2, 0, -1, [4, 3, 2]],
    [-10, 2, 1, [1, 2]],
  ])('slice from %i to %i by %i', (start, end, step, expected) => {
    const graph: Graph = {
      nodes: [node('Slice', ['x', 'start', 'end', 'axes', 'step'], ['y'])],
      constants: [
        integers('start', [start]),
        integers('end', [end]),
        integers('axes', [0]),
        integers('step', [step]),
      ],
      inputs: [port('x', 'FLOAT')],
      outputs: [port('y', 'FLOAT')],
    };
    expect(resultOf(graph, { x: tensor([1, 2, 3, 4, 5]) })).toEqual(expected);
  });

  it.each<[string, AnyTensor, unknown]>([
    // (2^31 - 1)^2 is 1 in 32 bits, which the 53 bits of a double lose.
    ['ReduceProd', int32(2 ** 31 - 1, 2 ** 31 - 1, 3), [3]],
    ['ReduceProd', places(MAX_INT64, 3n), [BigInt.asIntN(64, MAX_INT64 * 3n)]],
    [
      'ReduceSumSquare',
      int32(2 ** 31 - 1, 2 ** 30 + 1),
      [Number(BigInt.asIntN(32, (2n ** 31n - 1n) ** 2n + (2n ** 30n + 1n) ** 2n))],
    ],
    ['ReduceSumSquare', places(MAX_INT64, 5n), [BigInt.asIntN(64, MAX_INT64 ** 2n + 25n)]],
  ])('%s wraps around as integers do', (operator, x, expected) => {
    const type = x.dtype === 'int32' ? 'INT32' : 'INT64';
    const graph: Graph = {
      nodes: [node(operator, ['x'], ['y'])],
      inputs: [port('x', type)],
      outputs: [port('y', type)],
    };
    expect(resultOf(graph, { x })).toEqual(expected);
  });

  it.each<[string, bigint[], number, string]>([
    ['a window that W does not have', [2n], 4, 'Conv "y": W must have the window of kernel_shape [2]'],
    ['a window longer than the input', [3n], 2, 'Conv "y": X and its pads must have the 3 steps of a window'],
  ])('refuse %s', (_, kernel_shape, steps, expected) => {
    const graph: Graph = {
      nodes: [node('Conv', ['x', 'w'], ['y'], { kernel_shape })],
      constants: [floats('w', [1, 1, 3], [1, 2, 3])],
      inputs: [port('x', 'FLOAT')],
      outputs: [port('y', 'FLOAT')],
    };
    const x = tensor(new Float32Array(steps), [1, 1, steps]);
    expect(errorOf(() => resultOf(graph, { x }))).toMatchObject({ code: 'shape', expected });
  });

  it('give outputs of any name', () => {
    const name = '__proto__';
    const graph: Graph = {
      nodes: [node('Identity', ['w'], [name])],
      constants: [floats('w', [1], [7])],
      outputs: [port(name, 'FLOAT')],
    };
    using network = loadOnnx(modelOf(graph));
    expect(Object.entries(network.run({})).map(([key, value]) => [key, value.toArray()])).toEqual([
      [name, [7]],
    ]);
    const constants = onnxTensors(modelOf({ nodes: [], constants: [floats(name, [1], [7])], outputs: [] }));
    expect(Object.keys(constants)).toEqual([name]);
  });
});

describe('what asks for much', () => {
  const HUGE = 4_000_000_000;
  const y = [port('y', 'FLOAT')];
  const empty = floats('x', [HUGE, 1, 0], []);

  /** Far less than any loop over what is asked for takes, far more than these need. */
  const TIME = 2000;

  it.each<[string, Graph]>([
    [
      'Gather',
      {
        nodes: [node('Gather', ['x', 'i'], ['y'], { axis: 1n })],
        constants: [empty, integers('i', [0, 0])],
        outputs: y,
      },
    ],
    [
      'Pad',
      {
        nodes: [node('Pad', ['x', 'p'], ['y'])],
        constants: [floats('x', [1, 0], []), integers('p', [2 ** 32 - 2, 0, 0, 0])],
        outputs: y,
      },
    ],
    [
      'ReverseSequence',
      {
        nodes: [node('ReverseSequence', ['x', 'n'], ['y'], { batch_axis: 1n, time_axis: 0n })],
        constants: [empty, integers('n', [HUGE])],
        outputs: y,
      },
    ],
    [
      'BatchNormalization',
      {
        nodes: [node('BatchNormalization', ['x', 'one', 'one', 'one', 'one'], ['y'])],
        constants: [empty, floats('one', [1], [1])],
        outputs: y,
      },
    ],
    [
      'MatMul',
      {
        nodes: [node('MatMul', ['x', 'b'], ['y'])],
        constants: [empty, floats('b', [0, 0], [])],
        outputs: y,
      },
    ],
  ])('%s of nothing is nothing', { timeout: TIME }, (_, graph) => {
    using network = loadOnnx(modelOf(graph));
    expect(network.run({}).y?.data.length).toBe(0);
  });

  it('products of many integers', { timeout: TIME }, () => {
    const graph: Graph = {
      nodes: [node('Expand', ['v', 'shape'], ['all']), node('ReduceProd', ['all'], ['y'])],
      constants: [integers('v', [MAX_INT64]), integers('shape', [80_001])],
      outputs: [port('y', 'INT64')],
    };
    // 2^63 - 1 times itself is 1 in 64 bits.
    expect(resultOf(graph)).toEqual([MAX_INT64]);
  });

  it('convolutions of little with many zeros around it', { timeout: TIME }, () => {
    const [pads, strides] = [[2n ** 30n, 0n], [2n ** 30n]];
    const graph: Graph = {
      nodes: [node('Conv', ['x', 'w'], ['y'], { pads, strides })],
      constants: [floats('w', [1, 1, 1], [1])],
      inputs: [port('x', 'FLOAT')],
      outputs: y,
    };
    expect(errorOf(() => resultOf(graph, { x: tensor([[[1, 2]]]) })).code).toBe('memory');
  });

  it('nodes of many inputs', { timeout: 20_000 }, () => {
    const graph: Graph = {
      nodes: [node('Concat', Array(200_000).fill('a'), ['y'], { axis: 0n }), node('Identity', ['x'], ['a'])],
      inputs: [port('x', 'FLOAT')],
      outputs: y,
    };
    loadOnnx(modelOf(graph)).dispose();
  });

  it('more layers than there is memory for in a run', () => {
    const name = (at: number) => (at === 0 ? 'x' : `${at}`);
    const layers = Array.from({ length: 3000 }, (_, at) =>
      node('RNN', [name(at), 'w', 'w'], ['', name(at + 1)], { hidden_size: 1n }),
    );
    using network = loadOnnx(
      modelOf({
        nodes: [...layers, node('Identity', [name(layers.length)], ['y'])],
        constants: [floats('w', [1, 1, 1], [1])],
        inputs: [port('x', 'FLOAT')],
        outputs: y,
      }),
    );
    const { code, expected, got } = errorOf(() => network.run({ x: tensor([[[1]]]) }));
    expect([code, got]).toEqual(['memory', 'another layer']);
    expect(expected).toMatch(/: tensors must fit into the memory for a run$/);
  });

  describe('tensors of too many axes', () => {
    const many = 40_000;
    const ones = Array<number>(many).fill(1);
    const fromOne = (operator: string): Graph => ({
      nodes: [node(operator, ['x', 'many'], ['y'])],
      constants: [floats('x', [], [1]), integers('many', ones)],
      outputs: y,
    });
    it.each<[string, Graph]>([
      [
        'constants',
        { nodes: [node('Squeeze', ['x'], ['y'])], constants: [floats('x', ones, [1])], outputs: y },
      ],
      ['Reshape', fromOne('Reshape')],
      ['Expand', fromOne('Expand')],
      [
        'ConstantOfShape',
        {
          nodes: [node('ConstantOfShape', ['many'], ['y'])],
          constants: [integers('many', ones)],
          outputs: y,
        },
      ],
      [
        'Unsqueeze',
        {
          nodes: [node('Unsqueeze', ['x', 'axes'], ['y'])],
          constants: [floats('x', [], [1]), integers('axes', [...ones.keys()])],
          outputs: y,
        },
      ],
    ])('%s', { timeout: TIME }, (_, graph) => {
      expect(errorOf(() => loadOnnx(modelOf(graph))).code).toBe('unsupported');
    });

    it('inputs', () => {
      const graph: Graph = {
        nodes: [node('Identity', ['x'], ['y'])],
        inputs: [port('x', 'FLOAT')],
        outputs: y,
      };
      const x = new Tensor<Shape>(Float32Array.of(1), Array(65).fill(1));
      expect(errorOf(() => resultOf(graph, { x }))).toMatchObject({
        code: 'unsupported',
        expected: 'x must have at most 64 axes',
        got: '65',
      });
    });
  });
});
