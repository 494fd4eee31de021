/** Elements of an SVG as text. Classes carry all colours; `styles.ts` gives them. */

/** To a tenth of a pixel: more would be bytes. */
export function round(value: number): number {
  return Math.round(value * 10) / 10 || 0;
}

export function escaped(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Where a text's x is. */
export type Anchor = 'start' | 'middle' | 'end';

/** A text on a baseline. */
export function text(
  x: number,
  y: number,
  content: string,
  className: string,
  anchor: Anchor = 'start',
): string {
  const ending = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${round(x)}" y="${round(y)}" class="${className}"${ending}>${escaped(content)}</text>`;
}

/** A straight line. */
export function rule(x1: number, y1: number, x2: number, y2: number, className: string): string {
  return `<path class="${className}" d="M${round(x1)} ${round(y1)}L${round(x2)} ${round(y2)}"/>`;
}

export function rect(x: number, y: number, width: number, height: number, className: string): string {
  const size = `width="${round(width)}" height="${round(height)}"`;
  return `<rect x="${round(x)}" y="${round(y)}" ${size} class="${className}"/>`;
}

/** Lines that run along an edge of their plot are not cut in half. */
const STROKE_ROOM = 3;

/** What is inside `area`, in its own measure; the rest is cut off. An SVG inside needs no name, as a clip path would. */
export function clipped(
  { left, top, width, height }: { left: number; top: number; width: number; height: number },
  parts: readonly string[],
): string {
  const at = `x="${round(left - STROKE_ROOM)}" y="${round(top - STROKE_ROOM)}"`;
  const size = [width, height].map((side) => round(side + 2 * STROKE_ROOM));
  const view = `viewBox="${-STROKE_ROOM} ${-STROKE_ROOM} ${size.join(' ')}"`;
  return `<svg ${at} width="${size[0]}" height="${size[1]}" ${view}>${parts.join('')}</svg>`;
}
