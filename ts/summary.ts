/** The text of a model's summary. */

/** One layer. */
export interface SummaryRow {
  readonly layer: string;
  readonly output: string;
  readonly parameters: number;
}

const GAP = '  ';

/** A table with aligned columns and the sum of the parameters. */
export function summaryTable(rows: readonly SummaryRow[]): string {
  const format = (count: number): string => count.toLocaleString('en-US');
  const total = rows.reduce((sum, { parameters }) => sum + parameters, 0);
  const lines = [
    ['layer', 'output', 'parameters'],
    ...rows.map(({ layer, output, parameters }) => [layer, output, format(parameters)]),
    ['total', '', format(total)],
  ];
  const width = (column: number): number => Math.max(...lines.map((line) => line[column]?.length ?? 0));
  const widths = [width(0), width(1), width(2)] as const;
  const text = lines.map(([layer = '', output = '', parameters = '']) =>
    [layer.padEnd(widths[0]), output.padEnd(widths[1]), parameters.padStart(widths[2])].join(GAP),
  );
  const rule = '-'.repeat(widths[0] + widths[1] + widths[2] + 2 * GAP.length);
  text.splice(1, 0, rule);
  text.splice(-1, 0, rule);
  return text.join('\n');
}
