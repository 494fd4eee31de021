/** Inference: cellgate beside the peers, each in a process of its own, in one interleaved run. */

import { againstEngines, inferenceEngines } from '../engines/index.mjs';
import { describeMachine } from '../machine.mjs';
import { isCellgate, isNative, isOnMoreThreads, summarize } from '../ratios.mjs';
import { roofline, sharesOf } from '../roofline.mjs';
import { closeEngines, matches, measure, measureAfresh, openEngines } from '../suite.mjs';
import { makeData, STEP_FRAMES } from './data.mjs';
import { header, rows } from './report.mjs';
import { quickWorks, works } from './works.mjs';

/** Absolute, on outputs of [-1, 1]. */
const TOLERANCE = 1e-5;

/** Of each engine and work, where two commits are compared. */
const LAUNCHES = 5;

const isOrt = (own, { engine }) => engine === `onnxruntime-${isNative(own) ? 'node' : 'web'}`;
const isTensorflow = (_, { engine }) => engine.startsWith('tensorflow.js');
const isPyTorch = (own, { engine }) => isNative(own) && engine === 'pytorch';
const isRust = (own, { engine }) => isNative(own) && (engine === 'rten' || engine === 'tract');

/** What cellgate's time is compared with. WebAssembly is not held against native code. */
const PEERS = {
  onnxruntime: isOrt,
  pytorch: isPyTorch,
  'tensorflow.js': isTensorflow,
  'brain.js': (_, { engine }) => engine === 'brain.js',
  'fastest peer': (own, other) =>
    [isOrt, isPyTorch, isTensorflow, isRust].some((isPeer) => isPeer(own, other)),
  'one thread': isOnMoreThreads,
};

const RUST_PEERS = {
  rten: (own, other) => isRust(own, other) && other.engine === 'rten',
  tract: (own, other) => isRust(own, other) && other.engine === 'tract',
};

/** On several threads cellgate on one is there for its own sake. */
function peersOn(threads, hasRust) {
  if (threads === 1) return hasRust ? { ...PEERS, ...RUST_PEERS } : PEERS;
  return Object.fromEntries(
    Object.entries(PEERS).map(([name, isPeer]) => [
      name,
      (own, other) => own.isThreaded && isPeer(own, other),
    ]),
  );
}

const againstPeers = (name) => ({
  [`@${name}`]: (own, other) =>
    !own.engine.includes(' @') && other.engine.replace(` @${name}`, '') === own.engine,
});

/**
 * @param options of options.mjs
 * @param against `{ name, root }` of another tree: engines are cellgate of both
 * @returns the record
 */
export async function inference(options, against) {
  const { quick, only, threads, rounds, sampleMs, warmUpMs, rust: hasRust } = options;
  const chosen = (quick ? quickWorks : works).filter(({ name, group }) => matches(`${group} ${name}`, only));
  const engines = against ? againstEngines({ ...against, threads }) : inferenceEngines(threads, { hasRust });
  const peers = against ? againstPeers(against.name) : peersOn(threads, hasRust);
  const rooflines = roofline();
  const candidates = await openEngines(engines, options.engines);
  const machine = describeMachine(candidates);
  const record = {
    date: new Date().toISOString(),
    machine,
    threads,
    rounds,
    sampleMs,
    roofline: rooflines,
    results: [],
  };
  try {
    console.log(header(record, Object.keys(peers)));
    for (const work of chosen) {
      const equality = { calls: work.calls === 'step' ? STEP_FRAMES : 1, tolerance: TOLERANCE };
      const settings = { rounds, sampleMs, warmUpMs, equality };
      const data = makeData(work);
      const measured = against
        ? await measureAfresh(work, data, engines, {
            ...settings,
            launches: LAUNCHES,
            pattern: options.engines,
          })
        : await measure(work, data, candidates, settings);
      const { able, samples, largestDifference } = measured;
      const results = summarize(work, able, samples, { peers }).map((result, index) => ({
        ...result,
        group: work.group,
        stepUs: (1000 * result.ms) / work.steps,
        ...(isCellgate(result) && sharesOf(rooflines, able[index], work, result.ms)),
        ...(!result.isOther && { largestDifference }),
      }));
      record.results.push(...results);
      console.log(rows(results, Object.keys(peers), { all: options.all }));
    }
  } finally {
    await closeEngines(candidates);
  }
  return record;
}
