/** Models of ours that TensorFlow.js can have, one for every layer and option that is written, with inputs. */

import {
  Dropout,
  Embedding,
  GRU,
  LayerNorm,
  Linear,
  LSTM,
  Merge,
  Nonlinearity,
  RNN,
  Sequential,
  tensor,
} from 'cellgate';
import { MaskedSequential } from 'cellgate/tfjs';

const [BATCH, TIME, INPUTS, UNITS] = [2, 5, 3, 4];
const sizes = { inputSize: INPUTS, hiddenSize: UNITS };
const hardSigmoid = { kind: 'hardSigmoid', alpha: 0.2, beta: 0.5 };

const values = () =>
  tensor(
    Float32Array.from({ length: BATCH * TIME * INPUTS }, (_, at) => Math.sin(3 * at + 1)),
    [BATCH, TIME, INPUTS],
  );
const ids = () =>
  tensor(
    [
      [0, 3, 0, 7, 1],
      [4, 2, 9, 0, 0],
    ],
    undefined,
    'int32',
  );
const embedding = () => new Embedding({ vocabularySize: 10, size: INPUTS });
const behind = (layer, ...layers) => new Sequential([layer, ...layers]);

/**
 * By name: a model with weights of its own, and an input.
 * @type {Record<string, () => [Sequential, import('cellgate').Tensor]>}
 */
export const MODELS = {
  rnn: () => [behind(new RNN({ ...sizes, nonlinearity: 'relu' })), values()],
  lstm: () => [behind(new LSTM({ ...sizes, seed: 1 })), values()],
  'lstm without bias': () => [behind(new LSTM({ ...sizes, bias: false, returnSequences: true })), values()],
  'lstm of other activations': () => [
    behind(new LSTM({ ...sizes, activations: { gate: hardSigmoid, cell: 'softsign', output: 'softsign' } })),
    values(),
  ],
  gru: () => [behind(new GRU({ ...sizes, resetAfter: false, recurrentDropout: 0.1 })), values()],
  'reversed stack': () => [
    behind(new GRU({ ...sizes, resetAfter: false, layers: 2, reverse: true })),
    values(),
  ],
  'reversed below another': () => [
    behind(new RNN({ ...sizes, reverse: true }), new LSTM({ inputSize: UNITS, hiddenSize: 2 })),
    values(),
  ],
  'stack of both directions': () => [
    behind(
      new LSTM({ ...sizes, layers: 2, bidirectional: true, dropout: 0.1, returnSequences: true }),
      new Linear({ inputSize: 2 * UNITS, outputSize: 2 }),
    ),
    values(),
  ],
  ...Object.fromEntries(
    ['sum', 'average', 'product'].map((mode) => [
      mode,
      () => [
        behind(new RNN({ ...sizes, bidirectional: true }), new Merge({ inputSize: 2 * UNITS, mode })),
        values(),
      ],
    ]),
  ),
  everything: () => [
    behind(
      new Linear({ inputSize: INPUTS, outputSize: 6, bias: false }),
      new Nonlinearity('tanh'),
      new LayerNorm({ size: 6 }),
      new LSTM({ inputSize: 6, hiddenSize: UNITS }),
      new Dropout(0.1),
      new GRU({ inputSize: UNITS, hiddenSize: UNITS, resetAfter: false }),
      new Linear({ inputSize: UNITS, outputSize: 3 }),
      new Nonlinearity('softmax'),
    ),
    values(),
  ],
  embedding: () => [behind(embedding(), new LSTM(sizes)), ids()],
  'embedding with a mask': () => [new MaskedSequential([embedding(), new LSTM(sizes)], 0), ids()],
  masking: () => {
    const x = values();
    x.data.fill(0.5, INPUTS, 2 * INPUTS);
    return [new MaskedSequential([new LSTM(sizes)], 0.5), x];
  },
  'without time': () => [
    behind(new Linear({ inputSize: INPUTS, outputSize: 4 }), new Nonlinearity('relu')),
    tensor([[1, -2, 3]]),
  ],
};
