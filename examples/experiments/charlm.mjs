// A character model of Moby-Dick beside n-grams, with samples of what it writes.

import { Embedding, Linear, LSTM, Sequential } from 'cellgate';
import { figure } from 'cellgate/plot';
import { Random } from '../random.mjs';
import { table } from '../table.mjs';
import { ngramBits, readText, windowsOf } from './tasks/text.mjs';

export const summary = 'character model of Moby-Dick: bits per character beside n-grams, and samples';

const TRACKS = 32;
const TEST_TRACKS = 8;
const WINDOW = 50;
const ORDERS = [1, 2, 3, 4, 5];
const SAMPLE = 400;
const TEMPERATURES = [1, 0.7];

/** Full: ten times through the text. Quick: once, with a smaller network. Gives bits by seed and by order of n-gram. */
export async function run({ seeds, quick, print, save }) {
  const text = readText();
  const ngrams = ORDERS.map((order) => ngramBits(text, order));
  const size = quick ? { hiddenSize: 64, epochs: 1 } : { hiddenSize: 192, epochs: 10 };
  const results = [];
  for (let seed = 0; seed < seeds; seed++) {
    const model = createTextModel((options) => new LSTM(options), { ...size, text, seed });
    const result = await trainText(model, { ...size, text, seed, print });
    results.push(result);
    for (const temperature of TEMPERATURES) {
      print(`\nSeed ${seed}, temperature ${temperature}:\n${sample(model, text, temperature, seed)}\n`);
    }
    model.dispose();
  }
  const lines = [
    ...results.map(({ bits, seconds }, seed) => [
      `LSTM, seed ${seed}`,
      bits.toFixed(3),
      `${seconds.toFixed(0)} s`,
    ]),
    ...ORDERS.map((order, i) => [`n-gram, ${order} before`, ngrams[i].toFixed(3), '']),
  ];
  print(`Moby-Dick, the last ${text.test.length} characters after ${text.training.length}\n`);
  print(table(['', 'bits per character', 'time'], lines));
  save(
    'charlm.svg',
    figure(
      [
        {
          kind: 'lines',
          x: { label: 'times through the text' },
          y: { label: 'bits' },
          series: results.map(({ curve }, seed) => ({
            name: `LSTM, seed ${seed}`,
            x: curve.map(([epoch]) => epoch),
            y: curve.map(([, bits]) => bits),
          })),
          levels: [1, 2, 4].map((i) => ({ name: `${ORDERS[i]} characters`, y: ngrams[i] })),
        },
      ],
      {
        title: 'Moby-Dick, character by character',
        note: 'Bits per character of the last tenth, a line per seed',
      },
    ),
  );
  return { bits: results.map(({ bits }) => bits), ngrams };
}

/** An untrained model of ids; `create` makes the layer. */
export function createTextModel(create, { text, hiddenSize, seed }) {
  const vocabularySize = text.alphabet.length;
  return new Sequential([
    new Embedding({ vocabularySize, size: 32, seed }),
    create({ inputSize: 32, hiddenSize, seed, returnSequences: true }),
    new Linear({ inputSize: hiddenSize, outputSize: vocabularySize, seed }),
  ]);
}

/** Trains on the text; resolves to `{ bits, curve, seconds }`, bits per test character at the end and after each epoch. */
export async function trainText(model, { text, epochs, seed, print }) {
  const start = performance.now();
  const test = windowsOf(text.test, TEST_TRACKS, WINDOW);
  const curve = [];
  await model.fit(windowsOf(text.training, TRACKS, WINDOW), {
    loss: 'crossEntropy',
    optimizer: { kind: 'adam', lr: 0.01 },
    schedule: 'oneCycle',
    clipNorm: 1,
    epochs,
    batchSize: TRACKS,
    stateful: true,
    progress: false,
    seed,
    onEpoch: ({ epoch, loss }) => {
      const bits = bitsOf(model.evaluate(test, { batchSize: TEST_TRACKS, stateful: true }).loss);
      curve.push([epoch, bits]);
      print(`seed ${seed}, epoch ${epoch}: ${bitsOf(loss).toFixed(3)} bits, ${bits.toFixed(3)} on the test`);
    },
  });
  return { bits: curve.at(-1)[1], curve, seconds: (performance.now() - start) / 1000 };
}

const bitsOf = (nats) => nats / Math.LN2;

/** Characters that the model draws, one after the other. */
function sample(model, { alphabet }, temperature, seed) {
  const random = new Random(seed, `sample ${temperature}`);
  const stream = model.stream();
  let character = alphabet.indexOf('\n');
  let written = '';
  for (let i = 0; i < SAMPLE; i++) {
    const scores = stream.step(Int32Array.of(character));
    const highest = Math.max(...scores);
    const weights = Array.from(scores, (score) => Math.exp((score - highest) / temperature));
    let rest = random.next() * weights.reduce((sum, weight) => sum + weight);
    character = weights.findIndex((weight) => {
      rest -= weight;
      return rest < 0;
    });
    written += alphabet[character];
  }
  stream.dispose();
  return written;
}
