/** Lines over a pair of axes, by uPlot, in the colours of the page. */

import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import './chart.css';
import { theme } from '../state/settings';
import { tick } from './numbers';

export interface Line {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** A custom property of the style sheet, `--q-cell`. */
  readonly hue: string;
  readonly isDashed?: boolean;
}

export interface ChartProps {
  /** What a screen reader says of it. */
  readonly label: string;
  readonly x: readonly number[];
  readonly lines: readonly Line[];
  readonly xLabel: string;
  readonly yLabel: string;
  readonly height?: number;
  readonly isLog?: boolean;
  /** Ends of the vertical axis; those of the data if left out. */
  readonly range?: readonly [number, number];
  /** A place on the x axis to mark. */
  readonly mark?: number;
  /** Pointing at a place of the x axis, by its index. */
  readonly onPoint?: (index: number) => void;
}

function styleOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function drawMark(plot: uPlot, mark: number | undefined) {
  if (mark === undefined) return;
  const { ctx, bbox } = plot;
  const x = Math.round(plot.valToPos(mark, 'x', true));
  ctx.save();
  ctx.strokeStyle = styleOf('--ink');
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.setLineDash([]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

/** On a logarithmic axis only some ticks have a label; the others come as null. */
function tickLabels(_plot: uPlot, splits: readonly (number | null)[]): string[] {
  return splits.map((value) => (value === null ? '' : tick(value)));
}

/** Powers of ten, every second one if there are many, with twice and five times each if there are few. */
function decades(_plot: uPlot, _axis: number, low: number, high: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const every = powers.length > 6 ? 2 : 1;
  const factors = powers.length < 4 ? [1, 2, 5] : [1];
  return powers
    .filter((power) => power % every === 0)
    .flatMap((power) => factors.map((factor) => factor * 10 ** power))
    .filter((value) => value >= low && value <= high);
}

function optionsOf(props: ChartProps, width: number, latest: { current: ChartProps }): uPlot.Options {
  const quiet = styleOf('--quiet');
  const axis = {
    stroke: quiet,
    font: '13px system-ui, sans-serif',
    labelFont: '13px system-ui, sans-serif',
    labelSize: 18,
    grid: { stroke: styleOf('--line'), width: 1 },
    ticks: { stroke: styleOf('--line'), width: 1 },
  };
  const { isLog = false, range } = props;
  return {
    width,
    height: props.height ?? 240,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 8 } },
    scales: {
      x: { time: false },
      y: isLog ? { distr: 3, ...(range && { range: [...range] }) } : range ? { range: [...range] } : {},
    },
    axes: [
      { ...axis, label: props.xLabel, size: 32, values: tickLabels },
      {
        ...axis,
        label: props.yLabel,
        size: 58,
        values: tickLabels,
        ...(isLog && { splits: decades, filter: (_plot: uPlot, splits: number[]) => splits }),
      },
    ],
    series: [
      {},
      ...props.lines.map(({ name, hue, isDashed }) => ({
        label: name,
        stroke: styleOf(hue),
        width: 2,
        points: { show: false },
        ...(isDashed && { dash: [6, 5] }),
      })),
    ],
    hooks: {
      draw: [(plot) => drawMark(plot, latest.current.mark)],
      setCursor: [
        ({ cursor }) => {
          if (typeof cursor.idx === 'number' && cursor.event) latest.current.onPoint?.(cursor.idx);
        },
      ],
    },
  };
}

export function Chart(props: ChartProps) {
  const { label, lines, x, height = 240 } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  // What a plot cannot change later.
  const shape = JSON.stringify([
    theme.value,
    lines.map(({ name, hue, isDashed }) => [name, hue, isDashed]),
    [props.xLabel, props.yLabel, props.isLog, props.range, height],
  ]);

  // `shape` stands for the properties that are read.
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const made = new uPlot(
      optionsOf(latest.current, element.clientWidth, latest),
      dataOf(latest.current),
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [shape]);

  // They are what a drawing shows.
  useEffect(() => {
    plot.current?.setData(dataOf(latest.current));
  }, [x, lines, props.mark]);

  return (
    <figure class="chart">
      <div ref={place} role="img" aria-label={label} style={{ minHeight: `${height}px` }} />
      <figcaption>
        <ul class="legend" aria-hidden="true">
          {lines.map(({ name, hue, isDashed }) => (
            <li key={name}>
              <span class={isDashed ? 'dashed' : undefined} style={{ borderColor: `var(${hue})` }} /> {name}
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  );
}

function dataOf({ x, lines }: ChartProps): uPlot.AlignedData {
  return [[...x], ...lines.map(({ values }) => [...values])] as uPlot.AlignedData;
}
