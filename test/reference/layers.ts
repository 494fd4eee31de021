/** Runs a stack of recurrent layers over a batch: one sequence at a time, one step at a time. */

import { at, sizeOf, zeros } from './arithmetic.js';
import { gruStep } from './gru.js';
import { lstmStep } from './lstm.js';
import { directionSuffixes, hiddenOutputSize, layerParameters } from './parameters.js';
import { rnnStep } from './rnn.js';
import type {
  Call,
  Field,
  Fields,
  Kind,
  LayerTrace,
  OptionsOf,
  Parameters,
  Result,
  State,
  Step,
  Values,
} from './types.js';

export const FIELDS: Record<Kind, readonly Field[]> = {
  RNN: ['hidden'],
  GRU: ['reset', 'update', 'candidate', 'hidden'],
  LSTM: ['input', 'forget', 'candidate', 'output', 'cell', 'hidden'],
};

/** sequences[batch][time] = vector */
type Sequences = number[][][];

interface CellState {
  h: number[];
  c: number[];
}

function unpack(x: Values, timeMajor: boolean): Sequences {
  const [first = 0, second = 0, size = 0] = x.shape;
  const [batch, time] = timeMajor ? [second, first] : [first, second];
  return Array.from({ length: batch }, (_, b) =>
    Array.from({ length: time }, (_, t) => {
      const start = (timeMajor ? t * batch + b : b * time + t) * size;
      return Array.from({ length: size }, (_, index) => at(x.data, start + index));
    }),
  );
}

/** Missing steps, those past a sequence's end, become zeros. */
function pack(sequences: Sequences, time: number, size: number, timeMajor: boolean): Values {
  const batch = sequences.length;
  const shape = timeMajor ? [time, batch, size] : [batch, time, size];
  const data = zeros(sizeOf(shape));
  sequences.forEach((sequence, b) => {
    sequence.forEach((values, t) => {
      const start = (timeMajor ? t * batch + b : b * time + t) * size;
      values.forEach((value, index) => {
        data[start + index] = value;
      });
    });
  });
  return { shape, data };
}

function initialState(
  values: Values | undefined,
  row: number,
  b: number,
  batch: number,
  size: number,
): number[] {
  if (values === undefined) return zeros(size);
  return Array.from({ length: size }, (_, index) => at(values.data, (row * batch + b) * size + index));
}

function step<K extends Kind>(
  kind: K,
  p: Parameters,
  options: OptionsOf[K],
  x: number[],
  state: CellState,
): Step {
  if (kind === 'LSTM') return lstmStep(p, options, x, state.h, state.c);
  if (kind === 'GRU') return gruStep(p, options, x, state.h);
  return rnnStep(p, options, x, state.h);
}

/** The steps of one sequence in the order of time, whichever way it was walked, and the state at its end. */
function runSequence<K extends Kind>(
  kind: K,
  p: Parameters,
  options: OptionsOf[K],
  sequence: number[][],
  backwards: boolean,
  start: CellState,
): { steps: Step[]; state: CellState } {
  const steps: Step[] = [];
  let state = start;
  for (const x of backwards ? [...sequence].reverse() : sequence) {
    const values = step(kind, p, options, x, state);
    const { zoneout = 0, zoneoutCell = 0 } = options as OptionsOf['LSTM'];
    const hidden = mix(zoneout, state.h, values.hidden);
    state = { h: hidden, c: values.cell ? mix(zoneoutCell, state.c, values.cell) : state.c };
    steps.push({ ...values, hidden });
  }
  return { steps: backwards ? steps.reverse() : steps, state };
}

/** Zoneout: the share of the values before that stays. */
function mix(share: number, before: number[], now: number[]): number[] {
  return now.map((value, index) => share * at(before, index) + (1 - share) * value);
}

function traceFields(
  kind: Kind,
  runs: Step[][],
  time: number,
  sizes: [number, number],
  timeMajor: boolean,
): Fields {
  const [hiddenSize, width] = sizes;
  const fields: Fields = {};
  for (const name of FIELDS[kind]) {
    const sequences = runs.map((steps) => steps.map((values) => values[name] ?? []));
    fields[name] = pack(sequences, time, name === 'hidden' ? width : hiddenSize, timeMajor);
  }
  return fields;
}

export function runLayers<K extends Kind>(
  kind: K,
  options: OptionsOf[K],
  parameters: Parameters,
  x: Values,
  call: Call = {},
): Result {
  const { layers = 1, hiddenSize, reverse = false } = options;
  const timeMajor = call.timeMajor ?? false;
  const suffixes = directionSuffixes(options);
  const width = hiddenOutputSize(options);
  const all = unpack(x, timeMajor);
  const batch = all.length;
  const time = at(x.shape, timeMajor ? 0 : 1);
  const finalH: number[] = [];
  const finalC: number[] = [];
  const traces: LayerTrace[] = [];

  let inputs = all.map((sequence, b) => sequence.slice(0, call.lengths ? at(call.lengths, b) : time));
  for (let layer = 0; layer < layers; layer++) {
    const fields: Fields[] = [];
    const outputs: number[][][] = inputs.map((sequence) => sequence.map(() => []));
    suffixes.forEach((suffix, direction) => {
      const p = layerParameters(parameters, `_l${layer}${suffix}`);
      const row = layer * suffixes.length + direction;
      const backwards = reverse || suffix === '_reverse';
      const runs = inputs.map((sequence, b) => {
        const start = {
          h: initialState(call.state?.h, row, b, batch, width),
          c: initialState(call.state?.c, row, b, batch, hiddenSize),
        };
        const { steps, state } = runSequence(kind, p, options, sequence, backwards, start);
        steps.forEach((values, t) => {
          at(at(outputs, b), t).push(...values.hidden);
        });
        finalH.push(...state.h);
        finalC.push(...state.c);
        return steps;
      });
      fields.push(traceFields(kind, runs, time, [hiddenSize, width], timeMajor));
    });
    const [first = {}, second] = fields;
    traces.push(second ? { fields: first, reverse: second } : { fields: first });
    inputs = outputs;
  }

  const rows = layers * suffixes.length;
  const state: State = { h: { shape: [rows, batch, width], data: finalH } };
  if (kind === 'LSTM') state.c = { shape: [rows, batch, hiddenSize], data: finalC };
  return { output: pack(inputs, time, width * suffixes.length, timeMajor), state, layers: traces };
}
