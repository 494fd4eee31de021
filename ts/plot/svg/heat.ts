/** Panels of values as colours. */
import { LEVELS } from '../colours.js';
import { short } from '../numbers.js';
import { rowMarks, stepAxis } from '../panel-axes.js';
import { mergedNote, type Raster, rasterOf } from '../raster.js';
import type { Checked } from '../read.js';
import { fitted } from '../texts.js';
import { rect, round, text } from './elements.js';
import {
  type Area,
  type Block,
  type Drawn,
  empty,
  heading,
  lowerAxis,
  measure,
  type Place,
  type Room,
} from './frame.js';
import type { Styles } from './styles.js';

/** Cells need this many pixels at least; above, rows and columns are merged. */
const CELL = { width: 1.5, height: 2 };
const HEIGHT = { least: 48, most: 320, mostBesideOthers: 170, row: 14 };
const LABEL_HEIGHT = 13;
const BAR = { width: 96, height: 9 };
const PIXELS_PER_MARK = 80;

export function heatBlock(panel: Checked<'heat'>, { styles, width, isAlone, ...room }: Room): Block {
  const most = isAlone ? HEIGHT.most : HEIGHT.mostBesideOthers;
  const height = room.height ?? Math.min(most, Math.max(HEIGHT.least, panel.rows.length * HEIGHT.row));
  const raster = rasterOf(panel, Math.floor(height / CELL.height), Math.floor(width / CELL.width));
  const cut = (name: string): string => fitted(name, width * 0.4, measure);
  const marks = rowMarks(panel, Math.max(1, Math.floor(height / LABEL_HEIGHT)));
  const names = marks.map(({ name, at }) => ({ name: cut(name), at }));
  const rowLabel = cut(panel.rowLabel ?? '');
  const axis = stepAxis(panel, Math.max(2, Math.floor(width / PIXELS_PER_MARK)));
  // The name of the rows stands beside the first mark, which reaches to the left of the plot.
  const first = axis.marks[0];
  const overhang = first ? Math.max(0, measure(first.label) / 2 - first.place * width * 0.8) : 0;
  return {
    margin: Math.max(measure(rowLabel) + overhang, ...names.map(({ name }) => measure(name))) + 10,
    draw(place, showsMarks) {
      const head = heatHeading(panel, raster, place, styles);
      const area: Area = { left: place.left, top: head.bottom, width: place.right - place.left, height };
      const cells = raster.rows * raster.columns === 0 ? empty(area) : [cellsOf(raster, area, styles)];
      const below = lowerAxis(axis, area, showsMarks);
      const labels = names.map(({ name, at }) =>
        text(area.left - 7, area.top + at * height + 4, name, 'quiet', 'end'),
      );
      if (showsMarks) {
        labels.push(text(area.left - 7 - overhang, area.top + height + 17, rowLabel, 'quiet', 'end'));
      }
      return { parts: [...head.parts, ...labels, ...cells, ...below.parts], bottom: below.bottom };
    },
  };
}

function heatHeading(panel: Checked<'heat'>, raster: Raster, place: Place, styles: Styles): Drawn {
  const [low, high] = panel.range.map(short) as [string, string];
  const missing = raster.hasMissing ? 'no number' : '';
  const missingWidth = missing === '' ? 0 : measure(missing) + 30;
  const barWidth = measure(low) + BAR.width + measure(high) + 12 + missingWidth;
  const title = `${panel.title ?? ''}`;
  const note = [panel.note ?? '', mergedNote(raster, panel.rowLabel ?? 'row')].filter(Boolean).join('; ');
  const isBeside = place.right - place.edge - barWidth > 150;
  const head = heading({ title, note }, isBeside ? { ...place, right: place.right - barWidth - 16 } : place);
  const barTop = isBeside ? place.top : head.bottom;
  const x = (isBeside ? place.right - barWidth : place.edge) + measure(low) + 6;
  const steps = LEVELS / 2;
  const swatches = Array.from({ length: steps }, (_, index) => {
    const className = styles.level(panel.colors, (index + 0.5) / steps);
    return rect(x + (index * BAR.width) / steps, barTop + 4, BAR.width / steps + 0.3, BAR.height, className);
  });
  const end = x + BAR.width + 6;
  const gap = end + measure(high) + 12;
  const parts = [
    text(x - 6, barTop + 13, low, 'quiet', 'end'),
    `<g class="cells">${swatches.join('')}</g>`,
    text(end, barTop + 13, high, 'quiet'),
    ...(missing === ''
      ? []
      : [rect(gap, barTop + 4, 12, BAR.height, 'missing'), text(gap + 17, barTop + 13, missing, 'quiet')]),
  ];
  return { parts: [...head.parts, ...parts], bottom: Math.max(head.bottom, barTop + 20) };
}

/** One path for all cells of a colour, of runs along the rows: a tenth of the bytes of a rectangle each. */
function cellsOf(
  { rows, columns, places, map }: Raster,
  { left, top, width, height }: Area,
  styles: Styles,
): string {
  const paths = new Map<string, string>();
  for (let row = 0; row < rows; row++) {
    let start = 0;
    let level = styles.level(map, places[row * columns] as number);
    for (let column = 1; column <= columns; column++) {
      const next = column < columns ? styles.level(map, places[row * columns + column] as number) : undefined;
      if (next === level) continue;
      paths.set(level, `${paths.get(level) ?? ''}M${start} ${row}h${column - start}v1H${start}z`);
      start = column;
      level = next ?? level;
    }
  }
  const fills = Array.from(paths, ([level, path]) => `<path class="${level}" d="${path}"/>`);
  const scale = [width / columns, height / rows].map((value) => Number(value.toPrecision(6)));
  const place = `translate(${round(left)} ${round(top)}) scale(${scale.join(' ')})`;
  return `<g class="cells" transform="${place}">${fills.join('')}</g>`;
}
