/** From samples to figures. A sample that was not taken is a hole in the list of rounds. */

const taken = (values) => values.filter((value) => value !== undefined);

/** The value below which the share `at` of the values lies, interpolated; 0.5 is the median. */
export function quantile(values, at) {
  const sorted = taken(values).sort((a, b) => a - b);
  const place = at * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

export const median = (values) => quantile(values, 0.5);

/** Median, least value and spread: the distance of the quartiles, as a share of the median. */
export function figures(samples) {
  const ms = median(samples);
  const spread = (quantile(samples, 0.75) - quantile(samples, 0.25)) / ms;
  return { ms, minMs: Math.min(...taken(samples)), spread };
}

/** How many times as long theirs takes: the median over the rounds that have both. */
export function ratio(own, theirs) {
  return median(own.map((ms, round) => (ms && theirs[round] ? theirs[round] / ms : undefined)));
}

export function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
