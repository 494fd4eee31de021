/** Panels of lines. */
import { groupOf, looksOf } from '../legend.js';
import { lineAxes } from '../panel-axes.js';
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

const HEIGHT = 220;

export function lineBlock(panel: Checked<'lines'>, { styles, width, ...room }: Room): Block {
  const height = room.height ?? HEIGHT;
  const { x, y } = lineAxes(panel, marksFor(width, height));
  return {
    margin: marginOf(y),
    draw(place, showsMarks) {
      const looks = looksOf(panel);
      const head = heading(panel, place);
      const isKnown = looks.size === 1 && panel.title === looks.keys().next().value;
      const key = legend(isKnown ? [] : [...looks.values()], { ...place, top: head.bottom }, styles);
      const above = upperLabel(y.label, { ...place, top: key.bottom });
      const area: Area = { left: place.left, top: above.bottom, width: place.right - place.left, height };
      const down = (value: number): number => (1 - y.place(value)) * height;
      const across = (value: number): number => x.place(value) * area.width;

      const spans = panel.spans.map(({ from, to }) => {
        const start = Math.max(0, across(from));
        return rect(
          area.left + start,
          area.top,
          Math.max(0, Math.min(area.width, across(to)) - start),
          height,
          'shade',
        );
      });
      const names = panel.spans.flatMap(({ name, from }) =>
        name ? [text(area.left + Math.max(0, across(from)) + 5, area.top + 14, name, 'quiet halo')] : [],
      );
      const levels = panel.levels.map(
        (level) => `<path class="rule axis dashed" d="M0 ${round(down(level.y))}h${round(area.width)}"/>`,
      );
      let drawn = 0;
      const lines = panel.series.map((line) => {
        const look = looks.get(groupOf(line)) ?? { color: 0, stroke: 'solid' };
        const className = styles.stroke(look.color);
        const runs = runsOf(line, { x: x.shows, y: y.shows }, area.width);
        drawn += runs.length;
        const points = runs.map((run) => run.map(([px, py]) => [across(px), down(py)] as const));
        // Between gaps a value by itself is no line.
        const single = points.filter((run) => line.style === 'points' || run.length === 1).flat();
        const rings = single.map(([px, py]) => ring(px, py, className)).join('');
        if (line.style === 'points') return rings;
        const path = points
          .filter((run) => run.length > 1)
          .map((run) => `M${run.map(([px, py]) => `${round(px)} ${round(py)}`).join('L')}`);
        const stroke = look.stroke === 'points' ? 'solid' : look.stroke;
        return path.length === 0
          ? rings
          : `${rings}<path class="line ${stroke} ${className}" d="${path.join('')}"/>`;
      });
      const axis = lowerAxis(x, area, showsMarks);
      const labels = panel.levels.map((level) =>
        text(area.left + area.width - 4, area.top + down(level.y) - 5, level.name, 'quiet halo', 'end'),
      );
      const content =
        drawn === 0 && panel.levels.length === 0
          ? empty(area)
          : [clipped(area, [...levels, ...lines]), ...labels];
      const parts = [...head.parts, ...key.parts, ...above.parts, ...spans, ...leftAxis(y, area)];
      return { parts: [...parts, ...content, ...names, ...axis.parts], bottom: axis.bottom };
    },
  };
}
