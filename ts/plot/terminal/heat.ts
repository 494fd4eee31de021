/** Panels of values: two rows to a line of half blocks in colour, or a shade for each cell. */
import { short } from '../numbers.js';
import { rowMarks, stepAxis } from '../panel-axes.js';
import { mergedNote, rasterOf } from '../raster.js';
import type { Checked } from '../read.js';
import { type Block, cut, heading, lengthOf, lowerAxis } from './frame.js';
import type { Paint } from './paint.js';

const MOST_LINES = 16;
/** Short sequences are drawn wider. */
const WIDEST = 6;
const BAR = 10;

export function heatBlock(panel: Checked<'heat'>, paint: Paint, width: number, asked?: number): Block {
  const perLine = paint.isColoured ? 2 : 1;
  const lines = Math.min(asked ?? MOST_LINES, Math.max(1, Math.ceil(panel.rows.length / perLine)));
  const names = rowMarks(panel, lines).map((mark) => ({ ...mark, name: cut(mark.name, (width >> 1) - 2) }));
  const rowLabel = cut(panel.rowLabel ?? '', (width >> 1) - 2);
  return {
    labelWidth: Math.max(lengthOf(rowLabel), ...names.map(({ name }) => lengthOf(name))),
    draw(columns, showsMarks) {
      const room = columns.total - columns.margin;
      const raster = rasterOf(panel, lines * perLine, room);
      const wide = Math.min(WIDEST, Math.max(1, Math.floor(room / Math.max(1, raster.columns))));
      const size = Math.max(1, raster.columns) * wide;
      const cell = (row: number, column: number): number =>
        raster.places[Math.min(row, raster.rows - 1) * raster.columns + column] as number;
      const cells = (line: number): string => {
        const row = Array.from({ length: raster.columns }, (_, column) =>
          (paint.isColoured
            ? paint.halves(panel.colors, cell(line * 2, column), cell(line * 2 + 1, column))
            : paint.shade(panel.colors, cell(line, column))
          ).repeat(wide),
        );
        return row.join('') + paint.end;
      };
      const drawn = Math.ceil(raster.rows / perLine);
      const labels = new Map(names.map(({ name, at }) => [Math.floor(at * drawn), name]));
      const plot = Array.from({ length: drawn }, (_, line) => {
        return `${(labels.get(line) ?? '').padStart(columns.margin - 2)} │${cells(line)}`;
      });
      const note = [panel.note ?? '', mergedNote(raster, panel.rowLabel ?? 'row')].filter(Boolean).join('; ');
      return [
        ...heading({ title: panel.title, note: note || undefined }, columns.total, paint),
        colourBar(panel, raster.hasMissing, paint),
        ...(plot.length === 0 || raster.columns === 0 ? ['no values'] : plot),
        ...lowerAxis(
          stepAxis(panel, Math.max(2, Math.floor(size / 10))),
          size,
          columns,
          showsMarks,
          rowLabel,
        ),
      ];
    },
  };
}

function colourBar({ colors, range }: Checked<'heat'>, hasMissing: boolean, paint: Paint): string {
  const steps = Array.from({ length: BAR }, (_, index) => (index + 0.5) / BAR);
  const bar = steps.map((place) =>
    paint.isColoured ? paint.halves(colors, place, place) : paint.shade(colors, place),
  );
  const nan = paint.isColoured
    ? paint.halves(colors, Number.NaN, Number.NaN)
    : paint.shade(colors, Number.NaN);
  const missing = hasMissing ? `   ${nan}${paint.end} no number` : '';
  return `${short(range[0])} ${bar.join('')}${paint.end} ${short(range[1])}${missing}`;
}
