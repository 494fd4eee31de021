/** Pictures as text: as wide as asked, without anything that a terminal obeys but colours, and true to their data. */
import { cellLines, figure, gateHeatmap, histogram } from 'cellgate/plot';
import { describe, expect, it } from 'vitest';
import { FIGURES, steps } from './figures.js';

/** A code for colours, without its escape character. */
const ESCAPE = String.fromCharCode(27);
const SGR = new RegExp(`${ESCAPE}\\[[\\d;]*m`, 'g');
const lines = (text: string): string[] => text.split('\n');
const lengthOf = (line: string): number => Array.from(line.replace(SGR, '')).length;

describe.each(Object.entries(FIGURES))('%s', (_name, draw) => {
  it.each([40, 80, 200])('is text of at most %i columns', (width) => {
    const text = draw({ format: 'terminal', width });
    expect(draw({ format: 'terminal', width })).toBe(text);
    expect(text.endsWith('\n')).toBe(true);
    expect(text).not.toMatch(/NaN|undefined/);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Surrogate}|\p{Bidi_Control}/u);
    for (const line of lines(text)) expect(lengthOf(line), line).toBeLessThanOrEqual(width);
  });

  it.each([true, 'full'] as const)('has colours where asked: %s', (color) => {
    const text = draw({ format: 'terminal', color, width: 72 });
    const bare = text.replace(SGR, '');
    expect(bare.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    for (const line of lines(text)) {
      expect(lengthOf(line), line).toBeLessThanOrEqual(72);
      // What comes behind the picture has the terminal's own colours.
      const last = line.match(SGR)?.at(-1);
      if (last !== undefined) expect(last).toBe('\u001b[0m');
    }
  });
});

describe('in a terminal', () => {
  it('shades of a heat map are those of its values', () => {
    const tensor = steps(5, 2, (step, unit) => (unit === 0 ? step / 4 : 1 - step / 4));
    const rows = lines(gateHeatmap(tensor, { format: 'terminal', width: 40 })).filter((line) =>
      line.includes('│'),
    );
    expect(rows.map((row) => row.split('│')[1]?.trimEnd())).toEqual([
      '      ░░░░░░▒▒▒▒▒▒▓▓▓▓▓▓██████',
      '██████▓▓▓▓▓▓▒▒▒▒▒▒░░░░░░',
    ]);
  });

  it('colours of a heat map are the nearest of the palette, two rows to a line', () => {
    const text = gateHeatmap(
      steps(1, 2, (_, unit) => unit),
      { format: 'terminal', color: 'full' },
    );
    // Viridis from #440154 to #fde725: lower row behind, upper row in front.
    expect(text).toContain('\u001b[38;2;68;1;84;48;2;253;231;37m▀');
  });

  it('a line rises where its values do', () => {
    const text = figure([{ kind: 'lines', series: [{ name: 'a', y: [0, 1] }], y: { min: 0, max: 1 } }], {
      format: 'terminal',
      width: 40,
      height: 8,
    });
    const plot = lines(text)
      .filter((line) => /[│┤]/.test(line))
      .map((line) => line.split(/[│┤]/)[1] ?? '');
    expect(plot).toHaveLength(8);
    const first = plot.map((line) => line.search(/[\u2801-\u28ff]/));
    expect(first.every((column, row) => row === 0 || column < (first[row - 1] ?? 0))).toBe(true);
  });

  it('lines without colours have marks of their own', () => {
    const text = cellLines(
      steps(9, 3, (step, unit) => step * unit),
      { format: 'terminal' },
    );
    expect(text).toContain('** unit 0   oo unit 1   ++ unit 2');
  });

  it('bars of a histogram are as high as counts', () => {
    const text = histogram([0, 0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3], {
      bins: 3,
      format: 'terminal',
      width: 40,
      height: 8,
    });
    const top = lines(text).find((line) => line.includes('█')) ?? '';
    const [from, to] = [top.indexOf('█'), top.lastIndexOf('█')];
    expect(from).toBeGreaterThan(20);
    expect(to).toBe(lengthOf(top) - 1);
  });
});
