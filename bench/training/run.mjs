/**
 * Training: cellgate beside PyTorch, TensorFlow.js and brain.js, each in a process of its own, in one interleaved run. Where
 * Python has no PyTorch, its last recorded figures are shown.
 */

import { trainingEngines } from '../engines/index.mjs';
import { describeMachine } from '../machine.mjs';
import { EngineProcess } from '../process/engine-process.mjs';
import { isNative, isOnMoreThreads, summarize } from '../ratios.mjs';
import { recordedResults } from '../record.mjs';
import { closeEngines, matches, measure, openEngines } from '../suite.mjs';
import { makeData } from './data.mjs';
import { stepBytes } from './memory.mjs';
import { footer, header, rows } from './report.mjs';
import { LEARNING_RATE, works } from './works.mjs';

/** What cellgate's time is compared with. */
const PEERS = {
  'tensorflow.js': (_, { engine }) => engine.startsWith('tensorflow.js'),
  pytorch: (_, { engine }) => engine === 'pytorch',
  'one thread': isOnMoreThreads,
};

const COMPARED_STEPS = 3;
/** On losses of about 0.4 and on parameters: a hundredth of what Adam moves one by in those steps. */
const TOLERANCE = 0.01 * COMPARED_STEPS * LEARNING_RATE;

/** glibc gives back at once what is freed, so that nothing is taken from what was there before. */
const FRUGAL = { MALLOC_MMAP_THRESHOLD_: '16384', MALLOC_TRIM_THRESHOLD_: '0' };
/** The largest counts: V8 may give back some of its own meanwhile. */
const MEMORY_SAMPLES = 3;
/** Trained before memory is measured, so that JavaScript's own is there. */
const SMALL = { steps: 2, batch: 1, inputSize: 1, hiddenSize: 1 };

/** Bytes that a fresh process grows by when it trains. */
async function memorySample(work, { file, args, env }) {
  const engineProcess = new EngineProcess({ file, args, env: { ...env, ...FRUGAL } });
  try {
    await engineProcess.open();
    const small = { ...SMALL, cell: work.cell };
    await engineProcess.load(small, makeData(small));
    await engineProcess.answer(COMPARED_STEPS);
    await engineProcess.load(work, makeData(work));
    const before = await engineProcess.resident();
    await engineProcess.run(COMPARED_STEPS);
    return (await engineProcess.resident()) - before;
  } finally {
    await engineProcess.close();
  }
}

/** `{ bytes, formula }`: measured, and as it should be. */
async function measureMemory(work, { command, isa }) {
  const samples = [];
  while (samples.length < MEMORY_SAMPLES) samples.push(await memorySample(work, command));
  return { bytes: Math.max(...samples), formula: stepBytes(work, isa) };
}

/**
 * @param options of options.mjs
 * @returns the record
 */
export async function training(options) {
  const { quick, only, rounds, sampleMs, warmUpMs } = options;
  const chosen = works.filter(({ name, steps }) => matches(name, only) && !(quick && steps > 50));
  const candidates = await openEngines(trainingEngines(options.threads), options.engines);
  const machine = describeMachine(candidates);
  const record = { date: new Date().toISOString(), machine, rounds, sampleMs, results: [] };
  const hasPyTorch = candidates.some(({ engine }) => engine === 'pytorch');
  const recorded = hasPyTorch || options.engines ? [] : recordedResults('training', 'pytorch', machine.kind);
  const equality = { calls: COMPARED_STEPS, tolerance: TOLERANCE, sameBits: true };
  try {
    console.log(header(record, Object.keys(PEERS)));
    for (const work of chosen) {
      const measured = await measure(work, makeData(work), candidates, {
        rounds,
        sampleMs,
        warmUpMs,
        equality,
      });
      const { able, samples, largestDifference } = measured;
      const known = recorded.filter((result) => result.work === work.name);
      const results = summarize(work, able, samples, { peers: PEERS, recorded: known });
      for (const [index, candidate] of able.entries()) {
        const result = results[index];
        if (!result.isOther) result.largestDifference = largestDifference;
        const isMeasured = isNative(result) && !result.isThreaded;
        if (isMeasured) result.memory = await measureMemory(work, candidate);
      }
      record.results.push(...results);
      console.log(rows(results, Object.keys(PEERS)));
    }
    console.log(footer(record.results));
  } finally {
    await closeEngines(candidates);
  }
  return record;
}
