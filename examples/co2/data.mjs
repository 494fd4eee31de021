// The monthly Mauna Loa CO2 record of the installed package `vega-datasets`, as one gapless array.
//
// Months are plain numbers (12 * year + month - 1); an index into `ppm` is a month minus `firstMonth`.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** '2012-01' or '2012-01-15' -> 24144. */
export function monthNumber(label) {
  const [year, month] = label.split('-').map(Number);
  return year * 12 + month - 1;
}

/** 24144 -> '2012-01'. */
export function monthLabel(month) {
  return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
}

/** Path of the CSV file: columns Date, CO2 (ppm) and a seasonally adjusted one that knows the future. */
export function seriesPath() {
  const entry = createRequire(import.meta.url).resolve('vega-datasets');
  return join(dirname(entry), '../data/co2-concentration.csv');
}

/**
 * Reads the record: `{ firstMonth, ppm, observed, filled }`.
 *
 * A month that was not measured gets the value of a year before plus the growth over the last known year:
 * nothing later than the gap is used. Such months keep `observed` false and are never a target, never part
 * of a statistic and never part of an error. The series begins after the last gap that has no year before it.
 */
export async function readSeries(path = seriesPath()) {
  const measured = parse(await readFile(path, 'utf8'));
  const months = [...measured.keys()];
  const lastMonth = Math.max(...months);
  const firstMonth = firstWithoutGap(measured, Math.min(...months));

  const ppm = new Float64Array(lastMonth - firstMonth + 1);
  const observed = Array.from(ppm, (_, i) => measured.has(firstMonth + i));
  for (let i = 0; i < ppm.length; i++) {
    ppm[i] = observed[i] ? measured.get(firstMonth + i) : ppm[i - 12] + ppm[i - 1] - ppm[i - 13];
  }
  const filled = observed.flatMap((known, i) => (known ? [] : [monthLabel(firstMonth + i)]));
  return { firstMonth, ppm, observed, filled };
}

/** The record without `month` and what follows. */
export function seriesBefore({ firstMonth, ppm, observed, filled }, month) {
  const count = Math.max(0, month - firstMonth);
  return {
    firstMonth,
    ppm: ppm.slice(0, count),
    observed: observed.slice(0, count),
    filled: filled.filter((label) => monthNumber(label) < month),
  };
}

function parse(csv) {
  const rows = csv.trim().split(/\r?\n/).slice(1);
  return new Map(
    rows.map((row) => {
      const [date, ppm] = row.split(',');
      return [monthNumber(date), Number(ppm)];
    }),
  );
}

function firstWithoutGap(measured, start) {
  let first = start;
  for (let month = start; month < start + 12; month++) {
    if (!measured.has(month)) first = month + 1;
  }
  return first;
}
