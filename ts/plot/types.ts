/** What a figure is made of: plain data that the SVG and the terminal draw alike. Types only. */

/** Numbers in a plain or typed array. What is not finite is left out of lines and bars, and marked in heat maps. */
export type Numbers = ArrayLike<number> & Iterable<number>;

/** A tensor, or what is left of one behind a worker's message: values, row-major, and their shape. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly data: Numbers;
}

/** Options of every plot. */
export interface PlotOptions {
  /** `'svg'` (default): an image as text. `'terminal'`: lines of characters. */
  format?: 'svg' | 'terminal' | undefined;
  /**
   * Colours: `'light'`, `'dark'`, or `'auto'` (default), with which an SVG follows the reader's preference
   * (`prefers-color-scheme`) and a terminal takes colours that are legible on both.
   */
  theme?: 'auto' | 'light' | 'dark' | undefined;
  /** Pixels of an SVG, from 240; columns of a terminal, from 40. 760 and 80 if left out. */
  width?: number | undefined;
  /** Height of each plot without its texts: pixels, from 40, or lines, from 4. By the kind of the plot if left out. */
  height?: number | undefined;
  /**
   * Colours of a terminal, by ANSI codes: `true` those of the 256-colour palette, `'full'` any; false (default) writes plain
   * text.
   */
  color?: boolean | 'full' | undefined;
  /** Heading; what a screen reader says first. */
  title?: string | undefined;
  /** A quieter line below the heading. */
  note?: string | undefined;
  /** What a screen reader says of the picture; made from the data if left out. */
  description?: string | undefined;
}

/** A mark on an axis. */
export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** An axis; everything is found from the data if left out. */
export interface AxisOptions {
  /** What is measured, with its unit. */
  label?: string | undefined;
  /** `'log'` leaves out what is not above 0. */
  scale?: 'linear' | 'log' | undefined;
  /** The ends. */
  min?: number | undefined;
  max?: number | undefined;
  /** Marks in place of round numbers. */
  ticks?: readonly Tick[] | undefined;
}

interface PanelTexts {
  /** Heading of the panel. */
  title?: string | undefined;
  /** A quieter remark behind it. */
  note?: string | undefined;
}

/** One line of a {@link LinePanel}. */
export interface LineSeries {
  name: string;
  y: Numbers;
  /** Places of the values; 0, 1, 2 and so on if left out. */
  x?: Numbers | undefined;
  /** Lines of a group share colour and entry in the legend; the name if left out. */
  group?: string | undefined;
  /** `'solid'` if left out; `'points'` draws a ring for each value instead of a line. */
  style?: 'solid' | 'dashed' | 'dotted' | 'points' | undefined;
  /** Which of the six colours, from 0; one after the other by groups if left out. `'ink'` is that of the text. */
  color?: number | 'ink' | undefined;
}

/** Lines over a pair of axes. */
export interface LinePanel extends PanelTexts {
  kind: 'lines';
  series: readonly LineSeries[];
  x?: AxisOptions | undefined;
  y?: AxisOptions | undefined;
  /** Horizontal lines to compare with. */
  levels?: readonly { readonly name: string; readonly y: number }[] | undefined;
  /** Stretches of the x axis that are shaded. */
  spans?: readonly { readonly name?: string; readonly from: number; readonly to: number }[] | undefined;
}

/** Rows of values as colours; columns are steps of the x axis. */
export interface HeatPanel extends PanelTexts {
  kind: 'heat';
  /** All of one length. */
  rows: readonly Numbers[];
  /** What rows are called; their numbers if left out. */
  rowNames?: readonly string[] | undefined;
  /** What the rows are. */
  rowLabel?: string | undefined;
  /** Colours: one after the other (`'sequential'`), or to both sides of the middle (`'diverging'`). */
  colors: 'sequential' | 'diverging';
  /** Values of the first and the last colour; what lies beyond has these. */
  range: readonly [number, number];
  /** The x axis; `min` is the number of the first column. */
  x?: Omit<AxisOptions, 'scale' | 'max'> | undefined;
}

/** Counts of intervals that lie side by side. */
export interface HistogramPanel extends PanelTexts {
  kind: 'histogram';
  /** Ends of the intervals, ascending: one more than counts. */
  edges: Numbers;
  counts: Numbers;
  x?: Omit<AxisOptions, 'scale'> | undefined;
  y?: AxisOptions | undefined;
}

/** Named values as bars. */
export interface BarPanel extends PanelTexts {
  kind: 'bars';
  bars: readonly {
    readonly name: string;
    readonly value: number;
    /** What stands at its end; the value if left out. */
    readonly label?: string | undefined;
    /** Which of the six colours, from 0. */
    readonly color?: number | undefined;
  }[];
}

/** One plot of a {@link figure}. */
export type Panel = LinePanel | HeatPanel | HistogramPanel | BarPanel;

/** Options of {@link figure}. */
export interface FigureOptions extends PlotOptions {
  /** Panels have one x axis, and only the last one names its marks. False if left out. */
  sharedX?: boolean | undefined;
}
