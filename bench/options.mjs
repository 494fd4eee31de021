/** The command line. */

import { parseArgs } from 'node:util';

export const USAGE = `npm run bench -- [SUITE] [options]
  inference | denormals | footprint | training | vad   one suite; left out, the first three
  --quick          a selection, in less than two minutes
  --only PATTERN   only works whose group and name have it, such as "GRU", "batch" or "T1?00 B1 .*H128"
  --engines TEXT   only engines whose name has it, such as "native" or "onnxruntime"
  --rust           rten and tract beside the others, on one thread; compiled with cargo at the first time
  --threads N      threads of every engine that can have some (1); of training, of cellgate beside one thread (2)
  --against REF    cellgate of this tree beside that of a commit, which is built in a worktree under target/
  --all            lines for the peers, too
  --rounds N       samples of each engine (15; quick 7)
  --sample MS      least time of a sample (20; quick 10)
  --json FILE      writes the record there as well
  --charts FILE    draws the charts of a record, and measures nothing
  --markdown FILE  prints the tables of bench/README.md of a record, and measures nothing
  --node PATH      the Node to run under; left out, this one, or an installed newer one where this lacks relaxed SIMD`;

const SUITES = ['inference', 'denormals', 'footprint', 'training', 'vad'];

const FULL = { rounds: 15, sampleMs: 20, warmUpMs: 300 };
const QUICK = { rounds: 7, sampleMs: 10, warmUpMs: 100 };

function positive(name, text, preset) {
  if (text === undefined) return preset;
  const value = Number(text);
  if (value > 0 && (name === 'sample' || Number.isInteger(value))) return value;
  throw new Error(`--${name} must be a number above 0, got ${text}\n\n${USAGE}`);
}

/** @throws Error with the usage for what is not known */
export function readOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      engines: { type: 'string', default: '' },
      rust: { type: 'boolean', default: false },
      threads: { type: 'string' },
      against: { type: 'string' },
      all: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      sample: { type: 'string' },
      json: { type: 'string' },
      charts: { type: 'string' },
      markdown: { type: 'string' },
      node: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.find((name) => !SUITES.includes(name));
  if (unknown || positionals.length > 1) throw new Error(`unknown: ${positionals.join(' ')}\n\n${USAGE}`);
  const preset = values.quick ? QUICK : FULL;
  const [suite] = positionals;
  return {
    ...values,
    suite,
    threads: positive('threads', values.threads, suite === 'training' ? 2 : 1),
    rounds: positive('rounds', values.rounds, preset.rounds),
    sampleMs: positive('sample', values.sample, preset.sampleMs),
    warmUpMs: preset.warmUpMs,
  };
}
