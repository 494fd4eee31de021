/** What weights look like: numbers for a table, and counts for a small histogram. */
import { binned } from '../plot/histogram.js';

export interface Statistics {
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
  readonly min: number;
  readonly max: number;
  /** Values that are not finite; the rest is of the others. */
  readonly broken: number;
  readonly histogram: { readonly edges: readonly number[]; readonly counts: readonly number[] };
}

const BINS = 12;

export function statisticsOf(values: ArrayLike<number> & Iterable<number>): Statistics {
  const finite = Float64Array.from(values).filter(Number.isFinite);
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length;
  const variance = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / finite.length;
  const { edges, counts } = binned(finite, BINS);
  return {
    count: values.length,
    mean,
    deviation: Math.sqrt(variance),
    min: finite.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    max: finite.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
    broken: values.length - finite.length,
    histogram: { edges, counts },
  };
}

const BLOCKS = ' ▁▂▃▄▅▆▇█';

/** Counts as a row of blocks; anything that is not nothing is seen. */
export function sparkline({ counts }: Statistics['histogram']): string {
  const most = Math.max(1, ...counts);
  return counts.map((count) => BLOCKS[Math.ceil((count / most) * 8)] as string).join('');
}
