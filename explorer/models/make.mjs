/**
 * Trains the networks that the page shows and writes them beside this file, with the data they are shown on:
 * `node explorer/models/make.mjs [cells] [co2] [digits] [text]`, all of them without an argument. Takes some minutes.
 */
import { writeFileSync } from 'node:fs';
import { LSTM } from '../../dist/node/index.js';
import { monthNumber, readSeries } from '../../examples/co2/data.mjs';
import { fitScale, HISTORY, INPUT_SIZE, trend, writeFrame } from '../../examples/co2/features.mjs';
import { createModel as createForecaster, train as trainForecaster } from '../../examples/co2/train.mjs';
import { createModel } from '../../examples/experiments/cells.mjs';
import { createTextModel } from '../../examples/experiments/charlm.mjs';
import { learn } from '../../examples/experiments/learn.mjs';
import { CLASSES, digitBatch, readDigits, SIDE } from '../../examples/experiments/tasks/digits.mjs';
import { readText, windowsOf } from '../../examples/experiments/tasks/text.mjs';
import { Random } from '../../examples/random.mjs';
import { LATCHES, trainLatch } from './latch.mjs';

const write = (name, content) => writeFileSync(new URL(name, import.meta.url), content);
const writeModel = (name, model) => write(`${name}.safetensors`, model.save({ training: false }));
const writeJson = (name, value) => write(`${name}.json`, `${JSON.stringify(value)}\n`);
const rounded = (value) => Math.round(value * 1e4) / 1e4;

function makeCells() {
  for (const latch of LATCHES) {
    const { model, error } = trainLatch(latch, { seeds: 4, updates: 3000 });
    console.log(`${latch.file}: mean squared error ${error.toFixed(4)}`);
    writeModel(latch.file, model);
    model.dispose();
  }
}

/** The months of the record from the first that has a frame, and the network of the forecast example. */
async function makeCo2() {
  const series = await readSeries();
  const { firstMonth, ppm } = series;
  const heldOut = monthNumber('2012-01') - firstMonth;
  const context = { firstMonth, scale: fitScale(series, heldOut) };
  const { model } = createForecaster(0);
  await trainForecaster(model, series, context, heldOut, { seed: 0, progress: false });
  const months = Array.from({ length: ppm.length - HISTORY - 1 }, (_, i) => i + HISTORY);
  writeModel('co2', model);
  writeJson('co2', {
    firstMonth: firstMonth + HISTORY,
    heldOut: heldOut - HISTORY,
    scale: context.scale.month,
    ppm: months.map((i) => rounded(ppm[i])),
    /** What the next month would be if it were an ordinary one: the network says how far from it. */
    base: months.map((i) => rounded(ppm[i] + trend(ppm, i) / 12)),
    frames: months.flatMap((i) =>
      Array.from(writeFrame(new Float32Array(INPUT_SIZE), context, ppm, i), rounded),
    ),
  });
  model.dispose();
}

const BATCH = 64;
/** Training digits are moved by up to this many pixels: drawn ones do not lie as those of the collection. */
const SHIFT = 3;
const SAMPLES_EACH = 2;

function makeDigits() {
  const [training, test] = readDigits();
  const random = new Random(0, 'digits');
  const shift = () => [random.integer(-SHIFT, SHIFT), random.integer(-SHIFT, SHIFT)];
  const model = createModel('LSTM', { inputSize: SIDE, hiddenSize: 48, outputSize: CLASSES, seed: 0 });
  const testBatch = digitBatch(test);
  const { value } = learn(model, {
    draw: () =>
      digitBatch(
        Array.from({ length: BATCH }, () => random.pick(training)),
        shift,
      ),
    measure: () => ({ value: model.evaluate(testBatch, { loss: 'crossEntropy' }).accuracy }),
    updates: 20 * Math.floor(training.length / BATCH),
    every: 500,
    loss: 'crossEntropy',
    optimizer: { kind: 'adam', lr: 0.004 },
    decay: true,
    clipNorm: 1,
  });
  console.log(`digits: ${(100 * value).toFixed(2)} % of the test digits right`);
  const samples = Array.from({ length: CLASSES }, (_, digit) =>
    test.filter((item) => item.digit === digit).slice(0, SAMPLES_EACH),
  ).flat();
  writeModel('digits', model);
  writeJson(
    'digits',
    samples.map(({ digit, pixels }) => ({
      digit,
      pixels: Buffer.from(pixels.map((value) => Math.round(255 * value))).toString('base64'),
    })),
  );
  model.dispose();
}

/** Where the passages begin and end in the last tenth of the book, which the network has not read. */
const PASSAGES = [
  { from: '"Thou poor, proud heaven-gazer', length: 700 },
  { from: '"There she blows!—there she blows!', length: 700 },
  { from: 'It was a clear steel-blue day.', length: 700 },
];

const TRACKS = 32;
const WINDOW = 200;
const EPOCHS = 24;

/**
 * Coupled gates keep every cell state between -1 and 1, so that units can be compared by colour. Every window begins from
 * zeros, as texts on the page do.
 */
async function makeText() {
  const text = readText();
  const create = (options) => new LSTM({ ...options, coupled: true });
  const model = createTextModel(create, { text, hiddenSize: 160, seed: 0 });
  const test = windowsOf(text.test, 1, WINDOW);
  await model.fit(windowsOf(text.training, TRACKS, WINDOW), {
    loss: 'crossEntropy',
    optimizer: { kind: 'adam', lr: 0.008 },
    schedule: 'oneCycle',
    clipNorm: 1,
    epochs: EPOCHS,
    batchSize: TRACKS,
    progress: false,
    seed: 0,
    onEpoch: ({ epoch, loss }) => console.log(`text, epoch ${epoch}: ${(loss / Math.LN2).toFixed(3)} bits`),
  });
  const bits = model.evaluate(test).loss / Math.LN2;
  console.log(`text: ${bits.toFixed(3)} bits per character of the test`);
  const unseen = Array.from(text.test, (id) => text.alphabet[id]).join('');
  const passages = PASSAGES.map(({ from, length }) => {
    const start = unseen.indexOf(from);
    if (start < 0) throw new Error(`not in the last tenth: ${from}`);
    const end = unseen.indexOf(' ', start + length);
    return unseen.slice(start, end);
  });
  writeModel('text', model);
  writeJson('text', { alphabet: text.alphabet.join(''), bits: rounded(bits), passages });
  model.dispose();
}

const MAKERS = { cells: makeCells, co2: makeCo2, digits: makeDigits, text: makeText };
const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : Object.keys(MAKERS)) await MAKERS[name]();
