/** What is measured of a unit's course, to find and to sort units. */

export function mean(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 0 : sum / values.length;
}

/** Standard deviation. */
export function spread(values: Float32Array): number {
  const middle = mean(values);
  let sum = 0;
  for (const value of values) sum += (value - middle) ** 2;
  return values.length === 0 ? 0 : Math.sqrt(sum / values.length);
}

/** Pearson's coefficient of correlation; 0 where one of them does not change. */
export function correlation(a: Float32Array, b: Float32Array): number {
  const [middleA, middleB] = [mean(a), mean(b)];
  let [both, squareA, squareB] = [0, 0, 0];
  for (let t = 0; t < a.length; t++) {
    const [fromA, fromB] = [(a[t] ?? 0) - middleA, (b[t] ?? 0) - middleB];
    both += fromA * fromB;
    squareA += fromA * fromA;
    squareB += fromB * fromB;
  }
  const scale = Math.sqrt(squareA * squareB);
  return scale < 1e-12 ? 0 : both / scale;
}
