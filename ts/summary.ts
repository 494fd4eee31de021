/** The text of a model's summary. */

import { textTable } from './text-table.js';

/** One layer. */
export interface SummaryRow {
  readonly layer: string;
  readonly output: string;
  readonly parameters: number;
}

/** A table with aligned columns and the sum of the parameters. */
export function summaryTable(rows: readonly SummaryRow[]): string {
  const format = (count: number): string => count.toLocaleString('en-US');
  const total = rows.reduce((sum, { parameters }) => sum + parameters, 0);
  const lines = [
    ['layer', 'output', 'parameters'],
    ...rows.map(({ layer, output, parameters }) => [layer, output, format(parameters)]),
    ['total', '', format(total)],
  ];
  return textTable(lines, ['left', 'left', 'right'], [1, lines.length - 1]);
}
