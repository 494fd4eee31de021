/** Pictures of what networks do, as SVG or as text for a terminal: pure functions of plain data. */
export { figure } from '../plot/figure.js';
export {
  type CellLinesOptions,
  cellLines,
  type GateHeatmapOptions,
  gateHeatmap,
  type StepOptions,
  type TracedTensors,
} from '../plot/gates.js';
export { type HistogramOptions, histogram } from '../plot/histogram.js';
export {
  type GradientDistanceOptions,
  gradientDistance,
  type LossCurveOptions,
  type Losses,
  lossCurve,
} from '../plot/training.js';
export type {
  AxisOptions,
  BarPanel,
  FigureOptions,
  HeatPanel,
  HistogramPanel,
  LinePanel,
  LineSeries,
  Numbers,
  Panel,
  PlotOptions,
  TensorLike,
  Tick,
} from '../plot/types.js';
