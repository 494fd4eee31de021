/** The goals, and whether a record reaches them. A goal that a run did not measure is said to be open. */

import { isNative } from '../ratios.mjs';
import { geometricMean } from '../statistics.mjs';
import { lineOf } from '../table.mjs';
import { works } from './works.mjs';

const byName = new Map(works.map((work) => [work.name, work]));

const isPlain = ({ group }) => group === 'step' || group === 'sequence' || group === 'batch';
const isWide = ({ hiddenSize }, least, most) => hiddenSize >= least && hiddenSize <= most;
const isStep = (least, most) => (work) =>
  work.calls === 'step' && isPlain(work) && work.batch === 1 && isWide(work, least, most);
const isSequence = (least, most) => (work) =>
  work.calls === 'sequence' &&
  isPlain(work) &&
  work.steps === 100 &&
  work.batch === 1 &&
  isWide(work, least, most);
const isBatch = (least, most) => (work) =>
  work.calls === 'sequence' &&
  isPlain(work) &&
  work.steps === 100 &&
  [16, 64].includes(work.batch) &&
  isWide(work, least, most);
const isAny = () => true;

const native = (result) => isNative(result) && !result.isThreaded;
const threaded = (result) => isNative(result) && Boolean(result.isThreaded);
const simd128 = ({ engine }) => engine === 'cellgate wasm simd128';
const relaxed = ({ engine }) => engine === 'cellgate wasm relaxed';
const wasm = (result) => simd128(result) || relaxed(result);
const single = (result) => native(result) || wasm(result);

const ratioTo =
  (name) =>
  ({ ratios }) =>
    ratios?.[name]?.ratio;
const fastest = ratioTo('fastest peer');

/** `{ goal, works, engines, value, least }`: what is to be at least how much, in every one of the works. */
const EACH = [
  {
    goal: 'step, H to 64, native',
    works: isStep(1, 64),
    engines: native,
    value: ratioTo('onnxruntime'),
    least: 15,
  },
  {
    goal: 'step, H to 64, wasm',
    works: isStep(1, 64),
    engines: wasm,
    value: ratioTo('onnxruntime'),
    least: 10,
  },
  { goal: 'step, H 128 to 512, native', works: isStep(128, 512), engines: native, value: fastest, least: 2 },
  { goal: 'step, H 128 to 512, wasm', works: isStep(128, 512), engines: wasm, value: fastest, least: 2 },
  { goal: 'T100 B1, H to 64, native', works: isSequence(1, 64), engines: native, value: fastest, least: 1.5 },
  {
    goal: 'T100 B1, H to 512, native',
    works: isSequence(1, 512),
    engines: native,
    value: fastest,
    least: 1.1,
  },
  { goal: 'T100 B1, H to 64, wasm', works: isSequence(1, 64), engines: wasm, value: fastest, least: 2 },
  {
    goal: 'T100 B1, H 128, simd128',
    works: isSequence(128, 128),
    engines: simd128,
    value: fastest,
    least: 1.5,
  },
  {
    goal: 'T100 B1, H 128, relaxed',
    works: isSequence(128, 128),
    engines: relaxed,
    value: fastest,
    least: 1.8,
  },
  {
    goal: 'T100 B1, H 256 to 512, wasm',
    works: isSequence(256, 512),
    engines: wasm,
    value: fastest,
    least: 1.3,
  },
  { goal: 'T100 B16 and B64, native', works: isBatch(64, 512), engines: native, value: fastest, least: 1.1 },
  {
    goal: 'T100 B16 and B64, simd128',
    works: isBatch(64, 512),
    engines: simd128,
    value: fastest,
    least: 1.7,
  },
  {
    goal: 'T100 B16 and B64, relaxed',
    works: isBatch(64, 512),
    engines: relaxed,
    value: fastest,
    least: 2.2,
  },
  {
    goal: 'T100 B16 and B64, H from 128, native: share of the peak',
    works: isBatch(128, 512),
    engines: native,
    value: ({ peakShare }) => peakShare,
    least: 0.9,
  },
  {
    goal: '2 threads by one, from B16',
    works: ({ batch }) => batch >= 16,
    engines: threaded,
    value: ratioTo('one thread'),
    least: 1.7,
  },
  { goal: '2 threads by one', works: isAny, engines: threaded, value: ratioTo('one thread'), least: 1 },
  { goal: 'TensorFlow.js', works: isAny, engines: single, value: ratioTo('tensorflow.js'), least: 20 },
  { goal: 'brain.js', works: isAny, engines: single, value: ratioTo('brain.js'), least: 20 },
];

/** The same, of the geometric mean over the works. */
const MEANS = [
  { goal: 'geometric mean, native', works: isAny, engines: native, value: fastest, least: 1.5 },
  { goal: 'geometric mean, simd128', works: isAny, engines: simd128, value: fastest, least: 2.5 },
  { goal: 'geometric mean, relaxed', works: isAny, engines: relaxed, value: fastest, least: 2.5 },
];

/** Measurement's own uncertainty where the goal is not to be slower. */
const NOISE = 0.03;

function measuredOf({ works: isMeant, engines, value }, results) {
  return results
    .filter((result) => byName.has(result.work) && isMeant(byName.get(result.work)) && engines(result))
    .map((result) => ({ ...result, value: value(result) }))
    .filter((result) => result.value !== undefined);
}

/** @returns `{ goal, least, value, isReached, work, engine }`; without a value where nothing was measured */
export function judge(results) {
  const each = EACH.map((aim) => {
    const [worst] = measuredOf(aim, results).sort((a, b) => a.value - b.value);
    const bound = aim.least === 1 ? 1 - NOISE : aim.least;
    const found = worst && { value: worst.value, isReached: worst.value >= bound };
    return { goal: aim.goal, least: aim.least, ...found, work: worst?.work, engine: worst?.engine };
  });
  const meant = MEANS.map((aim) => {
    const values = measuredOf(aim, results).map(({ value }) => value);
    const value = values.length > 0 ? geometricMean(values) : undefined;
    return { goal: aim.goal, least: aim.least, ...(value && { value, isReached: value >= aim.least }) };
  });
  return [...each, ...meant];
}

const COLUMNS = [
  { title: 'goal', width: -56, cell: ({ goal }) => goal },
  { title: 'at least', width: 8, cell: ({ least }) => String(least) },
  { title: 'got', width: 8, cell: ({ value }) => value?.toFixed(2) ?? '' },
  {
    title: '',
    width: -8,
    cell: ({ value, isReached }) => (value === undefined ? 'open' : isReached ? 'reached' : 'missed'),
  },
  { title: 'where it is least', width: -60, cell: ({ work, engine }) => (work ? `${work}, ${engine}` : '') },
];

export function goalsTable(results) {
  const line = lineOf(COLUMNS);
  const judged = judge(results).map((aim) => line(({ cell }) => cell(aim)));
  return [line(({ title }) => title), ...judged].join('\n');
}
