/**
 * A stream whose input has fallen silent: its state decays into denormal numbers and would stay there, as a fraction of the
 * least one rounds to itself. Processors take many times as long for those unless they are flushed to zero. Timed beside a
 * stream with the same weights on a signal, for each of cellgate's backends.
 */

import { normal, randomSource, TORCH_GATES, uniform } from '../data.mjs';
import { ownEngines } from '../engines/index.mjs';
import { STEP_FRAMES } from '../inference/data.mjs';
import { figures, geometricMean, ratio } from '../statistics.mjs';
import { closeEngines, openEngines } from '../suite.mjs';
import { lineOf, percent, times } from '../table.mjs';
import { timeInterleaved } from '../timing.mjs';

const HIDDEN = 64;
/** What is left of the state after each step: its gate is sigmoid(2), or its weight is this itself. */
const KEPT = 0.88;
const KEEPING_BIAS = 2;
/** KEPT to this power is far below the least number above zero. */
const STEPS_TO_DECAY = 3000;
const GOAL = 1.2;

/** The gate whose bias keeps the state. */
const KEEPING_GATE = { lstm: 'f', gru: 'z' };

/** Recurrent weights so small that only the gate, or the diagonal, keeps anything. */
function parametersOf(cell) {
  const random = randomSource(1);
  const gates = TORCH_GATES[cell];
  const rows = gates.length * HIDDEN;
  const recurrent = uniform(random, rows * HIDDEN, 0.01 / HIDDEN);
  const bias = new Float32Array(rows);
  const kept = gates.indexOf(KEEPING_GATE[cell]);
  if (kept >= 0) bias.fill(KEEPING_BIAS, kept * HIDDEN, (kept + 1) * HIDDEN);
  else for (let unit = 0; unit < HIDDEN; unit++) recurrent[unit * HIDDEN + unit] = KEPT;
  return {
    weight_ih_l0: uniform(random, rows * HIDDEN, 1 / Math.sqrt(HIDDEN)),
    weight_hh_l0: recurrent,
    bias_ih_l0: bias,
    bias_hh_l0: new Float32Array(rows),
  };
}

function workOf(cell) {
  const sizes = { inputSize: HIDDEN, hiddenSize: HIDDEN, layers: 1, isBidirectional: false };
  return { name: cell, cell, calls: 'step', resetAfter: true, steps: 1, batch: 1, ...sizes };
}

const COLUMNS = [
  { title: 'stream', width: -18, cell: ({ cell }) => `${cell.toUpperCase()} B1 H${HIDDEN}` },
  { title: 'engine', width: -33, cell: ({ engine }) => engine },
  { title: 'signal, us', width: 11, cell: ({ signal }) => (1000 * signal.ms).toFixed(3) },
  { title: 'silence, us', width: 11, cell: ({ silence }) => (1000 * silence.ms).toFixed(3) },
  { title: 'spread', width: 7, cell: ({ silence }) => percent(silence.spread) },
  { title: 'what is left', width: 12, cell: ({ left }) => left.toExponential(0) },
  { title: 'ratio', width: 7, cell: ({ slowdown }) => times(slowdown) },
  { title: '', width: 8, cell: ({ slowdown }) => (slowdown <= GOAL ? 'reached' : 'missed') },
];

/** The first process on a signal beside the second in silence: samples of both, and the largest |h| that silence leaves. */
async function measurePair([loud, silent], work, { signal, silence }, options) {
  await loud.load(work, signal);
  await silent.load(work, silence);
  await loud.answer(STEPS_TO_DECAY);
  const { output } = await silent.answer(STEPS_TO_DECAY);
  const timed = [loud, silent].map((process) => ({ run: (count) => process.run(count) }));
  return { samples: await timeInterleaved(timed, options), left: Math.max(...output.map(Math.abs)) };
}

/**
 * @returns a result for each cell and engine: times of a step, the largest |h| that is left, and how many times as long silence
 * takes
 */
export async function denormals(options) {
  const line = lineOf(COLUMNS);
  const results = [];
  const pairs = [
    await openEngines(ownEngines(), options.engines),
    await openEngines(ownEngines(), options.engines),
  ];
  try {
    console.log(`A step after the input fell silent beside one on a signal; the goal is ${GOAL}x at most`);
    console.log(line(({ title }) => title));
    for (const cell of Object.keys(TORCH_GATES)) {
      const work = workOf(cell);
      const parameters = parametersOf(cell);
      const random = randomSource(2);
      const signal = Array.from({ length: STEP_FRAMES }, () => normal(random, HIDDEN));
      const silence = Array.from({ length: STEP_FRAMES }, () => new Float32Array(HIDDEN));
      for (const [index, { engine, process }] of pairs[0].entries()) {
        const pair = [process, pairs[1][index].process];
        const data = {
          signal: { parameters, inputs: signal, start: 1 },
          silence: { parameters, inputs: silence, start: 1 },
        };
        // Two processes differ in a few percent: each is the silent one once.
        const turns = [
          await measurePair(pair, work, data, options),
          await measurePair(pair.toReversed(), work, data, options),
        ];
        const [signalTimes, silenceTimes] = [0, 1].map((which) =>
          turns.flatMap(({ samples }) => samples[which]),
        );
        const result = {
          cell,
          engine,
          signal: figures(signalTimes),
          silence: figures(silenceTimes),
          left: turns[0].left,
          slowdown: geometricMean(turns.map(({ samples }) => ratio(...samples))),
        };
        results.push(result);
        console.log(line(({ cell: text }) => text(result)));
      }
    }
  } finally {
    await closeEngines(pairs.flat());
  }
  return results;
}
