/**
 * Minutes of audio that a voice detector has to tell apart: synthetic speech, clean, in noise and over music, loud, faint and
 * clipped, and each of these alone. The same samples everywhere.
 *
 *     espeak-ng -v en-us -s 160 -w speech.wav "A gate decides what the cell remembers. Does it listen, even now? Seven, twelve, nineteen."
 *     sox speech.wav -r 16000 -b 8 -e unsigned-integer -c 1 test/formats/silero/speech.wav gain -1
 *
 * `node recording.mjs RATE` writes them to stdout as float32.
 */

import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Random } from '../../../examples/random.mjs';
import { readWav } from '../../../examples/vad/audio.mjs';

async function readSpeech() {
  const { samples } = await readWav(createReadStream(new URL('speech.wav', import.meta.url)));
  const parts = [];
  for await (const part of samples) parts.push(part);
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** Chords of decaying tones, four a second. */
function music(length, rate, random) {
  const out = new Float32Array(length);
  const beat = rate / 4;
  for (let first = 0; first < length; first += beat) {
    const root = 110 * 2 ** (random.integer(0, 24) / 12);
    for (const ratio of [1, 1.25, 1.5, 2]) {
      const last = Math.min(first + 3 * beat, length);
      for (let at = first; at < last; at++) {
        const time = (at - first) / rate;
        out[at] += 0.2 * Math.exp(-4 * time) * Math.sin(2 * Math.PI * root * ratio * time);
      }
    }
  }
  return out;
}

const white = (length, random) => Float32Array.from({ length }, () => 2 * random.next() - 1);

function brown(length, random) {
  let level = 0;
  return Float32Array.from({ length }, () => {
    level = 0.99 * level + 0.1 * (2 * random.next() - 1);
    return level;
  });
}

const clicks = (length, random) => Float32Array.from({ length }, () => (random.next() < 0.0005 ? 1 : 0));
const silence = (length) => new Float32Array(length);
const mixed = (...parts) =>
  parts[0][0].map((_, at) => parts.reduce((sum, [values, gain]) => sum + gain * values[at], 0));
const clipped = (values, gain) => values.map((value) => Math.max(-1, Math.min(1, gain * value)));

/** Samples at 16000 or 8000 per second. */
export async function recording(rate) {
  const whole = await readSpeech();
  const speech = rate === 16000 ? whole : whole.filter((_, at) => at % 2 === 0);
  const { length } = speech;
  const random = new Random(rate, 'recording');
  const parts = [silence(length), speech];
  for (const gain of [0.01, 0.03, 0.1, 0.3]) parts.push(mixed([speech, 0.7], [white(length, random), gain]));
  parts.push(
    music(length, rate, random),
    white(length, random),
    brown(length, random),
    clicks(length, random),
  );
  for (const gain of [0.1, 0.3, 1]) parts.push(mixed([speech, 0.7], [music(length, rate, random), gain]));
  for (const gain of [0.5, 0.1, 0.01, 0.001]) parts.push(speech.map((value) => gain * value));
  parts.push(mixed([speech, 0.8], [brown(length, random), 0.5]), silence(length), clipped(speech, 8));
  parts.push(
    speech.map((value) => value + 0.3),
    mixed([white(length, random), 0.02]),
    speech,
  );
  const all = new Float32Array(parts.length * length);
  parts.forEach((part, at) => {
    all.set(part, at * length);
  });
  return all;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { buffer } = await recording(Number(process.argv[2]));
  process.stdout.write(new Uint8Array(buffer));
}
