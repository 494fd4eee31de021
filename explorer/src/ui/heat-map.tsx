/** Rows of values as colours, with a cursor that the pointer and the arrow keys move. */

import { useEffect, useMemo, useRef } from 'preact/hooks';
import { theme } from '../state/settings';
import { colourTable, type Palette, type Theme } from './colours';
import './heat-map.css';

export interface HeatMapProps {
  /** Rows of one length, from the top; with `isUpright` from the left, and time runs down. */
  readonly rows: readonly Float32Array[];
  readonly rowNames: readonly string[];
  readonly palette: Palette;
  /** Values of `signed` are from -scale to scale. */
  readonly scale: number;
  /** -1 if the chosen one is not among them. */
  readonly row: number;
  readonly t: number;
  readonly onMove: (row: number, t: number) => void;
  readonly label: string;
  /** What the cursor is on, in words. */
  readonly says: string;
  /** Least size of a value, in pixels along time and across. */
  readonly cell: readonly [along: number, across: number];
  readonly isUpright?: boolean;
}

const LABEL_FROM = 13;

export function HeatMap(props: HeatMapProps) {
  const { rows, rowNames, palette, scale, row, t, onMove, label, says, cell, isUpright = false } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const time = rows[0]?.length ?? 0;
  const [along, across] = cell;
  const [width, height] = isUpright
    ? [rows.length * across, time * along]
    : [time * along, rows.length * across];
  const shownTheme = theme.value;

  const picture = useMemo(
    () => pictureOf(rows, palette, scale, shownTheme),
    [rows, palette, scale, shownTheme],
  );

  useEffect(() => {
    if (canvas.current && picture) paint(canvas.current, picture, { row, t, isUpright, shownTheme });
  });

  const move = (byRow: number, byTime: number) => {
    const within = (value: number, count: number) => Math.min(count - 1, Math.max(0, value));
    onMove(within(row + byRow, rows.length), within(t + byTime, time));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const [before, after] = isUpright ? ['ArrowUp', 'ArrowDown'] : ['ArrowLeft', 'ArrowRight'];
    const [up, down] = isUpright ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];
    const steps: Record<string, readonly [number, number]> = {
      [before ?? '']: [0, event.shiftKey ? -10 : -1],
      [after ?? '']: [0, event.shiftKey ? 10 : 1],
      [up ?? '']: [-1, 0],
      [down ?? '']: [1, 0],
      Home: [0, -time],
      End: [0, time],
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    move(...step);
  };
  const onPointer = (event: PointerEvent & { currentTarget: HTMLCanvasElement }) => {
    if (event.type === 'pointermove' && event.buttons === 0) return;
    const box = event.currentTarget.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const [overRows, overTime] = isUpright ? [x, y] : [y, x];
    const at = (share: number, count: number) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
    onMove(at(overRows, rows.length), at(overTime, time));
  };

  return (
    <div class="heat">
      {across >= LABEL_FROM && !isUpright && (
        <ol class="row-names" aria-hidden="true">
          {rowNames.map((name, index) => (
            <li key={name} class={index === row ? 'now' : undefined} style={{ height: `${across}px` }}>
              {name}
            </li>
          ))}
        </ol>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move its cursor. */}
      <div class="scroll" role="application" tabIndex={0} aria-label={label} onKeyDown={onKeyDown}>
        <canvas
          ref={canvas}
          style={{ width: isUpright ? `${width}px` : `max(100%, ${width}px)`, height: `${height}px` }}
          onPointerMove={onPointer}
          onPointerDown={onPointer}
        />
      </div>
      <p class="says" aria-live="polite">
        {says}
      </p>
    </div>
  );
}

/** A pixel for each value; undefined without any. */
function pictureOf(
  rows: readonly Float32Array[],
  palette: Palette,
  scale: number,
  shownTheme: Theme,
): OffscreenCanvas | undefined {
  const time = rows[0]?.length ?? 0;
  if (time === 0) return undefined;
  const colours = colourTable(palette, shownTheme);
  const image = new ImageData(time, rows.length);
  const pixels = new Uint32Array(image.data.buffer);
  const [low, range] = palette === 'gate' ? [0, 1] : [-scale, 2 * scale];
  rows.forEach((values, y) => {
    values.forEach((value, x) => {
      const share = Math.min(1, Math.max(0, (value - low) / range));
      pixels[y * time + x] = colours[Math.round(share * (colours.length - 1))] ?? 0;
    });
  });
  const picture = new OffscreenCanvas(time, rows.length);
  picture.getContext('2d')?.putImageData(image, 0, 0);
  return picture;
}

/** The picture, stretched, and the cursor over it. */
function paint(
  canvas: HTMLCanvasElement,
  picture: OffscreenCanvas,
  { row, t, isUpright, shownTheme }: { row: number; t: number; isUpright: boolean; shownTheme: Theme },
) {
  const context = canvas.getContext('2d');
  if (!context) return;
  const box = canvas.getBoundingClientRect();
  canvas.width = Math.round(box.width * devicePixelRatio);
  canvas.height = Math.round(box.height * devicePixelRatio);
  context.imageSmoothingEnabled = false;
  const [across, down] = isUpright ? [canvas.height, canvas.width] : [canvas.width, canvas.height];
  // Upright is the mirror image at the diagonal.
  if (isUpright) context.setTransform(0, 1, 1, 0, 0, 0);
  context.drawImage(picture, 0, 0, across, down);
  const [each, high] = [across / picture.width, down / picture.height];
  context.strokeStyle = shownTheme === 'dark' ? '#fff' : '#000';
  context.lineWidth = 2 * devicePixelRatio;
  if (row >= 0) context.strokeRect(0, row * high, across, high);
  context.strokeRect(t * each, 0, each, down);
}
