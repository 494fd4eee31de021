/**
 * Draws the figures of the site into `docs/public/figures`, from networks that it trains and runs: `node examples/figures/main.mjs`.
 * Needs the built package in `dist/`. The same machine draws the same figures.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { LSTM, RNN, tensor } from 'cellgate';
import { figure, gateHeatmap, gradientDistance } from 'cellgate/plot';
import { inRoot } from '../../bindings/build/paths.mjs';
import { createModel } from '../experiments/cells.mjs';
import { createTextModel, trainText } from '../experiments/charlm.mjs';
import { learn } from '../experiments/learn.mjs';
import { drawAdding, INPUT_SIZE, OUTPUT_SIZE } from '../experiments/tasks/adding.mjs';
import { readText } from '../experiments/tasks/text.mjs';
import { DISTANCES, run as vanishing } from '../experiments/vanishing.mjs';
import { Random } from '../random.mjs';

const FOLDER = inRoot('docs/public/figures');
const steps = (tensor) => Array.from(tensor.data);

/** Rows of one sequence, one per unit. */
function unitsOf({ data, shape: [, time, units] }, chosen) {
  return chosen.map((unit) => Array.from({ length: time }, (_, step) => data[step * units + unit]));
}

/** One LSTM unit that hears a single pulse: its forget gate stands still, its cell state decays by it. */
function decay() {
  const time = 40;
  const x = new Float32Array(time);
  x[2] = 1;
  const series = [1, 0.95, 0.8, 0.5].map((forget) => {
    const lstm = new LSTM({ inputSize: 1, hiddenSize: 1 });
    // Rows: input, forget, candidate, output. The input gate opens with the pulse.
    lstm.loadStateDict({
      weight_ih_l0: tensor([[12], [0], [3], [0]]),
      weight_hh_l0: tensor([[0], [0], [0], [0]]),
      bias_ih_l0: tensor([-6, forget === 1 ? 20 : Math.log(forget / (1 - forget)), 0, 6]),
      bias_hh_l0: tensor([0, 0, 0, 0]),
    });
    const { cell } = lstm.trace(tensor(x, [1, time, 1])).layers[0];
    lstm.dispose();
    return { name: `f = ${forget}`, y: steps(cell) };
  });
  return figure([{ kind: 'lines', series, x: { label: 'step' }, y: { label: 'cell state c', min: 0 } }], {
    title: 'What the forget gate does to a memory',
    note: 'One unit; a pulse at step 2 is written, then nothing comes',
  });
}

/** A trained network on one sequence of the adding problem. */
function adding() {
  const time = 50;
  const seed = 0;
  const random = new Random(seed, 'adding');
  const test = drawAdding(new Random(seed, 'adding test'), 500, time);
  const model = createModel('LSTM', {
    inputSize: INPUT_SIZE,
    hiddenSize: 8,
    outputSize: OUTPUT_SIZE,
    seed,
    memory: time,
  });
  const { solved } = learn(model, {
    draw: () => drawAdding(random, 32, time),
    measure: () => {
      const { loss } = model.evaluate(test, { loss: 'mse' });
      return { value: loss, solved: loss < 0.001 };
    },
    updates: 10_000,
    every: 100,
    loss: 'mse',
    optimizer: { kind: 'adam', lr: 0.01 },
    clipNorm: 1,
  });
  if (!solved) throw new Error('the network of the adding problem has not learned it');
  const { x, y } = drawAdding(new Random(1, 'adding figure'), 1, time);
  const numbers = Array.from({ length: time }, (_, step) => x.data[step * 2]);
  const marked = numbers.flatMap((_, step) => (x.data[step * 2 + 1] === 1 ? [step] : []));
  const traced = model.layers[0].trace(x).layers[0];
  const [answer] = model.predict(x).data;
  model.dispose();
  const units = Array.from({ length: 8 }, (_, unit) => unit);
  const heat = (title, note, values, range) => ({
    kind: 'heat',
    title,
    note,
    rows: unitsOf(values, units),
    rowLabel: 'unit',
    colors: range[0] < 0 ? 'diverging' : 'sequential',
    range,
  });
  const most = Math.max(...steps(traced.cell).map(Math.abs));
  return figure(
    [
      {
        kind: 'lines',
        title: 'Input',
        note: 'numbers; the two marked ones are shaded',
        series: [{ name: 'number', y: numbers, style: 'points' }],
        spans: marked.map((step) => ({ from: step - 0.5, to: step + 0.5 })),
      },
      heat('Input gate i', 'units 1 and 3 open at the marks', traced.input, [0, 1]),
      heat('Forget gate f', 'stays open: nothing is lost in between', traced.forget, [0, 1]),
      { ...heat('Cell state c', 'what is remembered', traced.cell, [-most, most]), x: { label: 'step' } },
    ],
    {
      sharedX: true,
      title: 'Adding two marked numbers',
      note: `The network answers ${answer.toFixed(3)}, the sum is ${y.data[0].toFixed(3)}`,
    },
  );
}

/** The forget gates of a character model that has read Moby-Dick, on the beginning of it. */
async function reading() {
  const text = readText();
  const model = createTextModel((options) => new LSTM(options), { text, hiddenSize: 64, seed: 0 });
  await trainText(model, { text, seed: 0, epochs: 8, print: console.error });
  const sentence = 'Call me Ishmael. Some years ago, never';
  const ids = Int32Array.from(sentence, (character) => text.alphabet.indexOf(character));
  const embedded = model.layers[0].forward(tensor(ids, [1, ids.length]));
  const { forget } = model.layers[1].trace(embedded).layers[0];
  model.dispose();
  const isSpace = [...sentence].map((character) => character === ' ');
  const units = Array.from({ length: 64 }, (_, unit) => unit);
  const [kept, closed] = [false, true].map((space) =>
    unitsOf(forget, units).map((row) => mean(row.filter((_, step) => isSpace[step] === space))),
  );
  // The units whose forget gate tells spaces from letters best.
  const chosen = units.sort((a, b) => closed[a] - kept[a] - (closed[b] - kept[b])).slice(0, 10);
  return gateHeatmap(forget, {
    units: chosen,
    labels: [...sentence],
    title: 'Which units forget at the end of a word?',
    note: 'Forget gate of 10 of 64 units, those that tell spaces from letters best',
  });
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The literature's curve: see examples/experiments. */
async function gradients() {
  const norms = await vanishing({ seeds: 5, quick: false, print() {}, save() {} });
  const lines = {
    'plain RNN': norms['RNN, h'],
    GRU: norms['GRU, h'],
    'LSTM, forget bias 1': norms['LSTM, c'],
    'LSTM, biases for 200 steps': norms['LSTM remembering, c'],
    'LSTM without forget gate': norms['LSTM, no forget gate, c'],
  };
  const visible = Object.entries(lines).map(([name, list]) => [
    name,
    list.map((norm) => (norm < 1e-12 ? Number.NaN : norm)),
  ]);
  return gradientDistance(Object.fromEntries(visible), {
    distances: DISTANCES,
    title: 'What arrives of a gradient',
    note: '32 units, before any training, mean of five seeds; of an LSTM through c',
  });
}

/** The activations of gates, as a unit of the library computes them. */
function activations() {
  const inputs = Float32Array.from({ length: 161 }, (_, i) => (i - 80) / 20);
  const shapes = {
    sigmoid: 'sigmoid',
    'hard sigmoid, x / 6 + 0.5': 'hardSigmoid',
    'hard sigmoid, 0.2 x + 0.5': { kind: 'hardSigmoid', alpha: 0.2, beta: 0.5 },
  };
  const series = Object.entries(shapes).map(([name, nonlinearity]) => {
    const rnn = new RNN({ inputSize: 1, hiddenSize: 1, bias: false, nonlinearity });
    rnn.loadStateDict({ weight_ih_l0: tensor([[1]]), weight_hh_l0: tensor([[0]]) });
    const { output } = rnn.forward(tensor(inputs, [inputs.length, 1, 1]));
    rnn.dispose();
    return { name, x: inputs, y: steps(output) };
  });
  return figure([{ kind: 'lines', series, x: { label: 'x' }, y: { label: 'gate', min: 0, max: 1 } }], {
    title: 'Three gates that are all called sigmoid somewhere',
  });
}

/** What `npm start` draws. */
function forecast() {
  execFileSync(process.execPath, [inRoot('examples/co2/main.mjs')], { cwd: inRoot('.') });
  return readFileSync(inRoot('out/co2-forecast.svg'), 'utf8');
}

const FIGURES = { decay, adding, reading, gradients, activations, forecast };

mkdirSync(FOLDER, { recursive: true });
const names = process.argv.slice(2);
for (const name of names.length > 0 ? names : Object.keys(FIGURES)) {
  writeFileSync(`${FOLDER}/${name}.svg`, await FIGURES[name]());
  console.log(`docs/public/figures/${name}.svg`);
}
