/** What panels of a terminal have in common: headings, axes, and lines put together. */
import type { Axis } from '../axis.js';
import { fitted, wrapped } from '../texts.js';
import type { Paint } from './paint.js';

/** Where a panel has to be, in characters. */
export interface Columns {
  /** Of the whole picture. */
  readonly total: number;
  /** Before the plot; the last of it is a space or part of the axis. */
  readonly margin: number;
}

/** A panel that has been measured. */
export interface Block {
  /** Characters of the longest text before the plot. */
  readonly labelWidth: number;
  draw(columns: Columns, showsMarks: boolean): string[];
}

export const lengthOf = (text: string): number => Array.from(text).length;

export const cut = (text: string, width: number): string => fitted(text, Math.max(1, width), lengthOf);

/** Paragraph in lines of at most a width. */
export function paragraph(text: string | undefined, width: number): string[] {
  return text ? wrapped(text, width, lengthOf) : [];
}

/** Title and note, in one line if they fit. */
export function heading(
  { title, note }: { title?: string | undefined; note?: string | undefined },
  width: number,
  paint: Paint,
): string[] {
  if (title && note && lengthOf(title) + lengthOf(note) + 2 <= width) {
    return [`${paint.bold(title)}  ${paint.quiet(note)}`];
  }
  return [
    ...paragraph(title, width).map((line) => paint.bold(line)),
    ...paragraph(note, width).map((line) => paint.quiet(line)),
  ];
}

/** Rows of a plot behind labels, which stand at `place` from 0 (the foot) to 1. */
export function withLeftAxis(rows: readonly string[], axis: Axis, { margin }: Columns): string[] {
  const labels = new Map<number, string>();
  for (const { place, label } of axis.marks) {
    labels.set(Math.min(rows.length - 1, Math.floor((1 - place) * rows.length)), label);
  }
  return rows.map((row, index) => {
    const label = labels.get(index);
    return `${(label ?? '').padStart(margin - 2)} ${label === undefined ? '│' : '┤'}${row}`;
  });
}

/** The axis below a plot of so many characters, with the marks that fit; in the corner, what stands above it. */
export function lowerAxis(
  axis: Axis,
  size: number,
  { margin, total }: Columns,
  showsMarks: boolean,
  corner = '',
): string[] {
  const line = Array<string>(size).fill('─');
  const labels = Array<string>(size).fill(' ');
  let free = 0;
  for (const { place, label } of axis.marks) {
    const at = Math.min(size - 1, Math.floor(place * size));
    const width = lengthOf(label);
    const start = Math.max(0, Math.min(size - width, at - (width >> 1)));
    if (!showsMarks || start < free || width > size) continue;
    line[at] = '┬';
    labels.splice(start, width, ...label);
    free = start + width + 1;
  }
  const before = ' '.repeat(margin - 1);
  const rows = [`${before}└${line.join('')}`];
  if (!showsMarks) return rows;
  const text = labels.join('').trimEnd();
  const name = cut(axis.label, total - margin);
  const isBehind = lengthOf(text) + lengthOf(name) + 2 <= size;
  const shown = name !== '' && isBehind ? text.padEnd(size - lengthOf(name)) + name : text;
  rows.push(`${corner.padStart(margin - 1)} ${shown}`);
  if (name !== '' && !isBehind) rows.push(`${before} ${name.padStart(size)}`);
  return rows;
}
