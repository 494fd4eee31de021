/** What can be learned here, as data for `fit`. */

import { BASELINE, drawAdding } from '../../../examples/experiments/tasks/adding.mjs';
import { Random } from '../../../examples/random.mjs';

export interface Task {
  /** Sequences `[count, time, features]`; those for validation are at the end. */
  readonly x: Float32Array;
  readonly shape: readonly [count: number, time: number, features: number];
  /** One number for each. */
  readonly y: Float32Array;
  readonly validation: number;
  /** Loss of the best answer that looks at nothing, or of saying the last value again. */
  readonly baseline: number;
}

const ADDING_COUNT = 3000;
const ADDING_VALIDATION = 600;

export function addingTask(time: number): Task {
  const { x, y } = drawAdding(new Random(0, 'adding'), ADDING_COUNT, time);
  return {
    x: x.data,
    shape: [ADDING_COUNT, time, 2],
    y: y.data,
    validation: ADDING_VALIDATION,
    baseline: BASELINE,
  };
}

/** How a series was brought to mean 0 and variance 1. */
export interface Scale {
  readonly mean: number;
  readonly deviation: number;
}

export interface SeriesTask extends Task {
  readonly scale: Scale;
  /** Values of the series that are for validation begin here. */
  readonly from: number;
}

const VALIDATION_SHARE = 0.2;
const MOST_WINDOWS = 6000;

/**
 * Windows of `time` values, each with the change to the next one. The last fifth is for validation; mean and deviation are
 * those of the rest.
 */
export function seriesTask(series: Float64Array, time: number): SeriesTask {
  const kept = series.slice(-(MOST_WINDOWS + time));
  const count = kept.length - time;
  const validation = Math.max(1, Math.floor(VALIDATION_SHARE * count));
  const scale = scaleOf(kept.subarray(0, kept.length - validation));
  const standard = Float32Array.from(kept, (value) => (value - scale.mean) / scale.deviation);
  const x = new Float32Array(count * time);
  const y = new Float32Array(count);
  for (let start = 0; start < count; start++) {
    x.set(standard.subarray(start, start + time), start * time);
    y[start] = (standard[start + time] ?? 0) - (standard[start + time - 1] ?? 0);
  }
  const held = y.subarray(count - validation);
  return {
    x,
    shape: [count, time, 1],
    y,
    validation,
    baseline: held.reduce((sum, change) => sum + change * change, 0) / validation,
    scale,
    from: series.length - validation,
  };
}

function scaleOf(values: Float64Array): Scale {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

/** The values that the network forecasts for the validation part, from the changes it says. */
export function forecastOf(task: SeriesTask, series: Float64Array, changes: Float32Array): number[] {
  return Array.from(
    changes,
    (change, index) => (series[task.from + index - 1] ?? 0) + change * task.scale.deviation,
  );
}
