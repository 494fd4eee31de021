/** Panels of lines, in braille; lines that no colour tells apart have marks of their own. */
import { groupOf, type Look, looksOf } from '../legend.js';
import { levelsOn, lineAxes } from '../panel-axes.js';
import { runsOf } from '../raster.js';
import type { Checked } from '../read.js';
import { Dots } from './braille.js';
import { type Block, cut, heading, lengthOf, lowerAxis, withLeftAxis } from './frame.js';
import type { Paint } from './paint.js';

const ROWS = 12;
const MARKS = '*o+x#@%&';
const LEVEL = '┄';

interface Layer {
  readonly dots: Dots;
  readonly look: Look;
  /** Stands for its dots where there are no colours. */
  readonly mark: string | undefined;
}

export function lineBlock(panel: Checked<'lines'>, paint: Paint, width: number, rows = ROWS): Block {
  const { x, y } = lineAxes(panel, {
    x: Math.max(2, Math.floor(width / 12)),
    y: Math.max(2, Math.floor(rows / 3)),
  });
  const looks = [...looksOf(panel).values()];
  const isMarked = !paint.isColoured && looks.length > 1;
  const markOf = (look: Look): string | undefined =>
    isMarked ? (MARKS[looks.indexOf(look) % MARKS.length] as string) : undefined;
  return {
    labelWidth: Math.max(0, ...y.marks.map(({ label }) => lengthOf(label))),
    draw(columns, showsMarks) {
      const size = columns.total - columns.margin;
      const layers: Layer[] = looks.map((look) => ({ dots: new Dots(size, rows), look, mark: markOf(look) }));
      const shown = {
        x: (value: number) => x.place(value) * (size - 0.5),
        y: (value: number) => (1 - y.place(value)) * (rows - 0.25),
      };
      for (const line of panel.series) {
        const { dots } = layers.find(({ look }) => look.name === groupOf(line)) as Layer;
        for (const run of runsOf(line, { x: x.shows, y: y.shows }, size * 2)) {
          const points = run.map(([px, py]) => [shown.x(px), shown.y(py)] as const);
          points.forEach(([px, py], index) => {
            const [fromX, fromY] = (line.style === 'points' ? undefined : points[index - 1]) ?? [px, py];
            dots.line(fromX, fromY, px, py);
          });
        }
      }
      const levels = new Map(
        levelsOn(y, panel.levels).map(({ name, y: at }) => [Math.floor(shown.y(at)), name]),
      );
      const plot = Array.from({ length: rows }, (_, row) =>
        plotRow(layers, row, size, levels.get(row), paint),
      );
      return [
        ...heading(panel, columns.total, paint),
        ...legendRows(looks, markOf, columns.total, paint),
        ...(y.label === '' ? [] : [paint.quiet(cut(y.label, columns.total))]),
        ...withLeftAxis(plot, y, columns),
        ...lowerAxis(x, size, columns, showsMarks),
      ];
    },
  };
}

/** Characters of a row; a level and its name are behind all lines. */
function plotRow(
  layers: readonly Layer[],
  row: number,
  size: number,
  level: string | undefined,
  paint: Paint,
): string {
  const name = level === undefined ? '' : ` ${cut(level, size >> 1)}`;
  const behind = level === undefined ? ' '.repeat(size) : LEVEL.repeat(size - lengthOf(name)) + name;
  const ground = Array.from(behind);
  return Array.from({ length: size }, (_, column) => {
    const top = layers.findLast(({ dots }) => dots.has(column, row));
    if (!top) return ground[column] === ' ' ? ' ' : paint.quiet(ground[column] as string);
    if (top.mark !== undefined) return top.mark;
    const bits = layers.reduce((all, { dots }) => all | dots.at(column, row), 0);
    return paint.line(top.look.color, Dots.character(bits));
  }).join('');
}

function legendRows(
  looks: readonly Look[],
  markOf: (look: Look) => string | undefined,
  width: number,
  paint: Paint,
): string[] {
  const rows: string[] = [];
  let [row, used] = ['', 0];
  for (const look of looks) {
    const name = cut(look.name, width - 4);
    const length = lengthOf(name) + 3;
    if (used > 0 && used + 3 + length > width) {
      rows.push(row);
      [row, used] = ['', 0];
    }
    const gap = used > 0 ? '   ' : '';
    row += `${gap}${paint.line(look.color, markOf(look)?.repeat(2) ?? '━━')} ${name}`;
    used += gap.length + length;
  }
  return used > 0 ? [...rows, row] : rows;
}
