/** Heat maps as files. */

import { isGate, type Quantity } from '../network/quantities';
import { saveAs } from '../ui/save-as';
import type { Reading } from './reading';

export interface Shown {
  readonly quantity: Quantity;
  readonly units: readonly number[];
  readonly courses: readonly Float32Array[];
  readonly scale: number;
  /** Heading of the picture. */
  readonly title: string;
  readonly unitLabel: string;
  readonly stepLabel: string;
  readonly theme: 'light' | 'dark';
}

/** Text in a cell of a CSV file, in quotation marks where it would end the cell. */
function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A line per step: its number, its name, and the value of every shown unit. */
export function csvOf({ quantity, units, courses }: Shown, reading: Reading): string {
  const lines = [['step', 'name', ...units.map((unit) => `${quantity}_${unit}`)].join(',')];
  for (let t = 0; t < reading.traced.time; t++) {
    const values = units.map((unit) => String(courses[unit]?.[t] ?? ''));
    lines.push([String(t + 1), quoted(reading.stepName(t)), ...values].join(','));
  }
  return `${lines.join('\n')}\n`;
}

async function svgOf({
  quantity,
  units,
  courses,
  scale,
  title,
  unitLabel,
  stepLabel,
  theme,
}: Shown): Promise<string> {
  const { figure } = await import('cellgate/plot');
  const rows = units.map((unit) => courses[unit] ?? new Float32Array());
  return figure(
    [
      {
        kind: 'heat',
        rows,
        rowNames: units.map(String),
        rowLabel: unitLabel,
        colors: isGate(quantity) ? 'sequential' : 'diverging',
        range: isGate(quantity) ? [0, 1] : [-scale, scale],
        x: { label: stepLabel, min: 1 },
      },
    ],
    { title, theme, width: 1200, height: Math.max(200, rows.length * 12) },
  );
}

export function saveCsv(shown: Shown, reading: Reading): void {
  saveAs(`${shown.quantity}.csv`, csvOf(shown, reading), 'text/csv');
}

export async function saveSvg(shown: Shown): Promise<void> {
  saveAs(`${shown.quantity}.svg`, await svgOf(shown), 'image/svg+xml');
}

/** The same picture in pixels, two for each of its own. */
export async function savePng(shown: Shown): Promise<void> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(await svgOf(shown))}`;
  await image.decode();
  const canvas = new OffscreenCanvas(2 * image.width, 2 * image.height);
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  saveAs(`${shown.quantity}.png`, await canvas.convertToBlob({ type: 'image/png' }), 'image/png');
}
