/** A cell's run over a sequence, and the value of everything that its diagram shows. */

import { spread } from '../network/statistics';
import { coursesOf, oneSequence, type Traced, traceLayer, valueAt } from '../network/trace';
import { type CellNetwork, INPUTS, type Kind, UNITS } from './kinds';

/** Places of the diagrams. `keep`, `write`, `one` and `out` are operations, `previous…` what came from the step before. */
export type Place =
  | 'x'
  | 'previousHidden'
  | 'previousCell'
  | 'forget'
  | 'input'
  | 'candidate'
  | 'output'
  | 'reset'
  | 'update'
  | 'keep'
  | 'write'
  | 'one'
  | 'resetHidden'
  | 'sum'
  | 'squashed'
  | 'out'
  | 'cell'
  | 'hidden';

export interface CellRun {
  readonly kind: Kind;
  readonly inputs: Float32Array;
  readonly traced: Traced;
  /** What the network says at each step. */
  readonly said: Float32Array;
}

export function runCell({ kind, layer, readout }: CellNetwork, inputs: Float32Array): CellRun {
  const x = oneSequence(inputs, INPUTS);
  const { output } = layer.forward(x);
  return { kind, inputs, traced: traceLayer(layer, x), said: readout.forward(output).data };
}

/** The unit whose changes move the answer most. */
export function leadingUnit({ traced }: CellRun, { readout }: CellNetwork): number {
  const weights = readout.parameters().weight?.data ?? [];
  const shares = coursesOf(traced, 'hidden').map(
    (course, unit) => Math.abs(weights[unit] ?? 0) * spread(course),
  );
  return shares.indexOf(Math.max(...shares));
}

/** The value of a unit (of an input, for `x`) at a place. */
export function placeValue(run: CellRun, place: Place, t: number, unit: number): number {
  const at = (quantity: Parameters<typeof valueAt>[1], step = t) => valueAt(run.traced, quantity, step, unit);
  const isGru = run.kind === 'gru';
  switch (place) {
    case 'x':
      return run.inputs[t * INPUTS + unit] ?? 0;
    case 'previousHidden':
      return at('hidden', t - 1);
    case 'previousCell':
      return at('cell', t - 1);
    case 'keep':
      return isGru ? at('update') * at('hidden', t - 1) : at('forget') * at('cell', t - 1);
    case 'one':
      return 1 - at(isGru ? 'update' : 'forget');
    case 'write':
      return (isGru ? 1 - at('update') : at('input')) * at('candidate');
    case 'resetHidden':
      return at('reset') * at('hidden', t - 1);
    case 'sum':
      return at(isGru ? 'hidden' : 'cell');
    case 'squashed':
      return Math.tanh(at('cell'));
    case 'out':
      return at('hidden');
    default:
      return at(place);
  }
}

/** All units at a place. */
export function placeVector(run: CellRun, place: Place, t: number): number[] {
  const count = place === 'x' ? INPUTS : UNITS;
  return Array.from({ length: count }, (_, unit) => placeValue(run, place, t, unit));
}

/** Whether values of a place are from 0 to 1. */
export function isShare(place: Place): boolean {
  return ['forget', 'input', 'output', 'reset', 'update', 'one'].includes(place);
}
