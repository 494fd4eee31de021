import { availableParallelism, cpus } from 'node:os';
import { CellgateError } from '../../errors.js';
import { GRU } from '../../gru.js';
import { backend, type InitOptions, init } from '../../init.js';
import { LSTM } from '../../lstm.js';
import { wrap } from '../../tensor.js';
import { textTable } from '../../text-table.js';
import { command, numberOf } from '../command.js';
import { note, Progress, print, printJson } from '../terminal.js';

/** Of each shape one step of a stream, a sequence and a batch are timed. */
const SHAPES = [
  { cell: 'LSTM', size: 32 },
  { cell: 'LSTM', size: 128 },
  { cell: 'GRU', size: 128 },
  { cell: 'LSTM', size: 512 },
] as const;
const STEPS = 100;
const BATCH = 16;

const BACKENDS: readonly InitOptions[] = [
  { backend: 'native' },
  { backend: 'wasm', isa: 'simd128' },
  { backend: 'wasm', isa: 'relaxed' },
];

interface Timing {
  readonly backend: string;
  readonly shape: string;
  /** Microseconds, medians. */
  readonly step: number;
  readonly sequence: number;
  readonly batch: number;
}

const ROUNDS = 9;

/** Median microseconds of one call: rounds of as many calls as fill their share of the time. */
function medianUs(call: () => void, seconds: number): number {
  const roundMs = (1000 * seconds) / (ROUNDS + 1);
  const run = (count: number): number => {
    const start = performance.now();
    for (let index = 0; index < count; index++) call();
    return performance.now() - start;
  };
  // The first round warms up, and tells how many calls a round takes.
  let [count, ms] = [1, run(1)];
  while (ms < roundMs) {
    count *= 2;
    ms = run(count);
  }
  const calls = Math.max(1, Math.round((count * roundMs) / ms));
  const rounds = Array.from({ length: ROUNDS }, () => (1000 * run(calls)) / calls).sort((a, b) => a - b);
  return rounds[ROUNDS >> 1] as number;
}

function timingOf({ cell, size }: (typeof SHAPES)[number], name: string, seconds: number): Timing {
  const options = { inputSize: size, hiddenSize: size, seed: 1 };
  const layer = cell === 'LSTM' ? new LSTM(options) : new GRU(options);
  const stream = layer.stream();
  const values = Float32Array.from({ length: BATCH * STEPS * size }, (_, index) => Math.sin(index));
  const frame = values.slice(0, size);
  const one = wrap(values.slice(0, STEPS * size), [1, STEPS, size] as [number, number, number]);
  const many = wrap(values, [BATCH, STEPS, size] as [number, number, number]);
  const forward = layer as { forward(x: typeof one): unknown };
  const timing = {
    backend: name,
    shape: `${cell} ${size}`,
    step: medianUs(() => stream.step(frame), seconds),
    sequence: medianUs(() => forward.forward(one), seconds),
    batch: medianUs(() => forward.forward(many), seconds),
  };
  for (const owner of [stream, layer]) owner.dispose();
  return timing;
}

const us = (value: number): string => (value < 100 ? value.toFixed(2) : value.toFixed(0));

export const bench = command({
  name: 'bench',
  summary: 'time the backends of this machine',
  positionals: [],
  options: {
    seconds: { value: 'S', about: 'time for each figure; 0.2 if left out' },
    threads: { value: 'N', about: 'threads of the native backend; 1 if left out' },
    json: { about: 'print the figures as JSON' },
  },
  details:
    `Medians in microseconds: of one step of a stream, of a sequence of ${STEPS} steps, and of ${BATCH} such sequences. Inputs\n` +
    'are as many as units. What else runs on the machine makes them worse; nothing makes them better.',
  examples: ['cellgate bench', 'cellgate bench --seconds 1 --json > bench.json'],
  async run(_positionals, options) {
    const seconds = numberOf('seconds', options.seconds, 0.2, { min: 0.001, max: 60, isWhole: false });
    const threads = numberOf('threads', options.threads, 1, { min: 1, max: 1024 });
    const progress = new Progress();
    const timings: Timing[] = [];
    for (const choice of BACKENDS) {
      try {
        await init({ ...choice, threads });
      } catch (error) {
        if (!(error instanceof CellgateError)) throw error;
        await note(`${choice.isa ?? choice.backend}: ${error.got}`);
        continue;
      }
      const { kind, isa } = backend();
      for (const shape of SHAPES) {
        progress.show(`${kind} ${isa}: ${shape.cell} ${shape.size}`);
        timings.push(timingOf(shape, `${kind} ${isa}`, seconds));
      }
    }
    progress.end();
    const machine = {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      node: process.version,
      threads,
    };
    if (options.json) return printJson({ machine, steps: STEPS, batch: BATCH, microseconds: timings });
    const lines = timings.map(({ backend: name, shape, step, sequence, batch }) => [
      name,
      shape,
      us(step),
      us(sequence),
      us(batch),
    ]);
    const head = ['backend', 'layer', 'step', `${STEPS} steps`, `${BATCH} sequences`];
    const { cpu, cores, node } = machine;
    await print(
      `${cpu}, ${cores} cores, Node ${node}, ${threads} ${threads === 1 ? 'thread' : 'threads'} natively; microseconds\n`,
    );
    await print(textTable([head, ...lines], ['left', 'left', 'right', 'right', 'right']));
  },
});
