// Sounds that need no file: strings that are plucked. For the page and for training alike.

export const SAMPLE_RATE = 48_000;

/**
 * A string by Karplus and Strong (1983): noise goes round in a loop as long as a period, and is averaged at each turn.
 *
 * @param random gives numbers in [0, 1)
 */
export function pluck(samples, start, frequency, loudness, random) {
  const period = Math.round(SAMPLE_RATE / frequency);
  const loop = Float32Array.from({ length: period }, () => (2 * random() - 1) * loudness);
  for (let at = start; at < samples.length; at++) {
    const place = (at - start) % period;
    samples[at] += loop[place];
    loop[place] = 0.498 * (loop[place] + loop[(place + 1) % period]);
  }
}

/** E minor, G, D and A, from the sixth string to the first, in hertz. */
const CHORDS = [
  [82.4, 123.5, 164.8, 196, 246.9, 329.6],
  [98, 123.5, 146.8, 196, 246.9, 392],
  [73.4, 110, 146.8, 220, 293.7, 370],
  [82.4, 110, 164.8, 220, 277.2, 329.6],
];

/** Some seconds of strummed chords, one every second. */
export function strum(seconds, random = Math.random) {
  const samples = new Float32Array(seconds * SAMPLE_RATE);
  for (let second = 0; second < seconds; second++) {
    for (const [string, frequency] of CHORDS[second % CHORDS.length].entries()) {
      const start = Math.round((second + 0.02 * string) * SAMPLE_RATE);
      pluck(samples, start, frequency, 0.15 + 0.15 * random(), random);
    }
  }
  return samples;
}
