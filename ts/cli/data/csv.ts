/** Tables of text: comma, tab, semicolon or bar between values, quotes as RFC 4180 has them. */
import Papa from 'papaparse';
import { CellgateError, describe, fail } from '../../errors.js';

/** A table whose rows are all as long as its names. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Line of the file on which each row begins, from 1. */
  readonly lines: readonly number[];
}

const isNumber = (text: string): boolean => text.trim() !== '' && !Number.isNaN(Number(text));

function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return fail('file', name, 'data must be text in UTF-8, a .npy array or a .wav recording', 'other bytes');
  }
}

const DELIMITERS = [',', '\t', ';', '|'];

/** What stands most often in the first line that is not blank, outside of quotes. */
function delimiterOf(text: string): string {
  const first = /\S.*/.exec(text)?.[0] ?? '';
  const bare = first.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((each) => bare.split(each).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] as string;
}

/** Lines that a quoted value adds to its row. */
const breaksIn = (row: readonly string[]): number =>
  row.reduce((sum, value) => sum + (value.match(/\r\n|\r|\n/g)?.length ?? 0), 0);

/**
 * Reads a table. The first row has the names of the columns if any of its values is no number; otherwise they are `column 1`
 * and so on. Blank lines are left out.
 */
export function readCsv(name: string, bytes: Uint8Array): Table {
  const text = decode(name, bytes);
  const { data, errors } = Papa.parse<string[]>(text, { delimiter: delimiterOf(text) });
  const rows: string[][] = [];
  const lines: number[] = [];
  let line = 1;
  for (const [index, row] of data.entries()) {
    const fault = errors.find((error) => error.row === index && error.type === 'Quotes');
    if (fault)
      throw new CellgateError('file', `${name}, line ${line}`, 'quotes must be closed', fault.message);
    const isBlank = row.length === 1 && row[0]?.trim() === '';
    if (!isBlank) {
      rows.push(row);
      lines.push(line);
    }
    line += 1 + breaksIn(row);
  }
  const [first] = rows;
  if (!first) return fail('file', name, 'data must have rows', 'none');
  const hasNames = first.some((value) => !isNumber(value));
  const columns = hasNames
    ? first.map((value) => value.trim())
    : first.map((_, index) => `column ${index + 1}`);
  const skipped = hasNames ? 1 : 0;
  rows.forEach((row, index) => {
    if (row.length === columns.length) return;
    fail(
      'file',
      `${name}, line ${lines[index]}`,
      `a row must have ${columns.length} values`,
      String(row.length),
    );
  });
  const repeated = columns.find((column, index) => columns.indexOf(column) < index);
  if (repeated !== undefined) {
    fail(
      'file',
      `${name}, line ${lines[0]}`,
      'columns must have names of their own',
      `${describe(repeated)} twice`,
    );
  }
  return { name, columns, rows: rows.slice(skipped), lines: lines.slice(skipped) };
}

/** Columns whose values are all numbers. */
export function numericColumns({ columns, rows }: Table): string[] {
  return columns.filter((_, column) => rows.every((row) => isNumber(row[column] as string)));
}

/** Index of a column. */
export function columnIndex({ name, columns }: Table, column: string): number {
  const index = columns.indexOf(column);
  return index >= 0 ? index : fail('value', name, `columns may be ${columns.join(', ')}`, describe(column));
}

/** The numbers of a column. */
export function numbersOf(table: Table, column: string): Float64Array {
  const index = columnIndex(table, column);
  return Float64Array.from(table.rows, (row, at) => {
    const value = row[index] as string;
    if (isNumber(value)) return Number(value);
    return fail(
      'file',
      `${table.name}, line ${table.lines[at]}`,
      `${column} must be a number`,
      describe(value),
    );
  });
}

/** A table as text: values that need it are in quotes. */
export function writeCsv(
  columns: readonly string[],
  rows: readonly (readonly (number | string)[])[],
): string {
  return `${Papa.unparse([columns, ...rows] as unknown[][], { newline: '\n' })}\n`;
}
