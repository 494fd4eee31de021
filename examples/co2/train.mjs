// Trains the network of the forecast on the months before the held-out ones.
//
// Nothing of the held-out months is used: not for the statistics, not as input, not as target. The recipe was chosen
// on the months before 2012, with `--held-out-from 2004-01 --until 2012-01`.

import { Linear, LSTM, Sequential, tensor } from 'cellgate';
import { Random } from '../random.mjs';
import { HISTORY, INPUT_SIZE, nextOutput, writeFrame } from './features.mjs';

const HIDDEN_SIZE = 16;
const EPOCHS = 10;
/** Copies of the record, each with its own noise; every one is an update of an epoch. */
const COPIES = 30;
/** Standard deviation of the noise on the two measured inputs: 1400 weights would learn 600 months by heart. */
const NOISE = 0.3;
const MEASURED = 2;
const LEARNING_RATE = 0.02;
const WEIGHT_DECAY = 0.01;

/** An untrained model of one recurrent layer, `{ layer, model }`. `create` makes the layer from its options. */
export function createModel(seed, create = (options) => new LSTM(options)) {
  const layer = create({ inputSize: INPUT_SIZE, hiddenSize: HIDDEN_SIZE, returnSequences: true, seed });
  return {
    layer,
    model: new Sequential([layer, new Linear({ inputSize: HIDDEN_SIZE, outputSize: 1, seed })]),
  };
}

/** Trains `model` on the months before `heldOut`; resolves to what `fit` does. `options` go to `fit`. */
export function train(model, series, context, heldOut, { seed, ...options }) {
  return model.fit(trainingData(series, context, heldOut, new Random(seed, 'co2')), {
    loss: 'mse',
    optimizer: { kind: 'adamw', lr: LEARNING_RATE, weightDecay: WEIGHT_DECAY },
    schedule: 'oneCycle',
    clipNorm: 1,
    epochs: EPOCHS,
    batchSize: 1,
    seed,
    ...options,
  });
}

/**
 * Noisy copies of the record, `{ x, y, weights }`: x [copies, months, INPUT_SIZE], y [copies, months, 1] the next month
 * as the network says it, weights [copies, months] 0 where that month was not measured.
 */
function trainingData(series, context, heldOut, random) {
  const { ppm, observed } = series;
  const months = heldOut - 1 - HISTORY;
  const x = new Float32Array(COPIES * months * INPUT_SIZE);
  const y = new Float32Array(COPIES * months);
  const weights = new Float32Array(COPIES * months);
  for (let row = 0; row < COPIES * months; row++) {
    const i = HISTORY + (row % months);
    const frame = x.subarray(row * INPUT_SIZE, (row + 1) * INPUT_SIZE);
    writeFrame(frame, context, ppm, i);
    for (let input = 0; input < MEASURED; input++) frame[input] += NOISE * random.normal();
    y[row] = nextOutput(context, ppm, i);
    weights[row] = observed[i + 1] ? 1 : 0;
  }
  return {
    x: tensor(x, [COPIES, months, INPUT_SIZE]),
    y: tensor(y, [COPIES, months, 1]),
    weights: tensor(weights, [COPIES, months]),
  };
}
