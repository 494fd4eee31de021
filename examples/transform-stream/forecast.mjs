// A model that forecasts by how much the next day's maximum temperature will differ, from the days so far.

import { GRU, Linear, Sequential, tensor } from 'cellgate';

/** Degrees per unit, so that the network sees values around zero. */
const MEAN = 16;
const SPREAD = 8;
const DAYS_PER_YEAR = 365.25;
const WINDOW = 60;

export const INPUT_SIZE = 3;

/** What the network sees of a day: its temperature, and where in the year it lies. */
export function frameOf({ date, maximum }) {
  const day = Date.parse(date) / 86_400_000;
  const season = (2 * Math.PI * day) / DAYS_PER_YEAR;
  return Float32Array.of((maximum - MEAN) / SPREAD, Math.sin(season), Math.cos(season));
}

/** The forecast for the day after one, in degrees, from the output of the model. */
export const forecastOf = ({ maximum }, [change]) => maximum + change * SPREAD;

/** A model that has learned these days, in windows of two months. */
export async function trainForecast(days, { seed = 1 } = {}) {
  const windows = Math.floor((days.length - 1) / WINDOW);
  const frames = days.map(frameOf);
  const x = new Float32Array(windows * WINDOW * INPUT_SIZE);
  const y = new Float32Array(windows * WINDOW);
  for (let day = 0; day < y.length; day++) {
    x.set(frames[day], day * INPUT_SIZE);
    y[day] = frames[day + 1][0] - frames[day][0];
  }
  const model = new Sequential([
    new GRU({ inputSize: INPUT_SIZE, hiddenSize: 8, seed, returnSequences: true }),
    new Linear({ inputSize: 8, outputSize: 1, seed }),
  ]);
  await model.fit(
    { x: tensor(x, [windows, WINDOW, INPUT_SIZE]), y: tensor(y, [windows, WINDOW, 1]) },
    {
      loss: 'mse',
      optimizer: { kind: 'adam', lr: 0.01 },
      epochs: 100,
      batchSize: 4,
      clipNorm: 1,
      validation: 0.2,
      earlyStopping: { patience: 10 },
      progress: false,
      seed,
    },
  );
  return model;
}
