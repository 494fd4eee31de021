/** Panels of bars: counts of intervals side by side, and named values one below the other. */
import { LINES } from '../colours.js';
import { short } from '../numbers.js';
import { barAxis, histogramAxes } from '../panel-axes.js';
import type { Checked } from '../read.js';
import { fitted } from '../texts.js';
import { rect, rule, text } from './elements.js';
import {
  type Area,
  type Block,
  empty,
  heading,
  leftAxis,
  lowerAxis,
  marginOf,
  marksFor,
  measure,
  type Room,
  upperLabel,
} from './frame.js';

const HEIGHT = 180;
const BAR = { step: 28, height: 18 };

export function histogramBlock(panel: Checked<'histogram'>, { styles, width, ...room }: Room): Block {
  const height = room.height ?? HEIGHT;
  const { x, y } = histogramAxes(panel, marksFor(width, height));
  return {
    margin: marginOf(y),
    draw(place, showsMarks) {
      const head = heading(panel, place);
      const above = upperLabel(y.label, { ...place, top: head.bottom });
      const area: Area = { left: place.left, top: above.bottom, width: place.right - place.left, height };
      const bars = Array.from(panel.counts, (count, index) => {
        if (!y.shows(count)) return '';
        const [from, to] = [index, index + 1].map((at) => {
          const edge = x.place(panel.edges[at] as number);
          return area.left + Math.min(1, Math.max(0, edge)) * area.width;
        }) as [number, number];
        const size = Math.min(1, Math.max(0, y.place(count))) * height;
        const gap = to - from > 4 ? 1 : 0;
        return size > 0
          ? rect(from, area.top + height - size, Math.max(0.5, to - from - gap), size, styles.area(0))
          : '';
      });
      const axis = lowerAxis(x, area, showsMarks);
      const content = bars.every((bar) => bar === '') ? empty(area) : bars;
      const parts = [...head.parts, ...above.parts, ...leftAxis(y, area), ...content, ...axis.parts];
      return { parts, bottom: axis.bottom };
    },
  };
}

export function barBlock(panel: Checked<'bars'>, { styles, width }: Room): Block {
  const names = panel.bars.map(({ name }) => fitted(name, width * 0.4, measure));
  const labels = panel.bars.map(({ label, value }) => label ?? short(value));
  const labelRoom = Math.max(0, ...labels.map(measure)) + 8;
  const axis = barAxis(panel);
  return {
    margin: Math.max(0, ...names.map(measure)) + 10,
    draw(place) {
      const head = heading(panel, place);
      const size = Math.max(10, place.right - place.left - labelRoom);
      const zero = place.left + axis.place(0) * size;
      const parts = panel.bars.flatMap(({ value, color = 0 }, index) => {
        const y = head.bottom + index * BAR.step;
        const end = place.left + axis.place(value) * size;
        const [from, to] = [Math.min(zero, end), Math.max(zero, end)];
        return [
          text(place.left - 8, y + 14, names[index] as string, 'text', 'end'),
          rect(from, y, Math.max(1, to - from), BAR.height, styles.area(color % LINES.length)),
          text(to + 6, y + 14, labels[index] as string, 'text'),
        ];
      });
      const bottom = head.bottom + panel.bars.length * BAR.step;
      return {
        parts: [...head.parts, ...parts, rule(zero, head.bottom - 4, zero, bottom - 6, 'rule axis')],
        bottom,
      };
    },
  };
}
