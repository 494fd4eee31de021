// What the SVG pictures are made of: strings of elements, one font, greys for everything that is not data.

import { hex } from './colours.mjs';

const HEAT_LEVELS = 40;
const STYLE = `
  text { font: 13px system-ui, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #26262e }
  .title { font-size: 24px; font-weight: 600 }
  .panel { font-size: 15px; font-weight: 600 }
  .quiet { fill: #6b6b76 }
  .note { font-size: 13px; font-weight: 400 }
  .grid { stroke: #e4e4ea; stroke-width: 1 }
  .axis { stroke: #9a9aa6; stroke-width: 1 }
  .line { fill: none; stroke-linejoin: round; stroke-linecap: round }`;

/** The file: `parts` on white. `title` is what a screen reader says. */
export function svgDocument({ width, height, title, parts }) {
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...parts,
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

/** Text whose baseline begins (or ends, or has its middle) at x, y. */
export function text(x, y, content, className, anchor) {
  const attributes = `${className ? ` class="${className}"` : ''}${anchor ? ` text-anchor="${anchor}"` : ''}`;
  return `<text x="${round(x)}" y="${round(y)}"${attributes}>${escaped(content)}</text>`;
}

/** Text with a quieter remark behind it. */
export function heading(x, y, content, note) {
  const remark = note ? `<tspan class="quiet note" dx="10">${escaped(note)}</tspan>` : '';
  return `<text x="${round(x)}" y="${round(y)}" class="panel">${escaped(content)}${remark}</text>`;
}

/** A straight line of a class (`grid`, `axis`). */
export function rule(className, x1, y1, x2, y2) {
  const ends = [x1, y1, x2, y2].map(round);
  return `<line class="${className}" x1="${ends[0]}" y1="${ends[1]}" x2="${ends[2]}" y2="${ends[3]}"/>`;
}

/** A line through points [x, y]. */
export function polyline(points, colour, width, dashes) {
  const dash = dashes ? ` stroke-dasharray="${dashes}"` : '';
  const stroke = `stroke="${hex(colour)}" stroke-width="${width}"${dash}`;
  const places = points.map(([x, y]) => `${round(x)},${round(y)}`);
  return `<polyline class="line" ${stroke} points="${places.join(' ')}"/>`;
}

/** Entries `[name, colour, dashes | 'dot']`, one under the other. */
export function legend(left, top, entries) {
  return entries.flatMap(([name, colour, kind], i) => {
    const y = top + i * 20;
    const stroke = `stroke="${hex(colour)}" stroke-width="2"`;
    const dash = kind ? ` stroke-dasharray="${kind}"` : '';
    const mark =
      kind === 'dot'
        ? `<circle cx="${left + 14}" cy="${y}" r="3.6" fill="none" ${stroke}/>`
        : `<line x1="${left}" x2="${left + 28}" y1="${y}" y2="${y}" ${stroke}${dash}/>`;
    return [mark, text(left + 36, y + 4, name)];
  });
}

/**
 * Rows of values as cells `rowHeight` high, from `left` to `right`. One path per colour instead of a rectangle per
 * value: a tenth of the bytes.
 */
export function heatMap(rows, { left, right, top, rowHeight }, colourOf) {
  const columns = rows[0].length;
  const paths = new Map();
  rows.forEach((row, y) => {
    row.forEach((value, x) => {
      const level = hex(colourOf(Math.round(value * HEAT_LEVELS) / HEAT_LEVELS));
      paths.set(level, `${paths.get(level) ?? ''}M${x} ${y}h1v1h-1z`);
    });
  });
  const fills = [...paths].map(([fill, path]) => `<path fill="${fill}" d="${path}"/>`);
  const place = `translate(${left} ${top}) scale(${round((right - left) / columns)} ${rowHeight})`;
  return `<g shape-rendering="crispEdges" transform="${place}">${fills.join('')}</g>`;
}

/** The colours of `from` (at the foot) to `to`, and what stands for both ends. */
export function colourBar(x, top, height, colourOf, [from, to], [low, high]) {
  const steps = Array.from({ length: HEAT_LEVELS }, (_, i) => {
    const fill = hex(colourOf(to - ((i + 0.5) / HEAT_LEVELS) * (to - from)));
    const y = top + (i * height) / HEAT_LEVELS;
    return `<path fill="${fill}" d="M${x} ${round(y)}h12v${round(height / HEAT_LEVELS + 0.4)}h-12z"/>`;
  });
  return [...steps, text(x + 18, top + 10, high, 'quiet'), text(x + 18, top + height, low, 'quiet')];
}

/** To a hundredth: more would be bytes. */
export function round(value) {
  return Math.round(value * 100) / 100;
}

function escaped(content) {
  return String(content).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
