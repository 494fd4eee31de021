// Teaches an LSTM the sound of an amplifier, as models of guitar amplifiers are made: from what goes in and what comes out.
//
//     node examples/audio-worklet/train.mjs         # writes amplifier.safetensors anew, in about a minute

import { fileURLToPath, pathToFileURL } from 'node:url';
import { Linear, LSTM, loadFile, Sequential, saveFile, tensor } from 'cellgate';
import { Random } from '../random.mjs';
import { pluck, SAMPLE_RATE, strum } from './sound.js';

export const MODEL = fileURLToPath(new URL('amplifier.safetensors', import.meta.url));

const UNITS = 32;
const SEQUENCES = 96;
const LENGTH = 2048;
const EPOCHS = 120;

/** The share of the way to its input that a filter of one pole goes with each sample. */
const poleAt = (hertz) => 1 - Math.exp((-2 * Math.PI * hertz) / SAMPLE_RATE);

/** What is to be learned: a stage that clips the two sides of a wave differently, between a high-pass and a low-pass. */
export function amplify(samples) {
  const [low, high] = [poleAt(80), poleAt(5000)];
  const bias = Math.tanh(0.3);
  let [slow, smooth] = [0, 0];
  return samples.map((value) => {
    slow += low * (value - slow);
    const clipped = 0.6 * (Math.tanh(6 * (value - slow) + 0.3) - bias);
    smooth += high * (clipped - smooth);
    return smooth;
  });
}

/** Error to signal: what is left of the output's energy after the model's is taken away. */
export function errorToSignal(output, wanted) {
  const energy = (values) => values.reduce((sum, value) => sum + value * value, 0);
  return energy(output.map((value, at) => value - wanted[at])) / energy(wanted);
}

/** Strings of any pitch and loudness, one or two at a time. */
function drawSounds(random) {
  const sounds = new Float32Array(SEQUENCES * LENGTH);
  for (let row = 0; row < SEQUENCES; row++) {
    const sound = sounds.subarray(row * LENGTH, (row + 1) * LENGTH);
    for (let strings = random.integer(1, 3); strings > 0; strings--) {
      pluck(sound, random.integer(0, LENGTH / 4), 70 * 2 ** (3 * random.next()), 0.7 * random.next(), () =>
        random.next(),
      );
    }
  }
  return sounds;
}

async function train(seed) {
  const random = new Random(seed, 'amplifier');
  const x = drawSounds(random);
  const y = new Float32Array(x.length);
  for (let at = 0; at < x.length; at += LENGTH) y.set(amplify(x.subarray(at, at + LENGTH)), at);
  const shape = [SEQUENCES, LENGTH, 1];
  const model = new Sequential([
    new LSTM({ inputSize: 1, hiddenSize: UNITS, seed, returnSequences: true }),
    new Linear({ inputSize: UNITS, outputSize: 1, seed }),
  ]);
  await model.fit(
    { x: tensor(x, shape), y: tensor(y, shape) },
    {
      loss: 'mse',
      optimizer: { kind: 'adam', lr: 0.005 },
      schedule: 'cosine',
      epochs: EPOCHS,
      batchSize: 24,
      truncate: 512,
      clipNorm: 1,
      seed,
    },
  );
  return model;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const model = await train(1);
  await saveFile(MODEL, new Sequential(model.layers));
  const random = new Random(2, 'strum');
  const heard = strum(4, () => random.next());
  const output = (await loadFile(MODEL)).stream().run(heard);
  console.log(
    `error to signal on other sounds: ${(100 * errorToSignal(output, amplify(heard))).toFixed(2)} %`,
  );
}
