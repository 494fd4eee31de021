/** Panels of lines. */
import type { Axis } from '../axis.js';
import { groupOf, type Look, looksOf } from '../legend.js';
import { levelsOn, lineAxes } from '../panel-axes.js';
import { runsOf } from '../raster.js';
import type { Checked } from '../read.js';
import { clipped, rect, round, text } from './elements.js';
import {
  type Area,
  type Block,
  empty,
  heading,
  leftAxis,
  legend,
  lowerAxis,
  marginOf,
  marksFor,
  type Room,
  ring,
  upperLabel,
} from './frame.js';
import type { Styles } from './styles.js';

const HEIGHT = 220;

type Panel = Checked<'lines'>;

/** From values to pixels of the plot. */
interface Scales {
  readonly x: Axis;
  readonly y: Axis;
  readonly across: (value: number) => number;
  readonly down: (value: number) => number;
}

/** Stretches that are shaded, and their names. An end that has no place on the axis lies before it. */
function drawSpans({ spans }: Panel, { x, across }: Scales, { left, top, width, height }: Area) {
  const within = (value: number): number =>
    x.shows(value) ? Math.min(width, Math.max(0, across(value))) : 0;
  const shown = spans.filter(({ from, to }) => within(to) > within(from));
  return {
    shades: shown.map(({ from, to }) =>
      rect(left + within(from), top, within(to) - within(from), height, 'shade'),
    ),
    names: shown.flatMap(({ name, from }) =>
      name ? [text(left + within(from) + 5, top + 14, name, 'quiet halo')] : [],
    ),
  };
}

/** One line, broken where a value has no place; nothing if none has. */
function drawLine(
  line: Panel['series'][number],
  look: Look,
  scales: Scales,
  width: number,
  styles: Styles,
): string {
  const { x, y, across, down } = scales;
  const runs = runsOf(line, { x: x.shows, y: y.shows }, width);
  const points = runs.map((run) => run.map(([px, py]) => [across(px), down(py)] as const));
  const className = styles.stroke(look.color);
  const isPoints = line.style === 'points';
  // Between gaps a value by itself is no line.
  const single = points.filter((run) => isPoints || run.length === 1).flat();
  const rings = single.map(([px, py]) => ring(px, py, className)).join('');
  const path = points
    .filter((run) => !isPoints && run.length > 1)
    .map((run) => `M${run.map(([px, py]) => `${round(px)} ${round(py)}`).join('L')}`)
    .join('');
  const stroke = look.stroke === 'points' ? 'solid' : look.stroke;
  return path === '' ? rings : `${rings}<path class="line ${stroke} ${className}" d="${path}"/>`;
}

export function lineBlock(panel: Panel, { styles, width, ...room }: Room): Block {
  const height = room.height ?? HEIGHT;
  const { x, y } = lineAxes(panel, marksFor(width, height));
  return {
    margin: marginOf(y),
    draw(place, showsMarks) {
      const looks = looksOf(panel);
      const head = heading(panel, place);
      const key = legend([...looks.values()], { ...place, top: head.bottom }, styles);
      const above = upperLabel(y.label, { ...place, top: key.bottom });
      const area: Area = { left: place.left, top: above.bottom, width: place.right - place.left, height };
      const scales: Scales = {
        x,
        y,
        across: (value) => x.place(value) * area.width,
        down: (value) => (1 - y.place(value)) * height,
      };
      const { shades, names } = drawSpans(panel, scales, area);
      const lines = panel.series.map((line) =>
        drawLine(line, looks.get(groupOf(line)) as Look, scales, area.width, styles),
      );
      const levels = levelsOn(y, panel.levels);
      const rules = levels.map((level) => {
        return `<path class="rule axis dashed" d="M0 ${round(scales.down(level.y))}h${round(area.width)}"/>`;
      });
      const labels = levels.map((level) =>
        text(
          area.left + area.width - 4,
          area.top + scales.down(level.y) - 5,
          level.name,
          'quiet halo',
          'end',
        ),
      );
      const isEmpty = levels.length === 0 && lines.every((line) => line === '');
      const content = isEmpty ? empty(area) : [clipped(area, [...rules, ...lines]), ...labels, ...names];
      const axis = lowerAxis(x, area, showsMarks);
      const before = [...head.parts, ...key.parts, ...above.parts, ...shades, ...leftAxis(y, area)];
      return { parts: [...before, ...content, ...axis.parts], bottom: axis.bottom };
    },
  };
}
