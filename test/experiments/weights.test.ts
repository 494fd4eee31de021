/** A character model of Moby-Dick whose weights are held in fewer bits. */

import { LSTM, type LSTMOptions, type Sequential, type Tensor } from 'cellgate';
import { expect, it } from 'vitest';
import { createTextModel, trainText } from '../../examples/experiments/charlm.mjs';
import { readText, windowsOf } from '../../examples/experiments/tasks/text.mjs';

const TRAINING = 100_000;
const TEST = 20_000;
/** Share of its bits per character that a form may cost. */
const MOST = { f16: 0.0002, int8: 0.002 };

type Ids = Tensor<number[], 'int32'>;

/** Bits per character of what the model predicts, in the form that its layers have. */
function bitsOf(model: Sequential, { x, y }: { x: Ids; y: Ids }): number {
  const { data, shape } = model.predict(x);
  const classes = shape[2] as number;
  let bits = 0;
  for (const [row, id] of y.data.entries()) {
    const logits = data.subarray(row * classes, (row + 1) * classes);
    const largest = Math.max(...logits);
    const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
    bits += (Math.log(sum) + largest - logits[id]!) / Math.LN2;
  }
  return bits / y.data.length;
}

it('has the bits per character of float32', { timeout: 60_000 }, async () => {
  const all = readText();
  const text = { ...all, training: all.training.subarray(0, TRAINING), test: all.test.subarray(0, TEST) };
  const size = { text, hiddenSize: 64, seed: 0 };
  const model = createTextModel((options: LSTMOptions) => new LSTM(options), size);
  await trainText(model, { text, epochs: 4, seed: 0, print: () => {} });
  const test = windowsOf(text.test, 8, 50);
  const bits = bitsOf(model, test);
  expect(bits).toBeLessThan(3.3);
  for (const [weights, most] of Object.entries(MOST)) {
    const create = (options: LSTMOptions) => new LSTM({ ...options, weights: weights as 'f16' | 'int8' });
    const small = createTextModel(create, size);
    small.loadStateDict(model.stateDict());
    const own = bitsOf(small, test);
    expect(Math.abs(own / bits - 1), `${weights}: ${own} bits, ${bits} with float32`).toBeLessThan(most);
    small.dispose();
  }
  model.dispose();
});
