/** Courses of units, and orders to show them in. */

import { correlation, mean, spread } from '../network/statistics';
import { FEATURES, type Feature } from './reading';

export const SORTS = ['index', 'mean', 'spread', 'here', 'alike', ...FEATURES] as const;
export type Sort = (typeof SORTS)[number];

/** Numbers of units, in order. `chosen` is what `alike` compares with, `t` where `here` is. */
export function sorted(
  courses: readonly Float32Array[],
  sort: Sort,
  { chosen, t, features }: { chosen: number; t: number; features: ReadonlyMap<Feature, Float32Array> },
): number[] {
  const units = courses.map((_, unit) => unit);
  const score = scoreOf(sort, courses[chosen] ?? new Float32Array(), t, features);
  if (!score) return units;
  const scores = courses.map(score);
  return units.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
}

function scoreOf(
  sort: Sort,
  chosen: Float32Array,
  t: number,
  features: ReadonlyMap<Feature, Float32Array>,
): ((course: Float32Array) => number) | undefined {
  switch (sort) {
    case 'index':
      return undefined;
    case 'mean':
      return mean;
    case 'spread':
      return spread;
    case 'here':
      return (course) => course[t] ?? 0;
    case 'alike':
      return (course) => correlation(course, chosen);
    default: {
      const feature = features.get(sort);
      return feature && ((course) => Math.abs(correlation(course, feature)));
    }
  }
}

export interface Finding {
  readonly unit: number;
  readonly correlation: number;
}

/** The units that go most with a feature, or against it. */
export function respondingUnits(
  courses: readonly Float32Array[],
  feature: Float32Array,
  count: number,
): Finding[] {
  return courses
    .map((course, unit) => ({ unit, correlation: correlation(course, feature) }))
    .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))
    .slice(0, count);
}

/** A scale that a tenth of a percent of the values may exceed, at least 1: a single outlier would make all others pale. */
export function scaleOf(courses: readonly Float32Array[]): number {
  const sizes = Float32Array.from(courses.flatMap((course) => Array.from(course, Math.abs))).sort();
  return Math.max(1, sizes[Math.floor(0.999 * (sizes.length - 1))] ?? 1);
}
