/** Panels of bars, in blocks of eighths of a character. */
import type { Axis } from '../axis.js';
import { LINES } from '../colours.js';
import { short } from '../numbers.js';
import { barAxis, histogramAxes } from '../panel-axes.js';
import type { Checked } from '../read.js';
import { type Block, cut, heading, lengthOf, lowerAxis, withLeftAxis } from './frame.js';
import type { Paint } from './paint.js';

const ROWS = 8;
const UPWARD = ' ▁▂▃▄▅▆▇█';
const RIGHTWARD = ' ▏▎▍▌▋▊▉█';

/** Which of a row of blocks stands for a share of a character. */
const block = (blocks: string, share: number): string =>
  blocks[Math.round(Math.min(1, Math.max(0, share)) * 8)] as string;

export function histogramBlock(panel: Checked<'histogram'>, paint: Paint, width: number, rows = ROWS): Block {
  const { x, y } = histogramAxes(panel, {
    x: Math.max(2, Math.floor(width / 12)),
    y: Math.max(2, Math.floor(rows / 3)),
  });
  return {
    labelWidth: Math.max(0, ...y.marks.map(({ label }) => lengthOf(label))),
    draw(columns, showsMarks) {
      const size = columns.total - columns.margin;
      const heights = Array.from({ length: size }, (_, column) =>
        heightAt(panel, x.low + ((column + 0.5) / size) * (x.high - x.low), y),
      );
      const plot = Array.from({ length: rows }, (_, row) => {
        const floor = rows - 1 - row;
        return paint.line(0, heights.map((height) => block(UPWARD, height * rows - floor)).join(''));
      });
      return [
        ...heading(panel, columns.total, paint),
        ...(y.label === '' ? [] : [paint.quiet(cut(y.label, columns.total))]),
        ...withLeftAxis(plot, y, columns),
        ...lowerAxis(x, size, columns, showsMarks),
      ];
    },
  };
}

/** Height from 0 to 1 of the interval that holds a value. */
function heightAt({ edges, counts }: Checked<'histogram'>, value: number, y: Axis): number {
  for (let index = 0; index < counts.length; index++) {
    if (value < (edges[index + 1] as number)) {
      const count = counts[index] as number;
      return value >= (edges[index] as number) && y.shows(count) ? y.place(count) : 0;
    }
  }
  return 0;
}

export function barBlock(panel: Checked<'bars'>, paint: Paint, width: number): Block {
  const names = panel.bars.map(({ name }) => cut(name, (width >> 1) - 2));
  const labels = panel.bars.map(({ label, value }) => cut(label ?? short(value), width >> 2));
  const axis = barAxis(panel);
  return {
    labelWidth: Math.max(0, ...names.map(lengthOf)),
    draw({ total, margin }) {
      const size = Math.max(1, total - margin - Math.max(0, ...labels.map(lengthOf)) - 1);
      const lines = panel.bars.map(({ value, color = 0 }, index) => {
        const zero = axis.place(0) * size;
        const end = axis.place(value) * size;
        const bar =
          value >= 0
            ? ' '.repeat(Math.round(zero)) + rightward(end - zero)
            : ' '.repeat(Math.round(end)) + '█'.repeat(Math.max(1, Math.round(zero) - Math.round(end)));
        const name = (names[index] as string).padStart(margin - 2);
        return `${name}  ${paint.line(color % LINES.length, bar)} ${labels[index]}`;
      });
      return [...heading(panel, total, paint), ...lines];
    },
  };
}

function rightward(size: number): string {
  const whole = Math.floor(size);
  return '█'.repeat(whole) + block(RIGHTWARD, size - whole).trim();
}
