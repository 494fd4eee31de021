/** The input of the cell: numbers of which some are marked. The network is to repeat the last marked one. */

import { INPUTS } from './kinds';

export interface Item {
  readonly number: number;
  readonly isMarked: boolean;
}

/** Three numbers to remember, among others to ignore. */
const PRESET = '-20_10_80m_-30_50_-60_20_90_-10_-70m_40_60_-40_10_-90_30_70_35m_-50_-80_60_-20_90_-30';

const MOST = 64;

/** `80m_-30`: hundredths, and an m behind a marked one. Undefined for anything else. */
function decode(text: string): Item[] | undefined {
  const items = text.split('_').map((part) => {
    const found = /^(-?\d{1,3})(m?)$/.exec(part);
    return found && { number: Math.max(-1, Math.min(1, Number(found[1]) / 100)), isMarked: found[2] === 'm' };
  });
  return items.length <= MOST && items.every((item) => item !== null) ? (items as Item[]) : undefined;
}

export function encode(items: readonly Item[]): string {
  return items.map(({ number, isMarked }) => `${Math.round(100 * number)}${isMarked ? 'm' : ''}`).join('_');
}

/** The sequence of the address, or the preset. */
export function itemsOf(text: string | null): Item[] {
  return (text === null ? undefined : decode(text)) ?? decode(PRESET) ?? [];
}

export function inputsOf(items: readonly Item[]): Float32Array {
  const values = new Float32Array(items.length * INPUTS);
  items.forEach(({ number, isMarked }, t) => {
    values.set([number, isMarked ? 1 : 0], t * INPUTS);
  });
  return values;
}

/** What the network should say at each step; 0 before the first mark. */
export function remembered(items: readonly Item[]): number[] {
  let last = 0;
  return items.map(({ number, isMarked }) => {
    if (isMarked) last = number;
    return last;
  });
}
