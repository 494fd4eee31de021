// Symbols as vectors.

import { tensor } from 'cellgate';

/** Rows of symbols, none longer than `time` -> [rows, time, width], 1 at each symbol and zeros past each end. */
export function oneHot(rows, time, width) {
  const data = new Float32Array(rows.length * time * width);
  rows.forEach((row, b) => {
    row.forEach((symbol, t) => {
      data[(b * time + t) * width + symbol] = 1;
    });
  });
  return tensor(data, [rows.length, time, width]);
}

/** Rows of classes, none longer than `time` -> int32 [rows, time], zeros past each end. */
export function classes(rows, time) {
  const data = new Int32Array(rows.length * time);
  rows.forEach((row, b) => {
    data.set(row, b * time);
  });
  return tensor(data, [rows.length, time]);
}
