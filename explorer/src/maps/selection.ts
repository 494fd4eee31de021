/** What of a reading is shown: from the address, within what the reading has. */

import { useMemo } from 'preact/hooks';
import { type Quantity, quantitiesOf } from '../network/quantities';
import { coursesOf, type Traced, widthOf } from '../network/trace';
import { choiceOf, route, wholeOf } from '../state/route';
import { isFeature, type Reading } from './reading';
import { SORTS, type Sort, sorted } from './units';

/** How many units to show; 0 for all. */
export const COUNTS = [8, 16, 32, 0] as const;
type Count = (typeof COUNTS)[number];

export interface Selection {
  readonly quantity: Quantity;
  readonly sort: Sort;
  readonly count: Count;
  /** The only ones to show, in this order; empty for as many as `count` says. */
  readonly only: readonly number[];
  readonly unit: number;
  readonly t: number;
}

/** What a view begins with; its first unit follows from the order. */
export type Preset = Omit<Selection, 'unit' | 'only'>;

/** What the address says, or else these. */
export function useSelection(reading: Reading, preset: Preset): Selection {
  const { traced, layer, features } = reading;
  const first = useMemo(() => {
    const order = { chosen: 0, t: preset.t, features };
    return sorted(coursesOf(traced, preset.quantity), preset.sort, order)[0] ?? 0;
  }, [traced, features, preset]);
  const quantity = choiceOf('q', quantitiesOf(layer), preset.quantity);
  const sort = choiceOf('sort', SORTS, preset.sort);
  const isKnown = !isFeature(sort) || features.has(sort);
  return {
    quantity,
    sort: isKnown ? sort : preset.sort,
    count: countOf(preset.count, traced.units),
    only: unitsIn(route.value.params.get('units') ?? '', lastUnit(traced, quantity)),
    unit: wholeOf('unit', 0, lastUnit(traced, quantity), first),
    t: wholeOf('t', 0, Math.max(0, traced.time - 1), preset.t),
  };
}

function countOf(preset: Count, units: number): Count {
  const asked = route.value.params.get('show');
  const count = COUNTS.find((value) => String(value) === asked) ?? preset;
  return count < units ? count : 0;
}

/** `3, 17, 40-44` as numbers up to the last one, each once. */
export function unitsIn(text: string, last: number): number[] {
  const units = text.split(/[\s,;，、]+/).flatMap((part) => {
    const [, from = '', to = from] = /^(\d+)(?:[-–](\d+))?$/.exec(part) ?? [];
    const [low, high] = [Number(from), Math.min(Number(to), last)];
    return from === '' || low > high ? [] : Array.from({ length: high - low + 1 }, (_, index) => low + index);
  });
  return [...new Set(units)];
}

function lastUnit(traced: Traced, quantity: Quantity): number {
  return Math.max(0, widthOf(traced, quantity) - 1);
}
