/** Layers and models with every option that ONNX has words for, and inputs for them. */
import {
  type Activation,
  Conv1d,
  Dropout,
  Embedding,
  GRU,
  LayerNorm,
  Linear,
  LSTM,
  Merge,
  type Module,
  Nonlinearity,
  RNN,
  Sequential,
  tensor,
} from 'cellgate';
import type { AnyTensor } from 'cellgate/onnx';

export interface Export {
  name: string;
  module: Module;
  x: AnyTensor;
  /** What the library computes, by the names of the file. */
  expected: Record<string, AnyTensor>;
  /** The initial state of a layer that is exported with it. */
  state?: Record<string, AnyTensor>;
}

type Cell = LSTM | GRU | RNN;

/** Numbers from -1 to 1 that never repeat. */
function waves(...shape: number[]) {
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(
    Float32Array.from({ length: count }, (_, at) => Math.sin(at * 1.7 + count)),
    shape,
  );
}

const X = waves(2, 5, 3);

function layer(name: string, module: Cell): Export {
  const { output, state } = (module as LSTM).forward(X as never);
  const { h, c } = state as { h: AnyTensor; c?: AnyTensor };
  return { name, module, x: X, expected: { output, h_n: h, ...(c && { c_n: c }) } };
}

function carried(name: string, module: Cell, rows: number, hidden: number): Export {
  const state = { h: waves(rows, 2, hidden), ...(module.kind === 'LSTM' && { c: waves(rows, 2, hidden) }) };
  const result = (module as LSTM).forward(X as never, { state: state as never });
  const { h, c } = result.state as { h: AnyTensor; c?: AnyTensor };
  return { name, module, x: X, expected: { output: result.output, h_n: h, ...(c && { c_n: c }) }, state };
}

function model(name: string, layers: Module[], x: AnyTensor): Export {
  const module = new Sequential(layers as never) as unknown as Sequential;
  return { name, module, x, expected: { output: module.predict(x as never) } };
}

const SIZES = { inputSize: 3, hiddenSize: 4 };
const SLOPE: Activation = { kind: 'hardSigmoid', alpha: 0.3, beta: 0.4 };

export function exportsOf(): Export[] {
  const everywhere = [
    {},
    { layers: 2 },
    { bidirectional: true },
    { layers: 2, bidirectional: true },
    { reverse: true },
    { bias: false },
    { clip: 0.3 },
    { layers: 2, dropout: 0.5 },
  ];
  const named = (kind: string, options: object): string => `${kind} ${JSON.stringify(options)}`;
  const lstms = [
    { peephole: true },
    { peephole: true, bidirectional: true },
    { coupled: true },
    { coupled: true, peephole: true, layers: 2 },
    { activations: { gate: 'hardSigmoid', cell: 'softsign', output: 'identity' } as const },
    { activations: { gate: SLOPE, cell: 'relu' } as const },
  ];
  const grus = [
    { resetAfter: false },
    { updateGate: 'write', bidirectional: true } as const,
    { updateGate: 'write', resetAfter: false, bias: false } as const,
    { activations: { gate: 'hardSigmoid', cell: 'relu' } as const },
  ];
  const rnns = (['relu', 'sigmoid', 'softsign', 'hardSigmoid', 'identity'] as const).map((nonlinearity) => ({
    nonlinearity,
  }));
  return [
    ...[...everywhere, ...lstms].map((options) =>
      layer(named('LSTM', options), new LSTM({ ...SIZES, ...options, seed: 1 })),
    ),
    ...[...everywhere, ...grus].map((options) =>
      layer(named('GRU', options), new GRU({ ...SIZES, ...options, seed: 2 })),
    ),
    ...[...everywhere, ...rnns].map((options) =>
      layer(named('RNN', options), new RNN({ ...SIZES, ...options, seed: 3 })),
    ),
    carried('LSTM with its state', new LSTM({ ...SIZES, layers: 2, bidirectional: true }), 4, 4),
    carried('GRU with its state', new GRU(SIZES), 1, 4),
    carried('RNN with its state', new RNN({ ...SIZES, layers: 3 }), 3, 4),
    model(
      'a classifier',
      classifier(),
      tensor(
        [
          [4, 8, 15],
          [16, 2, 0],
        ],
        undefined,
        'int32',
      ),
    ),
    model('convolutions', convolved(), waves(2, 16, 2)),
    model(
      'every step',
      [new GRU({ ...SIZES, returnSequences: true }), new Linear({ inputSize: 4, outputSize: 2 })],
      X,
    ),
    model(
      'layers upon each other',
      [new GRU({ ...SIZES, bidirectional: true }), new RNN({ inputSize: 8, hiddenSize: 3 })],
      X,
    ),
    model('rows', rows(), X),
    model('no time', [new Linear({ inputSize: 3, outputSize: 4 }), new Nonlinearity('tanh')], waves(6, 3)),
  ];
}

function classifier(): Module[] {
  return [
    new Embedding({ vocabularySize: 20, size: 3 }),
    new LSTM({ ...SIZES, bidirectional: true }),
    new Dropout(0.3),
    new Linear({ inputSize: 8, outputSize: 3 }),
  ];
}

function rows(): Module[] {
  const both = { hiddenSize: 4, bidirectional: true, returnSequences: true } as const;
  return [
    new LayerNorm({ size: 3, epsilon: 1e-3 }),
    new GRU({ inputSize: 3, ...both }),
    new Merge({ inputSize: 8, mode: 'average' }),
    new RNN({ inputSize: 4, ...both }),
    new Merge({ inputSize: 8, mode: 'sum' }),
    new RNN({ inputSize: 4, ...both }),
    new Merge({ inputSize: 8, mode: 'product' }),
    new Nonlinearity('softmax'),
  ];
}

function convolved(): Module[] {
  return [
    new Conv1d({ inputSize: 2, outputSize: 4, kernelSize: 3, stride: 2, padding: 1 }),
    new Nonlinearity('relu'),
    new Conv1d({
      inputSize: 4,
      outputSize: 6,
      kernelSize: 2,
      padding: [1, 0],
      dilation: 2,
      groups: 2,
      bias: false,
    }),
    new Nonlinearity({ kind: 'hardSigmoid', alpha: 0.4, beta: 0.3 }),
    new GRU({ inputSize: 6, hiddenSize: 4 }),
    new Linear({ inputSize: 4, outputSize: 1, bias: false }),
  ];
}
