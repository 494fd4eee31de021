// Tables as plain text.

/** First column to the left, the others to the right, a rule under the header. Cells are strings. */
export function table(header, lines) {
  const all = [header, ...lines];
  const widths = header.map((_, column) => Math.max(...all.map((line) => line[column].length)));
  const format = (line) =>
    line
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('   ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('───');
  return [format(header), rule, ...lines.map(format)].join('\n');
}
