/** A file of comma-separated values, whatever its separator, as columns of numbers. */

import { dsvFormat } from 'd3-dsv';

export interface Column {
  readonly name: string;
  /** NaN where there is no number. */
  readonly values: Float64Array;
}

/** Why a file cannot be used; the page has the words. */
export type CsvFault = 'tooLarge' | 'notText' | 'empty' | 'noNumbers';

export class CsvError extends Error {
  readonly fault: CsvFault;

  constructor(fault: CsvFault) {
    super(fault);
    this.fault = fault;
  }
}

export const MOST_BYTES = 20_000_000;
const MOST_ROWS = 100_000;
const MOST_COLUMNS = 200;
/** A series shorter than this teaches nothing. */
export const LEAST_VALUES = 40;

const SEPARATORS = [',', ';', '\t', '|'];
const SAMPLE_LINES = 20;

/** The separator that splits the first lines most often and most evenly; a comma where none does. */
function separatorOf(text: string): string {
  const lines = text.split(/\r?\n/, SAMPLE_LINES).filter((line) => line.trim() !== '');
  const least = (separator: string) => Math.min(...lines.map((line) => line.split(separator).length));
  const counts = SEPARATORS.map(least);
  const most = Math.max(...counts);
  return (most > 1 && SEPARATORS[counts.indexOf(most)]) || ',';
}

/** The number of a cell; NaN for anything else. Decimal commas are read where commas do not separate. */
function numberOf(cell: string, separator: string): number {
  const text = separator === ',' ? cell.trim() : cell.trim().replace(',', '.');
  return /^[-+−]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text.replace('−', '-')) : Number.NaN;
}

/** Whether the first line names the columns: nothing in it is a number. */
function hasHeader(first: readonly string[], separator: string): boolean {
  return first.every((cell) => Number.isNaN(numberOf(cell, separator)));
}

/**
 * The columns that hold enough numbers.
 * @throws CsvError
 */
export function parseCsv(bytes: Uint8Array): Column[] {
  if (bytes.length > MOST_BYTES) throw new CsvError('tooLarge');
  const text = new TextDecoder().decode(bytes);
  if (text.includes('\0')) throw new CsvError('notText');
  const separator = separatorOf(text);
  const rows = dsvFormat(separator)
    .parseRows(text)
    .filter((row) => row.some((cell) => cell.trim() !== ''))
    .slice(0, MOST_ROWS);
  const [first] = rows;
  if (!first) throw new CsvError('empty');
  const isNamed = hasHeader(first, separator);
  const body = isNamed ? rows.slice(1) : rows;
  const columns = Array.from({ length: Math.min(MOST_COLUMNS, first.length) }, (_, index) => ({
    name: (isNamed && first[index]?.trim()) || `${index + 1}`,
    values: Float64Array.from(body, (row) => numberOf(row[index] ?? '', separator)),
  })).filter(({ values }) => values.filter(Number.isFinite).length >= LEAST_VALUES);
  if (columns.length === 0) throw new CsvError('noNumbers');
  return columns;
}

/** The column without gaps: what lies between two numbers is on the line between them, the ends are cut off. */
export function withoutGaps(values: Float64Array): { series: Float64Array; filled: number } {
  const known = [...values.keys()].filter((at) => Number.isFinite(values[at]));
  const start = known[0] ?? 0;
  const series = values.slice(start, (known.at(-1) ?? -1) + 1);
  let filled = 0;
  known.forEach((at, index) => {
    const next = known[index + 1] ?? at;
    const [from, to] = [values[at] ?? 0, values[next] ?? 0];
    for (let gap = at + 1; gap < next; gap++) {
      series[gap - start] = from + ((to - from) * (gap - at)) / (next - at);
      filled++;
    }
  });
  return { series, filled };
}
