// GRU, LSTM and RNN on real data: the CO2 record and the characters of Moby-Dick.

import { figure } from 'cellgate/plot';
import { monthNumber, readSeries } from '../co2/data.mjs';
import { fitScale } from '../co2/features.mjs';
import { errors, forecastHeldOut } from '../co2/forecast.mjs';
import { createModel as createForecaster, train as trainForecaster } from '../co2/train.mjs';
import { table } from '../table.mjs';
import { CELLS } from './cells.mjs';
import { createTextModel, trainText } from './charlm.mjs';
import { median } from './compare.mjs';
import { readText } from './tasks/text.mjs';

export const summary =
  'GRU, LSTM and RNN on real data: the CO2 record and Moby-Dick, at equal numbers of weights';

/** Units that give every cell about 60 000 weights in the text model. */
const TEXT_UNITS = { RNN: 181, GRU: 110, LSTM: 96 };
const EPOCHS = 8;
const HELD_OUT_FROM = '2012-01';

/** Quick: once through the text. Gives results by cell, a list per seed. */
export async function run({ seeds, quick, print, save }) {
  const text = readText();
  const results = {};
  for (const [cell, hiddenSize] of Object.entries(TEXT_UNITS)) {
    results[cell] = [];
    const tell = (line) => print(`${cell}, ${line}`);
    for (let seed = 0; seed < seeds; seed++) {
      const { create } = CELLS[cell];
      const plan = { text, hiddenSize, seed, epochs: quick ? 1 : EPOCHS, print: tell };
      const [ppm, writing] = [await forecast(create, seed), await write(create, plan)];
      results[cell].push({ ...ppm, ...writing });
    }
  }
  const middle = (cell, key) => median(results[cell].map((result) => result[key]));
  const lines = Object.keys(results).map((cell) => [
    cell,
    middle(cell, 'oneMonth').toFixed(3),
    middle(cell, 'twelveMonths').toFixed(3),
    String(middle(cell, 'weights')),
    middle(cell, 'bits').toFixed(3),
    `${middle(cell, 'seconds').toFixed(0)} s`,
  ]);
  print(
    `\nMedians of ${seeds} seeds: mean absolute errors of the CO2 forecast in ppm, bits per character of the text\n`,
  );
  print(table(['', 'CO2, 1 month', '12 months', 'weights', 'text', 'time'], lines));
  save(
    'gates.svg',
    figure(
      [
        {
          kind: 'bars',
          bars: Object.keys(results).map((cell) => {
            const value = middle(cell, 'bits');
            return { name: cell, value, label: `${value.toFixed(3)} bits` };
          }),
        },
      ],
      {
        title: 'Cells at equal numbers of weights',
        note: `Moby-Dick, bits per character after ${quick ? 1 : EPOCHS} times through the text, median of the seeds`,
      },
    ),
  );
  return results;
}

/** Mean absolute errors in ppm over the held-out months, of the network of the CO2 example. */
async function forecast(create, seed) {
  const series = await readSeries();
  const heldOut = monthNumber(HELD_OUT_FROM) - series.firstMonth;
  const context = { firstMonth: series.firstMonth, scale: fitScale(series, heldOut) };
  const { model } = createForecaster(seed, create);
  await trainForecaster(model, series, context, heldOut, { seed, progress: false });
  const stream = model.stream();
  const { oneMonth, twelveMonths } = forecastHeldOut(stream, series, context, heldOut);
  stream.dispose();
  model.dispose();
  return { oneMonth: errors(oneMonth, series).mae, twelveMonths: errors(twelveMonths, series).mae };
}

/** Bits per character, weights and seconds of a text model. */
async function write(create, plan) {
  const model = createTextModel(create, plan);
  const weights = Object.values(model.parameters()).reduce((sum, { data }) => sum + data.length, 0);
  const { bits, seconds } = await trainText(model, plan);
  model.dispose();
  return { weights, bits, seconds };
}
