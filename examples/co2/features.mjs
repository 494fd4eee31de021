// What the network sees of a month, and how its answer becomes ppm again.
//
// CO2 rises ever faster, so the growth of the last ten years is taken out first: what is left looks the same
// in 1965 and in 2015. What is said of month i comes from months up to i.

const TREND_YEARS = 10;

/** Months of history that a frame needs. */
export const HISTORY = 12;

/** Inputs per month: change over a month, change over a year, sine and cosine of the month to forecast. */
export const INPUT_SIZE = 4;

/** Mean growth in ppm a year over the last ten years up to month `i`, or over as many as there are. */
export function trend(ppm, i) {
  const years = Math.min(TREND_YEARS, Math.floor(i / 12));
  return (ppm[i] - ppm[i - 12 * years]) / years;
}

/** Mean and standard deviation of both changes over the measured months before `end`: `{ month, year }`. */
export function fitScale({ ppm, observed }, end) {
  const fit = [];
  for (let i = HISTORY; i < end; i++) {
    if (observed[i] && observed[i - 1] && observed[i - 12]) fit.push(i);
  }
  return {
    month: meanAndDeviation(fit.map((i) => monthChange(ppm, i))),
    year: meanAndDeviation(fit.map((i) => yearChange(ppm, i))),
  };
}

/** Writes the frame of month `i` to `out` [INPUT_SIZE] and returns it. */
export function writeFrame(out, { firstMonth, scale }, ppm, i) {
  const angle = (2 * Math.PI * ((firstMonth + i + 1) % 12)) / 12;
  out[0] = standardise(monthChange(ppm, i), scale.month);
  out[1] = standardise(yearChange(ppm, i), scale.year);
  out[2] = Math.sin(angle);
  out[3] = Math.cos(angle);
  return out;
}

/** The ppm of month `i + 1`, from the network's output for month `i`. */
export function nextPpm(output, { scale }, ppm, i) {
  return ppm[i] + trend(ppm, i) / 12 + scale.month.mean + scale.month.deviation * output;
}

/** What the network should say in month `i`: the output whose {@link nextPpm} is the truth. */
export function nextOutput({ scale }, ppm, i) {
  return standardise(ppm[i + 1] - ppm[i] - trend(ppm, i) / 12, scale.month);
}

function monthChange(ppm, i) {
  return ppm[i] - ppm[i - 1] - trend(ppm, i) / 12;
}

function yearChange(ppm, i) {
  return ppm[i] - ppm[i - 12] - trend(ppm, i);
}

function meanAndDeviation(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

function standardise(value, { mean, deviation }) {
  return (value - mean) / deviation;
}
