/** Segments of speech from probabilities: the published rules of Silero's `get_speech_timestamps`, frame by frame. */

/** Times in seconds. */
const DEFAULTS = {
  /** Speech begins with a probability of this. */
  threshold: 0.5,
  /** It ends where probabilities stay below this; 0.15 below the threshold if left out. */
  exitThreshold: undefined,
  /** Shorter segments are dropped. */
  minSpeech: 0.25,
  /** Shorter silence does not end a segment. */
  minSilence: 0.1,
  /** Added to both sides of a segment. */
  padding: 0.03,
};

/** Knows where in a recording it is; gives a segment `{ start, end }`, in seconds, as soon as it has ended. */
export class Segmenter {
  #options;
  #rate;
  #frameSize;
  /** Samples until now. */
  #position = 0;
  /** The first sample of the speech at hand, and of the silence that may end it. */
  #start;
  #silence;

  constructor({ rate, frameSize }, options = {}) {
    for (const name of Object.keys(options)) {
      if (!Object.hasOwn(DEFAULTS, name))
        throw new RangeError(`options may be ${Object.keys(DEFAULTS)}, got ${name}`);
    }
    const given = { ...DEFAULTS, ...options };
    const { threshold, exitThreshold = Math.max(threshold - 0.15, 0.01), minSilence, padding } = given;
    if (minSilence < 2 * padding) {
      throw new RangeError(
        `minSilence must be twice the padding = ${2 * padding} or more, got ${minSilence}`,
      );
    }
    this.#options = { ...given, exitThreshold };
    this.#rate = rate;
    this.#frameSize = frameSize;
  }

  /** Takes the probability of the next frame. */
  push(probability) {
    const { threshold, exitThreshold, minSilence } = this.#options;
    const now = this.#position;
    this.#position += this.#frameSize;
    if (probability >= threshold) {
      this.#silence = undefined;
      this.#start ??= now;
      return undefined;
    }
    if (probability >= exitThreshold || this.#start === undefined) return undefined;
    this.#silence ??= now;
    return now - this.#silence < minSilence * this.#rate
      ? undefined
      : this.#finish(this.#silence, Number.POSITIVE_INFINITY);
  }

  /** Ends the recording, of `length` samples. */
  end(length) {
    return this.#start === undefined ? undefined : this.#finish(length, length);
  }

  #finish(end, length) {
    const start = this.#start;
    const { minSpeech, padding } = this.#options;
    this.#start = undefined;
    this.#silence = undefined;
    if (end - start <= minSpeech * this.#rate) return undefined;
    const around = padding * this.#rate;
    return {
      start: Math.max(start - around, 0) / this.#rate,
      end: Math.min(end + around, length) / this.#rate,
    };
  }
}
