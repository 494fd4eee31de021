/** How training went: losses over epochs, and what arrives of a gradient over a distance in time. */
import { describe, fail } from '../errors.js';
import { oneOf, optional, real } from '../options.js';
import { draw } from './figure.js';
import { short } from './numbers.js';
import { entriesOf, numbers, readPlot, steps, text } from './read.js';
import type { LinePanel, LineSeries, Numbers, PlotOptions, TensorLike } from './types.js';

/** What {@link lossCurve} draws of a history. */
export interface Losses {
  readonly loss: Numbers;
  readonly valLoss?: Numbers | undefined;
  readonly accuracy?: Numbers | undefined;
  readonly valAccuracy?: Numbers | undefined;
}

/** Options of {@link lossCurve}. */
export interface LossCurveOptions extends PlotOptions {
  /** Scale of the loss; `'linear'` if left out. */
  scale?: 'linear' | 'log' | undefined;
  /** Losses to compare with, such as that of a naive forecast, by name. */
  baselines?: { readonly [name: string]: number } | undefined;
}

/** Options of {@link gradientDistance}. */
export interface GradientDistanceOptions extends PlotOptions {
  /** Steps between cause and effect, for lists of norms; 1, 2, 3 and so on if left out. */
  distances?: Numbers | undefined;
}

const epochs = (values: Numbers): number[] => Array.from(values, (_, index) => index + 1);

function curves(training: Numbers | undefined, validation: Numbers | undefined): LineSeries[] {
  return [
    ...(training ? [{ name: 'training', x: epochs(training), y: training }] : []),
    ...(validation ? [{ name: 'validation', x: epochs(validation), y: validation }] : []),
  ];
}

function lowest(values: Numbers | undefined): string | undefined {
  const list = Array.from(values ?? []);
  const best = list.reduce(
    (at, value, index) => (value < (list[at] ?? Number.POSITIVE_INFINITY) ? index : at),
    -1,
  );
  return best < 0
    ? undefined
    : `lowest in validation: ${short(list[best] as number)} after epoch ${best + 1}`;
}

/**
 * Losses of training and validation over the epochs, and a second panel of accuracies where there are some.
 *
 * @param history what `fit` resolves to
 * @throws CellgateError `value` for options and for what is no history
 *
 * @example
 * ```ts
 * import { lossCurve } from 'cellgate/plot';
 *
 * const history = { loss: [1, 0.5, 0.3, 0.2], valLoss: [1.1, 0.6, 0.5, 0.55] };
 * const svg = lossCurve(history, { title: 'Training', scale: 'log', baselines: { naive: 0.9 } });
 * console.log(svg.includes('lowest in validation: 0.5 after epoch 3')); // true
 * ```
 */
export function lossCurve(history: Losses, options: LossCurveOptions = {}): string {
  const where = 'plot.lossCurve';
  const { scale, baselines, ...picture } = readPlot(where, options, {
    scale: oneOf(['linear', 'log'], 'linear'),
    baselines: entriesOf(real()),
  });
  const given =
    typeof history === 'object' && history !== null
      ? history
      : fail('value', where, 'history must be an object', describe(history));
  const loss = numbers(where, 'history.loss', given.loss);
  const [valLoss, accuracy, valAccuracy] = (['valLoss', 'accuracy', 'valAccuracy'] as const).map((name) =>
    optional(numbers)(where, `history.${name}`, given[name]),
  );
  const x = { label: 'epoch' };
  const panels: LinePanel[] = [
    {
      kind: 'lines',
      note: lowest(valLoss),
      series: curves(loss, valLoss),
      x,
      y: { label: 'loss', scale },
      levels: baselines.map(([name, y]) => ({ name, y })),
    },
  ];
  if (accuracy || valAccuracy) {
    panels.push({ kind: 'lines', series: curves(accuracy, valAccuracy), x, y: { label: 'accuracy' } });
  }
  return draw(where, panels, picture);
}

/** Norms of a gradient `[batch, time, size]` by the distance to the last step, beginning with 0. */
function normsOf({ shape: [batch = 0, time = 0, size = 0], data }: TensorLike): Float64Array {
  return Float64Array.from({ length: time }, (_, distance) => {
    let sum = 0;
    for (let row = 0; row < batch; row++) {
      const start = (row * time + time - 1 - distance) * size;
      for (let at = start; at < start + size; at++) sum += (data[at] as number) ** 2;
    }
    return Math.sqrt(sum);
  });
}

/**
 * How much of a gradient arrives over a distance in time, on a logarithmic axis: where lines fall, a cell forgets to learn.
 *
 * @param gradients by name: norms for each of `distances`; or a gradient of x, `[batch, time, size]` as `backward` gives it, of
 * which the distance is that to the last step
 * @throws CellgateError `value`, `dtype`, `shape`
 *
 * @example
 * ```ts
 * import { LSTM, RNN, tensor } from 'cellgate';
 * import { gradientDistance } from 'cellgate/plot';
 *
 * const x = tensor(new Float32Array(50).fill(0.1), [1, 50, 1]);
 * const last = new Float32Array(50 * 8);
 * last.fill(1, 49 * 8); // the derivative of a loss that sees the last step only
 * const outputGradient = tensor(last, [1, 50, 8]);
 * const ofRnn = new RNN({ inputSize: 1, hiddenSize: 8 }).backward(x, outputGradient).x;
 * const ofLstm = new LSTM({ inputSize: 1, hiddenSize: 8 }).backward(x, outputGradient).x;
 * console.log(gradientDistance({ RNN: ofRnn, LSTM: ofLstm }, { format: 'terminal' }));
 * ```
 */
export function gradientDistance(
  gradients: { readonly [name: string]: Numbers | TensorLike },
  options: GradientDistanceOptions = {},
): string {
  const where = 'plot.gradientDistance';
  const { distances, ...picture } = readPlot(where, options, { distances: optional(numbers) });
  if (typeof gradients !== 'object' || gradients === null) {
    fail('value', where, 'gradients must be an object of norms or tensors by name', describe(gradients));
  }
  const series = Object.entries(gradients).map(([key, value]): LineSeries => {
    const name = text(where, 'gradients', key);
    if (typeof value === 'object' && value !== null && 'shape' in value) {
      const y = normsOf(steps(where, name, value));
      return { name, x: y.map((_, distance) => distance), y };
    }
    const y = numbers(where, name, value);
    return { name, x: distances ?? epochs(y), y };
  });
  const x = { label: 'steps back' };
  return draw(
    where,
    [{ kind: 'lines', series, x, y: { label: 'norm of the gradient', scale: 'log' } }],
    picture,
  );
}
