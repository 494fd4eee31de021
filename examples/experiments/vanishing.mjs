// What arrives of a gradient: the norm of d(state at T) / d(state at t) over the distance T - t.

import { tensor } from 'cellgate';
import { gradientDistance } from 'cellgate/plot';
import { Random } from '../random.mjs';
import { table } from '../table.mjs';
import { createModel } from './cells.mjs';

export const summary = 'norm of the gradient through time over the distance, before any training';

const HIDDEN = 32;
const INPUTS = 4;
export const DISTANCES = [1, 2, 5, 10, 20, 50, 100, 200];
const END = Math.max(...DISTANCES);

/** A cell, and through which part of its state: h, or an LSTM's c. `memory` as in `createModel`. */
const PATHS = [
  { name: 'RNN, h', cell: 'RNN', part: 'h' },
  { name: 'GRU, h', cell: 'GRU', part: 'h' },
  { name: 'GRU remembering, h', cell: 'GRU', part: 'h', memory: END },
  { name: 'LSTM, h', cell: 'LSTM', part: 'h' },
  { name: 'LSTM, c', cell: 'LSTM', part: 'c' },
  { name: 'LSTM remembering, c', cell: 'LSTM', part: 'c', memory: END },
  { name: 'LSTM, no forget gate, h', cell: 'LSTM, no forget gate', part: 'h' },
  { name: 'LSTM, no forget gate, c', cell: 'LSTM, no forget gate', part: 'c' },
];

/** Quick: distances up to 20. Gives the mean norms by path, over the distances. */
export async function run({ seeds, quick, print, save }) {
  const distances = DISTANCES.filter((distance) => !quick || distance <= 20);
  const norms = Object.fromEntries(
    PATHS.map((path) => {
      const all = Array.from({ length: seeds }, (_, seed) => normsOf({ ...path, seed }, distances));
      return [path.name, distances.map((_, i) => geometricMean(all.map((list) => list[i])))];
    }),
  );
  const format = (norm) => (norm === 0 ? '0' : norm.toPrecision(2));
  print(`Norm of d(T) / d(t) by T - t, ${HIDDEN} units, ${seeds} seeds (geometric mean)\n`);
  const lines = Object.entries(norms).map(([name, list]) => [name, ...list.map(format)]);
  print(table(['', ...distances.map(String)], lines));
  save(
    'vanishing.svg',
    gradientDistance(norms, {
      distances,
      title: 'What arrives of a gradient',
      note: `Norm of d(state at T) / d(state at t) over T - t, ${HIDDEN} units, before training`,
    }),
  );
  return norms;
}

/** Frobenius norm of the Jacobian divided by the square root of its size: 1 for the identity. */
function normsOf({ cell, part, memory, seed }, distances) {
  const random = new Random(seed, 'vanishing');
  const inputs = Float32Array.from({ length: END * INPUTS }, () => random.normal());
  const model = createModel(cell, { inputSize: INPUTS, hiddenSize: HIDDEN, outputSize: 1, seed, memory });
  const [layer] = model.layers;
  const norms = distances.map((distance) => {
    const first = END - distance;
    const { state } = layer.forward(tensor(inputs.slice(0, first * INPUTS), [1, first, INPUTS]));
    const jacobian = jacobianOf(layer, inputs.subarray(first * INPUTS), distance, state, part);
    return Math.hypot(...jacobian) / Math.sqrt(HIDDEN);
  });
  model.dispose();
  return norms;
}

/** Row k: the derivative of unit k of the last `part` by that of `state`; every row is a sequence of a batch. */
function jacobianOf(layer, inputs, time, state, part) {
  const repeated = (values, shape) => {
    const all = new Float32Array(HIDDEN * values.length);
    for (let row = 0; row < HIDDEN; row++) all.set(values, row * values.length);
    return tensor(all, shape);
  };
  const shape = [1, HIDDEN, HIDDEN];
  const mapState = (map) =>
    Object.fromEntries(Object.entries(state).map(([name, values]) => [name, map(values, name)]));
  const identity = new Float32Array(HIDDEN * HIDDEN);
  for (let row = 0; row < HIDDEN; row++) identity[row * HIDDEN + row] = 1;
  const gradients = layer.backward(
    repeated(inputs, [HIDDEN, time, INPUTS]),
    tensor(new Float32Array(HIDDEN * time * HIDDEN), [HIDDEN, time, HIDDEN]),
    {
      state: mapState(({ data }) => repeated(data, shape)),
      stateGradient: mapState((_, name) =>
        tensor(name === part ? identity : new Float32Array(identity.length), shape),
      ),
    },
  );
  return gradients.state[part].data;
}

function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
