/** What every environment runs, with the package in whatever way it was loaded there. */
import golden from './golden.js';

/**
 * @param {typeof import('cellgate')} cellgate
 * @returns what runs, and the largest difference from PyTorch's output, of a whole sequence and step by step
 */
export function agreement({ backend, LSTM, tensor }) {
  const { options, parameters, input, expected } = golden;
  const lstm = new LSTM(options);
  const dict = Object.entries(parameters).map(([name, { shape, data }]) => [name, tensor(data, shape)]);
  lstm.loadStateDict(Object.fromEntries(dict));
  const { data } = lstm.forward(tensor(input.data, input.shape)).output;
  const [batch, time, size] = input.shape;
  const stream = lstm.stream({ batch });
  const steps = Array.from({ length: time }, (_, t) =>
    Array.from(
      stream.step(
        Float32Array.from({ length: batch * size }, (_, at) => {
          const [row, column] = [Math.floor(at / size), at % size];
          return input.data[(row * time + t) * size + column];
        }),
      ),
    ),
  );
  const width = expected.output.shape[2];
  const differences = expected.output.data.map((value, at) => {
    const [row, t, unit] = [Math.floor(at / width / time), Math.floor(at / width) % time, at % width];
    return Math.max(Math.abs(data[at] - value), Math.abs(steps[t][row * width + unit] - value));
  });
  const { kind, isa, tried } = backend();
  return { kind, isa, tried, difference: Math.max(...differences) };
}
