/** What panels of an SVG have in common: heading, legend, axes. */
import type { Axis } from '../axis.js';
import type { Look } from '../legend.js';
import { widthOf, wrapped } from '../texts.js';
import { rect, rule, text } from './elements.js';
import { PANEL_SIZE, type Styles, TEXT_SIZE } from './styles.js';

/** Where a panel has to be. */
export interface Place {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  /** Of the whole picture, for texts that need more room than the plot. */
  readonly edge: number;
}

/** Elements, and where they end. */
export interface Drawn {
  readonly parts: readonly string[];
  readonly bottom: number;
}

/** The plot of a panel. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What a panel has to be drawn in. */
export interface Room {
  readonly styles: Styles;
  /** Of the figure without its edges. */
  readonly width: number;
  /** Of the plot, if asked for. */
  readonly height: number | undefined;
  /** Whether it is the only panel. */
  readonly isAlone: boolean;
}

/** A panel that has been measured. */
export interface Block {
  /** Room to the left of the plot. */
  readonly margin: number;
  draw(place: Place, showsMarks: boolean): Drawn;
}

/** About how many marks there is room for. */
export function marksFor(width: number, height: number): { x: number; y: number } {
  return { x: Math.max(2, Math.floor(width / 90)), y: Math.max(2, Math.floor(height / 44)) };
}

export const LINE_HEIGHT = 17;
const TICK = 5;
const SWATCH = 22;
const GAP = 16;

export const measure = (content: string): number => widthOf(content, TEXT_SIZE);
const measurePanel = (content: string): number => widthOf(content, PANEL_SIZE) * 1.06;

/** The title, and the note behind it or below. */
export function heading(
  { title, note }: { title?: string | undefined; note?: string | undefined },
  place: Place,
): Drawn {
  const { edge, right, top } = place;
  const lines = title ? wrapped(title, right - edge, measurePanel) : [];
  const parts = lines.map((line, index) =>
    text(edge, top + PANEL_SIZE + index * LINE_HEIGHT, line, 'text panel'),
  );
  let bottom = top + lines.length * LINE_HEIGHT;
  if (note) {
    const behind = edge + measurePanel(lines.at(-1) ?? '') + (lines.length > 0 ? 10 : 0);
    const isBehind = lines.length > 0 && behind + measure(note) <= right;
    const rest = isBehind ? [] : wrapped(note, right - edge, measure);
    if (isBehind) parts.push(text(behind, bottom - LINE_HEIGHT + PANEL_SIZE, note, 'quiet'));
    parts.push(
      ...rest.map((line, index) => text(edge, bottom + PANEL_SIZE + index * LINE_HEIGHT, line, 'quiet')),
    );
    bottom += rest.length * LINE_HEIGHT;
  }
  return { parts, bottom: bottom + (bottom > top ? 3 : 0) };
}

/** Entries side by side, in as many lines as they need. */
export function legend(looks: readonly Look[], { edge, right, top }: Place, styles: Styles): Drawn {
  let [x, y] = [edge, top];
  const parts = looks.flatMap(({ name, color, stroke }) => {
    const [line = ''] = wrapped(name, right - edge - SWATCH - 8, measure);
    const width = SWATCH + 7 + measure(line);
    if (x > edge && x + width > right) {
      x = edge;
      y += LINE_HEIGHT;
    }
    const middle = y + 8;
    const className = `line ${stroke === 'points' ? '' : `${stroke} `}${styles.stroke(color)}`;
    const mark =
      stroke === 'points'
        ? ring(x + SWATCH / 2, middle, styles.stroke(color))
        : rule(x, middle, x + SWATCH, middle, className);
    const entry = [mark, text(x + SWATCH + 7, y + 12, line, 'text')];
    x += width + GAP;
    return entry;
  });
  return { parts, bottom: looks.length === 0 ? top : y + LINE_HEIGHT + 4 };
}

export function ring(x: number, y: number, className: string): string {
  const at = `cx="${Math.round(x * 10) / 10}" cy="${Math.round(y * 10) / 10}"`;
  return `<circle ${at} r="2.8" class="line ${className}"/>`;
}

/** Room that the marks of an axis on the left need. */
export function marginOf(axis: Axis): number {
  return Math.max(0, ...axis.marks.map(({ label }) => measure(label))) + TICK + 5;
}

/** Grid and marks of an axis on the left. */
export function leftAxis(axis: Axis, { left, top, width, height }: Area): string[] {
  return axis.marks.flatMap(({ place, label }) => {
    const y = top + (1 - place) * height;
    return [rule(left, y, left + width, y, 'rule grid'), text(left - 7, y + 4, label, 'quiet', 'end')];
  });
}

/** Marks and name of an axis below; marks that would run into each other are left out. */
export function lowerAxis(axis: Axis, { left, top, width, height }: Area, showsMarks: boolean): Drawn {
  const bottom = top + height;
  const parts = [rule(left, bottom, left + width, bottom, 'rule axis')];
  if (!showsMarks) return { parts, bottom: bottom + 4 };
  let free = Number.NEGATIVE_INFINITY;
  for (const { place, label } of axis.marks) {
    const x = left + place * width;
    const half = measure(label) / 2;
    if (x - half < free) continue;
    free = x + half + 6;
    parts.push(
      rule(x, bottom, x, bottom + TICK, 'rule axis'),
      text(x, bottom + 17, label, 'quiet', 'middle'),
    );
  }
  const named = axis.label !== '';
  const size = LINE_HEIGHT + TICK;
  if (named) parts.push(text(left + width, bottom + size + 11, axis.label, 'quiet', 'end'));
  return { parts, bottom: bottom + size + (named ? LINE_HEIGHT : 0) };
}

/** The name of an axis on the left, above it. */
export function upperLabel(label: string, { edge, top }: Place): Drawn {
  if (label === '') return { parts: [], bottom: top + 4 };
  return { parts: [text(edge, top + 12, label, 'quiet')], bottom: top + LINE_HEIGHT + 7 };
}

/** What stands where there are no values. */
export function empty(area: Area): string[] {
  const { left, top, width, height } = area;
  return [
    rect(left, top, width, height, 'shade'),
    text(left + width / 2, top + height / 2 + 4, 'no values', 'quiet', 'middle'),
  ];
}
