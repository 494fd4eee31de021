/** A figure as lines of text: panels one below the other, their plots in line. */
import type { CheckedFigure } from '../figure.js';
import type { CheckedPanel } from '../read.js';
import { barBlock, histogramBlock } from './bars.js';
import { type Block, heading } from './frame.js';
import { heatBlock } from './heat.js';
import { lineBlock } from './lines.js';
import { Paint } from './paint.js';

const WIDTH = 80;

function blockOf(panel: CheckedPanel, paint: Paint, width: number, height: number | undefined): Block {
  switch (panel.kind) {
    case 'lines':
      return lineBlock(panel, paint, width, height);
    case 'heat':
      return heatBlock(panel, paint, width, height);
    case 'histogram':
      return histogramBlock(panel, paint, width, height);
    case 'bars':
      return barBlock(panel, paint, width);
  }
}

export function terminalFigure(panels: readonly CheckedPanel[], figure: CheckedFigure): string {
  const { title, note, theme, color, sharedX, height, width: total = WIDTH } = figure;
  const paint = new Paint(color, theme);
  const blocks = panels.map((panel) => blockOf(panel, paint, total, height));
  const margin = Math.min(total >> 1, Math.max(0, ...blocks.map(({ labelWidth }) => labelWidth)) + 2);
  const drawn = blocks.map((block, index) => {
    return block.draw({ total, margin }, !sharedX || index === blocks.length - 1);
  });
  const head = heading({ title, note }, total, paint);
  const parts = [...(head.length > 0 ? [head] : []), ...drawn];
  const lines = parts.map((part) => part.map((line) => line.trimEnd()).join('\n'));
  return `${lines.join('\n\n')}\n`;
}
