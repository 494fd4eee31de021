/** Speech in a stream of samples. */

import { Segmenter } from './segments.mjs';

/** Pieces of any length as frames of one; the last is filled up with zeros. */
async function* framesOf(pieces, size) {
  const frame = new Float32Array(size);
  let filled = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const count = Math.min(size - filled, piece.length - at);
      frame.set(piece.subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (filled < size) continue;
      yield { frame, count: size };
      filled = 0;
    }
  }
  if (filled > 0) yield { frame: frame.fill(0, filled), count: filled };
}

/**
 * Where there is speech.
 *
 * @param detector a `SpeechDetector`, which begins anew
 * @param samples an iterable, async or not, of Float32Arrays of any length, at the detector's rate
 * @param options `threshold`, `exitThreshold`, `minSpeech`, `minSilence` and `padding`, as in segments.mjs; `onFrame` is called
 * with the probability of every frame
 * @returns segments `{ start, end }` in seconds, each as soon as it has ended
 */
export async function* detectSpeech(detector, samples, { onFrame, ...options } = {}) {
  const segmenter = new Segmenter(detector, options);
  detector.reset();
  let length = 0;
  for await (const { frame, count } of framesOf(samples, detector.frameSize)) {
    const probability = detector.probability(frame);
    length += count;
    onFrame?.(probability);
    const segment = segmenter.push(probability);
    if (segment) yield segment;
  }
  const last = segmenter.end(length);
  if (last) yield last;
}
