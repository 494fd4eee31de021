/** Learning rates over the course of training. */

import {
  amount,
  between,
  choice,
  flag,
  natural,
  oneOf,
  optional,
  positive,
  type Reader,
  rate,
  size,
  type Values,
} from '../options.js';

/**
 * How the learning rate changes, from the optimiser's `lr` on. Formulas and defaults are PyTorch's.
 *
 * - `'constant'`: not at all
 * - `step` (StepLR): times `gamma` (0.1) after every `every` epochs
 * - `cosine` (CosineAnnealingLR): down to `min` (0) on half a cosine over `steps` updates or `epochs` epochs, all if left out
 * - `warmup` (LinearLR, SequentialLR): from `start` (1/3) times lr in a straight line over `steps` updates, then as `next` says
 * - `oneCycle` (OneCycleLR): up to `max` (the optimiser's lr) for `pctStart` (0.3) of all updates from `max / divFactor` (25),
 *   then down to that by `finalDivFactor` (1e4), on cosines or straight lines (`annealStrategy`), back to the beginning in
 *   between if `threePhase`; the momentum stays
 * - `plateau` (ReduceLROnPlateau): times `factor` (0.1) when the loss of validation (of training, where there is none) has
 *   not become lower by `threshold` (1e-4, `'rel'`ative or `'abs'`olute) for more than `patience` (10) epochs; rests for
 *   `cooldown` (0) epochs after that, never goes below `minLr` (0) nor changes by less than `eps` (1e-8)
 */
export type Schedule =
  | 'constant'
  | 'cosine'
  | 'oneCycle'
  | 'plateau'
  | { kind: 'constant' }
  | { kind: 'step'; every: number; gamma?: number | undefined }
  | {
      kind: 'cosine';
      steps?: number | undefined;
      epochs?: number | undefined;
      min?: number | undefined;
    }
  | { kind: 'warmup'; steps: number; start?: number | undefined; next?: Schedule | undefined }
  | {
      kind: 'oneCycle';
      max?: number | undefined;
      steps?: number | undefined;
      pctStart?: number | undefined;
      divFactor?: number | undefined;
      finalDivFactor?: number | undefined;
      annealStrategy?: 'cos' | 'linear' | undefined;
      threePhase?: boolean | undefined;
    }
  | {
      kind: 'plateau';
      factor?: number | undefined;
      patience?: number | undefined;
      threshold?: number | undefined;
      thresholdMode?: 'rel' | 'abs' | undefined;
      cooldown?: number | undefined;
      minLr?: number | undefined;
      eps?: number | undefined;
    };

/** Rates of one training. */
export interface Rates {
  /** Of an update, counted from 0, in an epoch, counted from 0. */
  at(update: number, epoch: number): number;
  /** Takes the loss of an epoch that has ended. */
  report(loss: number): void;
  /** What does not follow from the numbers of update and epoch. */
  save(): number[];
  restore(saved: readonly number[]): void;
}

/** What a schedule has to know of the training. */
export interface Course {
  lr: number;
  /** Of the whole training. */
  updates: number;
  updatesPerEpoch: number;
}

/** Makes the rates of a training. */
export type RatesMaker = (course: Course) => Rates;

const kinds = {
  constant: {},
  step: { every: size(), gamma: amount(0.1) },
  cosine: { steps: optional(size()), epochs: optional(size()), min: amount(0) },
  warmup: {
    steps: size(),
    start: amount(1 / 3),
    next: ((where, name, value) => scheduleReader(where, name, value)) as Reader<RatesMaker>,
  },
  oneCycle: {
    max: optional(rate()),
    steps: optional(size()),
    pctStart: between(0, 1, 0.3),
    divFactor: positive(25),
    finalDivFactor: positive(1e4),
    annealStrategy: oneOf(['cos', 'linear'], 'cos'),
    threePhase: flag(false),
  },
  plateau: {
    factor: between(0, 1, 0.1),
    patience: natural(10),
    threshold: amount(1e-4),
    thresholdMode: oneOf(['rel', 'abs'], 'rel'),
    cooldown: natural(0),
    minLr: amount(0),
    eps: amount(1e-8),
  },
};

const read = choice(kinds, 'constant');

type Options = { [K in keyof typeof kinds]: Values<(typeof kinds)[K]> };

/** On half a cosine from `from` to `to`, as `part` goes from 0 to 1. */
function cosine(from: number, to: number, part: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * part))) / 2;
}

function straight(from: number, to: number, part: number): number {
  return from + (to - from) * part;
}

function oneCycle(options: Options['oneCycle'], { lr, updates }: Course): Rates {
  const {
    max = lr,
    steps = updates,
    pctStart,
    divFactor,
    finalDivFactor,
    annealStrategy,
    threePhase,
  } = options;
  const first = max / divFactor;
  const up = pctStart * steps - 1;
  const phases = [
    { end: up, rate: max },
    ...(threePhase ? [{ end: 2 * pctStart * steps - 2, rate: first }] : []),
    { end: steps - 1, rate: first / finalDivFactor },
  ];
  const anneal = annealStrategy === 'cos' ? cosine : straight;
  const at = (update: number): number => {
    let from = { end: 0, rate: first };
    for (const phase of phases) {
      const length = phase.end - from.end;
      if (update <= phase.end && length > 0)
        return anneal(from.rate, phase.rate, (update - from.end) / length);
      from = phase;
    }
    return from.rate;
  };
  return { ...PLAIN, at };
}

function warmup({ steps, start, next }: Options['warmup'], course: Course): Rates {
  const { lr, updates } = course;
  const rest = next({ ...course, updates: Math.max(1, updates - steps) });
  const at = (update: number, epoch: number): number =>
    update < steps ? lr * straight(start, 1, update / steps) : rest.at(update - steps, epoch);
  return { ...rest, at };
}

function plateau(options: Options['plateau'], { lr }: Course): Rates {
  const { factor, patience, threshold, thresholdMode, cooldown, minLr, eps } = options;
  let [rate, best, badEpochs, rest] = [lr, Number.MAX_VALUE, 0, 0];
  const report = (loss: number): void => {
    const isBetter = loss < (thresholdMode === 'rel' ? best * (1 - threshold) : best - threshold);
    if (isBetter) best = loss;
    const isResting = rest > 0;
    if (isResting) rest--;
    badEpochs = isBetter || isResting ? 0 : badEpochs + 1;
    if (badEpochs <= patience) return;
    const lower = Math.max(rate * factor, minLr);
    if (rate - lower > eps) rate = lower;
    rest = cooldown;
    badEpochs = 0;
  };
  return {
    at: () => rate,
    report,
    save: () => [rate, best, badEpochs, rest],
    restore(saved) {
      [rate = lr, best = Number.MAX_VALUE, badEpochs = 0, rest = 0] = saved;
    },
  };
}

/** Of rates that follow from the update and the epoch alone. */
const PLAIN = { report: () => undefined, save: () => [], restore: () => undefined };

function make(options: ReturnType<typeof read>, course: Course): Rates {
  const { lr, updates, updatesPerEpoch } = course;
  switch (options.kind) {
    case 'constant':
      return { ...PLAIN, at: () => lr };
    case 'step':
      return { ...PLAIN, at: (_, epoch) => lr * options.gamma ** Math.floor(epoch / options.every) };
    case 'cosine': {
      const steps = options.steps ?? (options.epochs ? options.epochs * updatesPerEpoch : updates);
      return { ...PLAIN, at: (update) => cosine(lr, options.min, Math.min(update / steps, 1)) };
    }
    case 'warmup':
      return warmup(options, course);
    case 'oneCycle':
      return oneCycle(options, course);
    case 'plateau':
      return plateau(options, course);
  }
}

/** A {@link Schedule}. */
export const scheduleReader: Reader<RatesMaker> = (where, name, value) => {
  const options = read(where, name, value);
  return (course) => make(options, course);
};
