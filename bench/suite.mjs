/** What every suite does: engines are opened, loaded with a work, compared, timed in turn and closed. */

import { cpus } from 'node:os';
import { checkEqual } from './equality.mjs';
import { EngineProcess } from './process/engine-process.mjs';
import { timeInterleaved } from './timing.mjs';

/** Whether a name is what `--only` or `--engines` asks for: a part of it, or a regular expression, in any case. */
export function matches(name, pattern) {
  return name.toLowerCase().includes(pattern.toLowerCase()) || new RegExp(pattern, 'i').test(name);
}

/**
 * Starts engines of engines/index.mjs.
 * @returns candidates: `{ engine, version, isa, isOther, isThreaded, command, process, prepare }`, `engine` being the full name
 */
export async function openEngines(engines, pattern = '') {
  const candidates = [];
  for (const { name, command, threads = 1, mayLack, suffix = '', prepare } of engines) {
    if (!matches(name, pattern) || threads > cpus().length) continue;
    const process = new EngineProcess(command);
    try {
      const about = await process.open();
      const isThreaded = threads > 1;
      const engine = `${about.name}${suffix}${isThreaded ? `, ${threads} threads` : ''}`;
      candidates.push({ ...about, engine, isThreaded, command, process, prepare });
    } catch (error) {
      await process.close();
      if (!mayLack) throw error;
      console.error(`${name} is not run: ${error.message.split('\n').at(-1)}`);
    }
  }
  return candidates;
}

export async function closeEngines(candidates) {
  for (const { process } of candidates) await process.close();
}

/**
 * @param equality options of `checkEqual`; left out, answers are not compared
 * @returns the candidates that have the work, their samples, and the largest difference of their answers
 */
export async function measure(work, data, candidates, { equality, ...options }) {
  const able = [];
  for (const candidate of candidates) {
    const loaded = await candidate.process.load(work, candidate.prepare?.(work, data) ?? data);
    if (loaded) able.push({ ...candidate, ...loaded });
  }
  const largestDifference = equality && (await checkEqual(work, able, equality));
  const timed = able.map(({ process }) => ({ run: (count) => process.run(count) }));
  const samples = (await timeInterleaved(timed, options)).map((own, index) =>
    own.map((ms) => ms && ms * able[index].callsPerCall),
  );
  return { able, samples, largestDifference };
}

/**
 * The same with processes that are started anew some times: two of one program can differ by a tenth for as long as they live.
 * The rounds are shared among them.
 */
export async function measureAfresh(work, data, engines, { launches, pattern, rounds, ...options }) {
  const parts = [];
  while (parts.length < launches) {
    const candidates = await openEngines(engines, pattern);
    try {
      const own = { ...options, rounds: Math.ceil(rounds / launches) };
      parts.push(await measure(work, data, candidates, own));
    } finally {
      await closeEngines(candidates);
    }
  }
  const [{ able, largestDifference }] = parts;
  const samples = able.map((_, index) => parts.flatMap((part) => part.samples[index]));
  return { able, samples, largestDifference };
}
