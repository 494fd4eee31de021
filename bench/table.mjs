/** Tables of a terminal and of Markdown. */

/** Columns are `{ width }`, negative to the left; what is given makes a line of what `text` says of each. */
export function lineOf(columns) {
  return (text) =>
    columns
      .map((column) => {
        const { width } = column;
        return width < 0 ? text(column).padEnd(-width) : text(column).padStart(width);
      })
      .join(' ')
      .trimEnd();
}

/** @param {string[][]} lines the first is the header; all columns but the first are numbers */
export function markdownTable([header, ...lines]) {
  return [header, header.map((_, column) => (column ? '--:' : '---')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

export const percent = (share) => (share === undefined ? '' : `${(100 * share).toFixed(0)} %`);
export const times = (ratio) =>
  ratio === undefined ? '' : `${ratio.toFixed(ratio < 10 ? 2 : ratio < 100 ? 1 : 0)}x`;
export const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(1);
