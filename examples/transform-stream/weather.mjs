// The daily maximum temperature of Seattle, 2012 to 2015, of the installed package `vega-datasets`, as a stream of days.

import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';

export function weatherPath() {
  const entry = createRequire(import.meta.url).resolve('vega-datasets');
  return path.join(path.dirname(entry), '../data/seattle-weather.csv');
}

/** A stream of `{ date, maximum }`, in degrees Celsius. */
export function readDays(file = weatherPath()) {
  return ReadableStream.from(parse(file));
}

async function* parse(file) {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  let columns;
  for await (const line of lines) {
    const cells = line.split(',');
    if (columns === undefined) columns = cells;
    else yield { date: cells[columns.indexOf('date')], maximum: Number(cells[columns.indexOf('temp_max')]) };
  }
}
