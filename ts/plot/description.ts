/** What a screen reader says of a figure, from its data. */
import { extentOf } from './axis.js';
import { groupOf } from './legend.js';
import { short } from './numbers.js';
import type { CheckedPanel } from './read.js';
import type { Numbers } from './types.js';

/** Lines of which each is told; the others are counted. */
const MOST_TOLD = 12;

export function describeFigure(panels: readonly CheckedPanel[]): string {
  return panels.map((panel) => `${panel.title ? `${panel.title}: ` : ''}${describePanel(panel)}.`).join(' ');
}

function describePanel(panel: CheckedPanel): string {
  switch (panel.kind) {
    case 'lines': {
      const told = panel.series.slice(0, MOST_TOLD).map((line) => `${line.name} ${course(line.y)}`);
      const rest = panel.series.length - told.length;
      const groups = new Set(panel.series.map(groupOf)).size;
      return `${told.join('; ') || 'no lines'}${rest > 0 ? `; and ${rest} more lines of ${groups} kinds` : ''}`;
    }
    case 'heat': {
      const columns = panel.rows[0]?.length ?? 0;
      const size = `${panel.rows.length} ${panel.rowLabel ?? 'row'}s over ${columns} steps`;
      return `${size}, ${range(panel.rows.flatMap((row) => extentOf(row) ?? []))}`;
    }
    case 'histogram': {
      const total = Array.from(panel.counts).reduce((sum, count) => sum + count, 0);
      const [from, to] = [panel.edges[0] ?? 0, panel.edges[panel.edges.length - 1] ?? 0];
      return `${short(total)} values from ${short(from)} to ${short(to)} in ${panel.counts.length} intervals`;
    }
    case 'bars':
      return panel.bars.map(({ name, value, label }) => `${name} ${label ?? short(value)}`).join(', ');
  }
}

function range(values: Numbers): string {
  const extent = extentOf(values);
  return extent ? `values from ${short(extent[0])} to ${short(extent[1])}` : 'no values';
}

function course(values: Numbers): string {
  const shown = Array.from(values).filter(Number.isFinite);
  const [first, last] = [shown[0], shown.at(-1)];
  if (first === undefined || last === undefined) return 'without values';
  return `from ${short(first)} to ${short(last)} over ${values.length} values, ${range(shown)}`;
}
