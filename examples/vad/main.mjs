/** `node examples/vad/main.mjs FILE.wav`: where there is speech. */

import { createReadStream } from 'node:fs';
import { parseArgs } from 'node:util';
import * as cellgate from 'cellgate';
import { readRaw, readWav } from './audio.mjs';
import { detectSpeech } from './detect-speech.mjs';
import { SpeechDetector } from './detector.mjs';
import { readModel } from './model.mjs';
import { readWeights } from './weights.mjs';

const USAGE = `Finds speech in a recording: prints start and end of each segment, in seconds, as soon as it has ended.

  node examples/vad/main.mjs FILE.wav            8 kHz, 16 kHz or a multiple of that
  ... | node examples/vad/main.mjs -             the same from a pipe
  arecord -q -t raw -f S16_LE -r 16000 | node examples/vad/main.mjs --raw 16000 -

  --raw RATE            raw 16-bit samples of one channel instead of a WAV file
  --threshold P         probability from which on it is speech, 0.5
  --min-speech S        seconds; shorter segments are dropped, 0.25
  --min-silence S       seconds; shorter silence does not end a segment, 0.1
  --padding S           seconds added to both sides of a segment, 0.03
  --probabilities       prints the probability of every 32 ms instead
`;

const text = { type: 'string' };
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    raw: text,
    threshold: text,
    'min-speech': text,
    'min-silence': text,
    padding: text,
    probabilities: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});

const numbers = {
  threshold: 'threshold',
  'min-speech': 'minSpeech',
  'min-silence': 'minSilence',
  padding: 'padding',
};

async function main([file]) {
  const bytes = file === '-' ? process.stdin : createReadStream(file);
  const { rate, samples } =
    values.raw === undefined ? await readWav(bytes) : readRaw(bytes, Number(values.raw));
  const given = Object.entries(numbers).filter(([name]) => values[name] !== undefined);
  const options = Object.fromEntries(given.map(([name, own]) => [own, Number(values[name])]));
  if (values.probabilities) options.onFrame = (probability) => console.log(probability.toFixed(4));
  const detector = new SpeechDetector(cellgate, readWeights(await readModel(), rate));
  for await (const { start, end } of detectSpeech(detector, samples, options)) {
    if (!values.probabilities) console.log(`${start.toFixed(2)} ${end.toFixed(2)}`);
  }
  detector.dispose();
}

if (values.help || positionals.length !== 1) {
  console.log(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  await main(positionals);
}
