// Every cell with every seed, and what came of it as a table and a picture.

import { figure } from 'cellgate/plot';
import { table } from '../table.mjs';

/** `train(cell, seed)` for every cell and the seeds from 0: `{ [cell]: results of learn }`. `print` tells each. */
export async function compare(cells, { seeds, print }, train) {
  const runs = {};
  for (const cell of cells) {
    runs[cell] = [];
    for (let seed = 0; seed < seeds; seed++) {
      const result = train(cell, seed);
      runs[cell].push(result);
      const { solved, updates, value, seconds } = result;
      const end = `${solved ? 'solved' : 'not solved'} after ${updates} updates`;
      print(`${cell}, seed ${seed}: ${end}, ${value.toPrecision(3)}, ${seconds.toFixed(1)} s`);
      await new Promise(setImmediate);
    }
  }
  return runs;
}

/** A line per cell. `batch` are the sequences (or what `unit` says) of an update; `name`, `format` those of the value. */
export function successTable(runs, { batch, unit = 'sequences', name, format, published = {} }) {
  const lines = Object.entries(runs).map(([cell, results]) => {
    const solved = results.filter((result) => result.solved);
    return [
      cell,
      `${solved.length} of ${results.length}`,
      solved.length === 0 ? '–' : String(median(solved.map(({ updates }) => updates * batch))),
      format(median(results.map(({ value }) => value))),
      format(Math.max(...results.map(({ value }) => value))),
      `${median(results.map(({ seconds }) => seconds)).toFixed(1)} s`,
      published[cell] ?? '–',
    ];
  });
  const header = ['', 'solved', `${unit} until then`, `${name}, median`, 'worst', 'time', 'published'];
  return table(header, lines);
}

/** The value over the sequences seen, a line per run. The rest is as in a panel of lines. */
export function runChart(runs, { batch, title, note, ...panel }) {
  const series = Object.entries(runs).flatMap(([group, results]) =>
    results.map(({ curve }, seed) => ({
      name: `${group} ${seed}`,
      group,
      x: curve.map(([updates]) => updates * batch),
      y: curve.map(([, value]) => value),
    })),
  );
  return figure([{ kind: 'lines', x: { label: 'sequences' }, series, ...panel }], { title, note });
}

/** The middle of the sorted values; of an even number the mean of the two. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
