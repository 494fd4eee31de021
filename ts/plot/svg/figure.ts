/** A figure as an SVG: panels one below the other, their plots in line. */
import { describeFigure } from '../description.js';
import type { CheckedFigure } from '../figure.js';
import type { CheckedPanel } from '../read.js';
import { widthOf, wrapped } from '../texts.js';
import { barBlock, histogramBlock } from './bars.js';
import { escaped, rect, text } from './elements.js';
import { type Block, LINE_HEIGHT, measure, type Room } from './frame.js';
import { heatBlock } from './heat.js';
import { lineBlock } from './lines.js';
import { Styles, TITLE_SIZE } from './styles.js';

const WIDTH = 760;
const PAD = 16;
/** The last mark of an axis reaches beyond it by half its width. */
const OVERHANG = 8;
const PANEL_GAP = 20;
const TITLE_HEIGHT = 23;

function blockOf(panel: CheckedPanel, room: Room): Block {
  switch (panel.kind) {
    case 'lines':
      return lineBlock(panel, room);
    case 'heat':
      return heatBlock(panel, room);
    case 'histogram':
      return histogramBlock(panel, room);
    case 'bars':
      return barBlock(panel, room);
  }
}

export function svgFigure(panels: readonly CheckedPanel[], figure: CheckedFigure): string {
  const { title, note, theme, sharedX, height, width = WIDTH } = figure;
  const styles = new Styles();
  const inner = width - 2 * PAD - OVERHANG;
  const room = { styles, width: inner, height, isAlone: panels.length === 1 };
  const blocks = panels.map((panel) => blockOf(panel, room));
  const left = PAD + Math.max(0, ...blocks.map(({ margin }) => margin));
  const right = Math.max(left + 40, width - PAD - OVERHANG);

  const measureTitle = (content: string): number => widthOf(content, TITLE_SIZE) * 1.06;
  const heads = title ? wrapped(title, inner, measureTitle) : [];
  const notes = note ? wrapped(note, inner, measure) : [];
  const parts = heads.map((line, index) =>
    text(PAD, PAD + TITLE_SIZE + index * TITLE_HEIGHT, line, 'text title'),
  );
  let top = PAD + heads.length * TITLE_HEIGHT + (heads.length > 0 ? 2 : 0);
  parts.push(...notes.map((line, index) => text(PAD, top + 12 + index * LINE_HEIGHT, line, 'quiet')));
  top += notes.length * LINE_HEIGHT + (heads.length + notes.length > 0 ? 8 : 0);

  blocks.forEach((block, index) => {
    const isLast = index === blocks.length - 1;
    const drawn = block.draw({ left, right, top, edge: PAD }, isLast || !sharedX);
    parts.push(...drawn.parts);
    top = drawn.bottom + (isLast ? 0 : PANEL_GAP);
  });
  return svgDocument({ width, height: Math.ceil(top + PAD), theme, parts, styles, figure, panels });
}

function svgDocument({
  width,
  height,
  theme,
  parts,
  styles,
  figure,
  panels,
}: {
  width: number;
  height: number;
  theme: CheckedFigure['theme'];
  parts: readonly string[];
  styles: Styles;
  figure: CheckedFigure;
  panels: readonly CheckedPanel[];
}): string {
  const root = `cellgate-plot-${theme}`;
  const name = figure.title ?? panels.find((panel) => panel.title)?.title ?? 'Plot';
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" class="${root}">`,
    `<title>${escaped(name)}</title>`,
    `<desc>${escaped(figure.description ?? describeFigure(panels))}</desc>`,
    `<style>${styles.sheet(theme, root)}</style>`,
    rect(0, 0, width, height, 'ground'),
    ...parts,
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}
