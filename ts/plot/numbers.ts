/** Numbers as texts, for axes, legends and descriptions. */
import { format, formatPrefix, precisionFixed, precisionPrefix, precisionRound } from 'd3-format';

/** Largest numbers that are written in full, and smallest. */
const MOST = 1e5;
const LEAST = 1e-3;

/** A number alone: three digits that matter. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size >= MOST) return format('.3~s')(value);
  return format(size > 0 && size < LEAST ? '.2~e' : ',.3~r')(value);
}

/** Texts for marks `step` apart up to the magnitude `most`: as many digits as tell them apart. */
export function marker(step: number, most: number): (value: number) => string {
  if (most >= MOST) return formatPrefix(`,.${precisionPrefix(step, most)}~`, most);
  if (most < LEAST) return format(`.${Math.max(0, precisionRound(step, most) - 1)}~e`);
  return format(`,.${precisionFixed(step)}f`);
}

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A power of ten: in full near 1, as 10⁻⁵ elsewhere. */
export function powerOfTen(power: number): string {
  if (Math.abs(power) <= 3) return format(',~g')(10 ** power);
  const digits = Array.from(String(Math.abs(power)), (digit) => RAISED[Number(digit)]);
  return `10${power < 0 ? '⁻' : ''}${digits.join('')}`;
}
