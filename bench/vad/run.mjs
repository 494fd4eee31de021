/**
 * The Silero voice detector, frame by frame: cellgate beside ONNX Runtime, each in a process of its own, in one interleaved
 * run. First every frame of minutes of audio is compared, with the state carried on.
 */

import { recording } from '../../test/formats/silero/recording.mjs';
import { vadEngines } from '../engines/index.mjs';
import { describeMachine, machineLines } from '../machine.mjs';
import { isNative, summarize } from '../ratios.mjs';
import { closeEngines, matches, measure, openEngines } from '../suite.mjs';
import { lineOf, percent, times } from '../table.mjs';

/** On probabilities. */
const TOLERANCE = 1e-4;
const FRAME_MS = 32;

/** WebAssembly is not held against native code. */
const PEERS = {
  onnxruntime: (own, { engine }) => engine === `onnxruntime-${isNative(own) ? 'node' : 'web'}`,
};

/** Multiply-adds of a frame: transform of four windows, convolutions, LSTM, weighted sum. */
function macs(window) {
  const bins = window / 2 + 1;
  const convolutions = 4 * bins * 3 * 128 + 2 * 128 * 3 * 64 + 64 * 3 * 64 + 64 * 3 * 128;
  return 4 * window * 2 * bins + convolutions + 2 * 128 * 4 * 128 + 128;
}

const WORKS = [
  { rate: 16000, frameSize: 512, context: 64, window: 256 },
  { rate: 8000, frameSize: 256, context: 32, window: 128 },
].map((sizes) => ({ ...sizes, name: `${sizes.rate / 1000} kHz`, flops: 2 * macs(sizes.window) }));

async function makeData({ rate, frameSize }) {
  const samples = await recording(rate);
  const count = Math.floor(samples.length / frameSize);
  const frames = Array.from({ length: count }, (_, at) =>
    samples.slice(at * frameSize, (at + 1) * frameSize),
  );
  return { frames };
}

const COLUMNS = [
  { title: 'work', width: -8, cell: ({ work }) => work },
  { title: 'engine', width: -32, cell: ({ engine }) => engine },
  { title: 'us a frame', width: 10, cell: ({ ms }) => (1000 * ms).toFixed(1) },
  { title: 'spread', width: 7, cell: ({ spread }) => percent(spread) },
  { title: 'GFLOP/s', width: 8, cell: ({ gflops }) => gflops.toFixed(1) },
  { title: 'real time', width: 10, cell: ({ ms }) => times(FRAME_MS / ms) },
  { title: 'onnxruntime', width: 12, cell: ({ ratios }) => times(ratios?.onnxruntime?.ratio) },
];

const line = lineOf(COLUMNS);

function header({ machine, rounds, sampleMs }) {
  return [
    ...machineLines(machine),
    `A frame of ${FRAME_MS} ms through the detector on one thread; median of ${rounds} interleaved samples of about ${sampleMs} ms.`,
    "The ratio is ONNX Runtime's time by cellgate's, its WebAssembly build's where cellgate runs there.",
    '',
    line(({ title }) => title),
  ].join('\n');
}

/**
 * @param options of options.mjs
 * @returns the record
 */
export async function vad(options) {
  const { only, rounds, sampleMs, warmUpMs } = options;
  const candidates = await openEngines(vadEngines(), options.engines);
  const machine = describeMachine(candidates);
  const record = { date: new Date().toISOString(), machine, rounds, sampleMs, results: [] };
  try {
    console.log(header(record));
    for (const work of WORKS.filter(({ name }) => matches(name, only))) {
      const data = await makeData(work);
      const equality = { calls: data.frames.length, tolerance: TOLERANCE };
      const measured = await measure(work, data, candidates, { rounds, sampleMs, warmUpMs, equality });
      const { able, samples, largestDifference } = measured;
      const results = summarize(work, able, samples, { peers: PEERS });
      record.results.push(...results.map((result) => ({ ...result, largestDifference })));
      for (const result of results) console.log(line(({ cell }) => cell(result)));
      console.log(
        `         ${data.frames.length} frames differ by at most ${largestDifference.toExponential(1)}`,
      );
    }
  } finally {
    await closeEngines(candidates);
  }
  return record;
}
