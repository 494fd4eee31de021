/** A sheet of 28 by 28 pixels to draw on. */

import { useEffect, useRef } from 'preact/hooks';
import { SIDE } from './digits';

/** Of the pen, in pixels of the sheet. */
const RADIUS = 1.15;

export function Pad({
  pixels,
  row,
  label,
  onDraw,
  onEnd,
}: {
  pixels: Float32Array;
  /** The row that is read. */
  row: number;
  label: string;
  onDraw: (pixels: Float32Array) => void;
  onEnd: () => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<readonly [number, number] | undefined>(undefined);

  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const image = context.createImageData(SIDE, SIDE);
    pixels.forEach((ink, at) => {
      const paper = Math.round(255 * (1 - ink));
      image.data.set([paper, paper, paper, 255], 4 * at);
    });
    context.putImageData(image, 0, 0);
  }, [pixels]);

  const place = (event: PointerEvent): readonly [number, number] => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  };
  const onDown = (event: PointerEvent) => {
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    last.current = place(event);
    onDraw(stroke(pixels, last.current, last.current));
  };
  const onMove = (event: PointerEvent) => {
    if (!last.current) return;
    const here = place(event);
    onDraw(stroke(pixels, last.current, here));
    last.current = here;
  };
  const onUp = () => {
    if (last.current) onEnd();
    last.current = undefined;
  };
  return (
    <div class="pad">
      <canvas
        ref={canvas}
        width={SIDE}
        height={SIDE}
        role="img"
        aria-label={label}
        onPointerDown={onDown}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerCancel={onUp}
      />
      <span class="reading-row" style={{ top: `${(100 * row) / SIDE}%`, height: `${100 / SIDE}%` }} />
    </div>
  );
}

/** The sheet after a stroke from one place to another. */
function stroke(
  pixels: Float32Array,
  [fromX, fromY]: readonly [number, number],
  [toX, toY]: readonly [number, number],
): Float32Array {
  const [alongX, alongY] = [toX - fromX, toY - fromY];
  const length2 = alongX ** 2 + alongY ** 2;
  return pixels.map((ink, at) => {
    const [x, y] = [(at % SIDE) + 0.5, Math.floor(at / SIDE) + 0.5];
    const share = length2 === 0 ? 0 : ((x - fromX) * alongX + (y - fromY) * alongY) / length2;
    const nearest = Math.min(1, Math.max(0, share));
    const distance = Math.hypot(x - fromX - nearest * alongX, y - fromY - nearest * alongY);
    return Math.max(ink, Math.min(1, Math.max(0, RADIUS + 0.5 - distance)));
  });
}
