/** Which line has which colour and stroke, for all formats alike. */
import { LINES } from './colours.js';
import type { Checked } from './read.js';

export type Stroke = 'solid' | 'dashed' | 'dotted' | 'points';

/** What tells a line from the others. */
export interface Look {
  readonly name: string;
  /** Index of one of the colours. */
  readonly color: number | 'ink';
  readonly stroke: Stroke;
}

const STROKES = ['solid', 'dashed', 'dotted'] as const;

export const groupOf = ({ name, group }: Checked<'lines'>['series'][number]): string => group ?? name;

/** A look for each group, in order. When the colours are used up, they begin anew with another stroke. */
export function looksOf({ series }: Checked<'lines'>): Map<string, Look> {
  const looks = new Map<string, Look>();
  let next = 0;
  for (const line of series) {
    const name = groupOf(line);
    if (looks.has(name)) continue;
    const given = line.color;
    const index = typeof given === 'number' ? given : given === 'ink' ? 0 : next++;
    const again = STROKES[Math.floor(index / LINES.length) % STROKES.length] as Stroke;
    looks.set(name, {
      name,
      color: given === 'ink' ? 'ink' : index % LINES.length,
      stroke: line.style === 'solid' ? again : line.style,
    });
  }
  return looks;
}
