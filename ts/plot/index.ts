/** The public names of `cellgate/plot`. */

export { figure } from './figure.js';
export {
  type CellLinesOptions,
  cellLines,
  type GateHeatmapOptions,
  gateHeatmap,
  type StepOptions,
  type TracedTensors,
} from './gates.js';
export { type HistogramOptions, histogram } from './histogram.js';
export {
  type GradientDistanceOptions,
  gradientDistance,
  type LossCurveOptions,
  type Losses,
  lossCurve,
} from './training.js';
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
} from './types.js';
