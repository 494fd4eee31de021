/** The figures of a work's engines, and how many times as long the peers take as cellgate does. */

import { figures, ratio } from './statistics.mjs';

/**
 * @param {object} work `{ name, flops }`
 * @param candidates `{ engine, isOther, isThreaded }`, with `samples` of each
 * @param {Record<string, (own: object, other: object) => boolean>} peers by the name of the ratio: whether one is what the
 * other is compared with. Of several engines it is the fastest one
 * @param recorded results of an earlier run, of engines that this one lacks; compared by medians
 */
export function summarize(work, candidates, samples, { peers, recorded = [] }) {
  const own = candidates.map(({ engine, isOther, isThreaded }, index) => ({
    work: work.name,
    engine,
    ...(isOther && { isOther }),
    ...(isThreaded && { isThreaded }),
    ...figures(samples[index]),
  }));
  const all = [...own, ...recorded];
  return all.map((result, index) => {
    if (index >= own.length || result.isOther) return result;
    const gflops = work.flops / result.ms / 1e6;
    if (!isCellgate(result)) return { ...result, gflops };
    const ratios = {};
    for (const [name, isPeer] of Object.entries(peers)) {
      const [peer] = all
        .filter((other) => other !== result && isPeer(result, other))
        .sort((a, b) => a.ms - b.ms);
      if (!peer) continue;
      const theirs = samples[all.indexOf(peer)];
      const value = theirs ? ratio(samples[index], theirs) : peer.ms / result.ms;
      ratios[name] = { peer: peer.engine, ratio: value };
    }
    return { ...result, gflops, ratios };
  });
}

export const isCellgate = ({ engine }) => engine.startsWith('cellgate');
export const isNative = ({ engine }) => engine.startsWith('cellgate native');

/** Whether `own` is `other` on more threads. */
export const isOnMoreThreads = (own, other) => own.isThreaded && own.engine.startsWith(`${other.engine},`);
