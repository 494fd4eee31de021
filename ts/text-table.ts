/** Tables as plain text. */

/** Side on which cells of a column are flush. */
export type Side = 'left' | 'right';

const GAP = '  ';

/** Lines of aligned columns, with a rule below the first line and where `rules` says, by the number of the line below. */
export function textTable(
  lines: readonly (readonly string[])[],
  sides: readonly Side[],
  rules: readonly number[] = [1],
): string {
  const widths = sides.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)));
  return lines
    .flatMap((line, index) => {
      const cells = widths.map((width, column) => {
        const cell = line[column] ?? '';
        return sides[column] === 'left' ? cell.padEnd(width) : cell.padStart(width);
      });
      const text = cells.join(GAP).trimEnd();
      return rules.includes(index) ? [rule, text] : [text];
    })
    .join('\n');
}
