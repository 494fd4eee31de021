// Finds the days that nobody expected, in a pipeline of streams:
//
//     node examples/transform-stream/main.mjs

import { pathToFileURL } from 'node:url';
import { forecastOf, frameOf, trainForecast } from './forecast.mjs';
import { streamTransform } from './stream-transform.mjs';
import { readDays } from './weather.mjs';

const LEARNED_UNTIL = '2015';
/** Differences beyond this many standard deviations are told. */
const UNUSUAL = 2.5;

/** Puts the forecast that was made a day before beside each day. Days before the first forecast are dropped. */
function pairWithForecasts(days, forecasts) {
  const reader = forecasts.getReader();
  let forecast;
  return days.pipeThrough(
    new TransformStream({
      async transform(day, controller) {
        if (forecast !== undefined) controller.enqueue({ ...day, forecast });
        const { value } = await reader.read();
        forecast = forecastOf(day, value);
      },
    }),
  );
}

/** All days after those that were learned, with the forecast of each. */
export async function* forecastDays(model, days) {
  const [forModel, forUser] = days.tee();
  const toFrames = new TransformStream({
    transform: (day, controller) => controller.enqueue(frameOf(day)),
  });
  const forecasts = forModel.pipeThrough(toFrames).pipeThrough(streamTransform(model));
  for await (const day of pairWithForecasts(forUser, forecasts)) {
    if (day.date >= LEARNED_UNTIL) yield day;
  }
}

/** Everything that a stream brings. */
export async function collect(source) {
  const all = [];
  for await (const value of source) all.push(value);
  return all;
}

/** Root of the mean square of the differences. */
export function rms(differences) {
  return Math.sqrt(differences.reduce((sum, value) => sum + value * value, 0) / differences.length);
}

async function main() {
  const days = await collect(readDays());
  const model = await trainForecast(days.filter(({ date }) => date < LEARNED_UNTIL));
  const forecast = await collect(forecastDays(model, readDays()));
  const spread = rms(forecast.map(({ maximum, forecast: expected }) => maximum - expected));
  const naive = rms(forecast.slice(1).map(({ maximum }, index) => maximum - forecast[index].maximum));
  console.log(
    `${forecast.length} days of 2015, off by ${spread.toFixed(2)} °C; by the day before, ${naive.toFixed(2)} °C`,
  );
  for (const { date, maximum, forecast: expected } of forecast) {
    if (Math.abs(maximum - expected) < UNUSUAL * spread) continue;
    console.log(`${date}: ${maximum.toFixed(1)} °C where ${expected.toFixed(1)} °C were expected`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
