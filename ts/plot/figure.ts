/** Panels as a picture, in whichever format. */
import { flag } from '../options.js';
import { listOf, panel, readPlot } from './read.js';
import { svgFigure } from './svg/figure.js';
import { terminalFigure } from './terminal/figure.js';
import type { FigureOptions, Panel } from './types.js';

const figureReaders = { sharedX: flag(false) };

export type CheckedFigure = ReturnType<typeof readPlot<typeof figureReaders>>;

/**
 * Panels one below the other, as an SVG or as text for a terminal: what the other plots are made of.
 *
 * @returns the whole document, or lines; the same text for the same data
 * @throws CellgateError `value` for options, `shape` for arrays whose sizes do not fit each other
 *
 * @example
 * ```ts
 * import { figure } from 'cellgate/plot';
 *
 * const t = Array.from({ length: 100 }, (_, step) => step / 10);
 * const svg = figure(
 *   [{ kind: 'lines', series: [{ name: 'sin', x: t, y: t.map(Math.sin) }], x: { label: 's' }, y: { label: 'V' } }],
 *   { title: 'A wave', theme: 'light' },
 * );
 * console.log(svg.startsWith('<svg')); // true
 * ```
 */
export function figure(panels: readonly Panel[], options?: FigureOptions): string {
  return draw('plot.figure', panels, options);
}

/** The same for another function. */
export function draw(where: string, panels: readonly Panel[], options: FigureOptions | undefined): string {
  const checked = readPlot(where, options, figureReaders);
  const list = listOf(panel)(where, 'panels', panels);
  return checked.format === 'svg' ? svgFigure(list, checked) : terminalFigure(list, checked);
}
