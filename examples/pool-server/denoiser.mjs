// The model that the server runs: it takes the noise out of a wave, sample by sample.

import { Linear, LSTM, Sequential, tensor } from 'cellgate';
import { Random } from '../random.mjs';

const NOISE = 0.3;

/** A sine of a frequency and phase of its own, clean and with noise. */
export function drawWave(random, length) {
  const step = 0.05 + 0.25 * random.next();
  const phase = 2 * Math.PI * random.next();
  const clean = Float32Array.from({ length }, (_, t) => Math.sin(phase + step * t));
  return { clean, noisy: clean.map((value) => value + NOISE * random.normal()) };
}

/** A model that has learned from waves of other frequencies than it will hear. */
export async function trainDenoiser({ count = 128, length = 64, epochs = 12, seed = 1 } = {}) {
  const random = new Random(seed, 'denoiser');
  const waves = Array.from({ length: count }, () => drawWave(random, length));
  const join = (name) => Float32Array.from(waves.flatMap((wave) => Array.from(wave[name])));
  const model = new Sequential([
    new LSTM({ inputSize: 1, hiddenSize: 32, seed, returnSequences: true }),
    new Linear({ inputSize: 32, outputSize: 1, seed }),
  ]);
  await model.fit(
    { x: tensor(join('noisy'), [count, length, 1]), y: tensor(join('clean'), [count, length, 1]) },
    {
      loss: 'mse',
      optimizer: { kind: 'adam', lr: 0.01 },
      epochs,
      batchSize: 16,
      clipNorm: 1,
      seed,
      progress: false,
    },
  );
  return model;
}
