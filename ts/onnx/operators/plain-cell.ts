/**
 * Cells as the specification has them, in plain loops: for activations that the library's layers lack, or that differ by
 * direction. Blocks of gates are in ONNX's order.
 */

import type { RawModule } from '../../backend/raw.js';
import { fail } from '../../errors.js';
import type { CellKind } from '../gates.js';
import type { CellActivation } from './cell-activations.js';

type Floats = Float32Array<ArrayBufferLike>;

/** One direction of a node. */
export interface PlainCell {
  readonly kind: CellKind;
  readonly features: number;
  readonly hidden: number;
  /** [gates * hidden, features], [gates * hidden, hidden], [2 * gates * hidden], [3 * hidden] */
  readonly w: Floats;
  readonly r: Floats;
  readonly b: Floats | undefined;
  readonly p: Floats | undefined;
  readonly activations: readonly CellActivation[];
  readonly clip: number;
  readonly isCoupled: boolean;
  readonly resetAfter: boolean;
}

/** What a step works on: sums of W x + b and of R h + b for all gates, and the state, which it changes. */
interface Step {
  readonly ofInput: Float64Array;
  readonly ofHidden: Float64Array;
  readonly h: Float64Array;
  readonly c: Float64Array;
}

type StepFunction = (step: Step) => void;

function products(
  weights: Floats,
  x: ArrayLike<number>,
  at: number,
  bias: Floats | undefined,
  biasAt: number,
  sums: Float64Array,
): void {
  const width = weights.length / sums.length;
  for (let row = 0; row < sums.length; row++) {
    let sum = bias?.[biasAt + row] ?? 0;
    for (let column = 0; column < width; column++) {
      sum += (weights[row * width + column] as number) * (x[at + column] as number);
    }
    sums[row] = sum;
  }
}

function rnnStep({ hidden, activations, clip }: PlainCell): StepFunction {
  const [f] = activations.map(({ apply }) => apply) as [CellActivation['apply']];
  return ({ ofInput, ofHidden, h }) => {
    for (let unit = 0; unit < hidden; unit++) {
      h[unit] = f(bounded((ofInput[unit] as number) + (ofHidden[unit] as number), clip));
    }
  };
}

/** Blocks i, o, f, c. */
function lstmStep({ hidden, activations, clip, p, isCoupled }: PlainCell): StepFunction {
  const [f, g, out] = activations.map(({ apply }) => apply) as [
    CellActivation['apply'],
    CellActivation['apply'],
    CellActivation['apply'],
  ];
  return ({ ofInput, ofHidden, h, c }) => {
    for (let unit = 0; unit < hidden; unit++) {
      const old = c[unit] as number;
      const gate = (block: number, seen: number): number => {
        const at = block * hidden + unit;
        const peephole = (p?.[at] ?? 0) * seen;
        return bounded((ofInput[at] as number) + (ofHidden[at] as number) + peephole, clip);
      };
      const input = f(gate(0, old));
      const forget = isCoupled ? 1 - input : f(gate(2, old));
      const at = 3 * hidden + unit;
      const candidate = g(bounded((ofInput[at] as number) + (ofHidden[at] as number), clip));
      const cell = forget * old + input * candidate;
      c[unit] = cell;
      h[unit] = f(gate(1, cell)) * out(cell);
    }
  };
}

/** Blocks z, r, h. */
function gruStep({ hidden, activations, clip, r, b, resetAfter }: PlainCell): StepFunction {
  const [f, g] = activations.map(({ apply }) => apply) as [CellActivation['apply'], CellActivation['apply']];
  const candidateWeights = r.subarray(2 * hidden * hidden);
  const seen = new Float64Array(hidden);
  const candidates = new Float64Array(hidden);
  return ({ ofInput, ofHidden, h }) => {
    const gate = (at: number): number => f(bounded((ofInput[at] as number) + (ofHidden[at] as number), clip));
    for (let unit = 0; unit < hidden; unit++) {
      const reset = gate(hidden + unit);
      if (resetAfter) candidates[unit] = reset * (ofHidden[2 * hidden + unit] as number);
      else seen[unit] = reset * (h[unit] as number);
    }
    if (!resetAfter) products(candidateWeights, seen, 0, b, 5 * hidden, candidates);
    for (let unit = 0; unit < hidden; unit++) {
      const update = gate(unit);
      const sum = (ofInput[2 * hidden + unit] as number) + (candidates[unit] as number);
      h[unit] = (1 - update) * g(bounded(sum, clip)) + update * (h[unit] as number);
    }
  };
}

function bounded(sum: number, clip: number): number {
  return Math.min(Math.max(sum, -clip), clip);
}

const STEPS: Readonly<Record<CellKind, (cell: PlainCell) => StepFunction>> = {
  RNN: rnnStep,
  LSTM: lstmStep,
  GRU: gruStep,
};

/** Where one sequence is: of each step in x and y, and of h and c in the state, which becomes the final one. */
interface Sequence {
  readonly x: Floats;
  readonly xAt: (time: number) => number;
  readonly y: Floats;
  readonly yAt: (time: number) => number;
  readonly state: Floats;
  readonly hAt: number;
  readonly cAt: number;
  readonly length: number;
  readonly isReverse: boolean;
}

/** A function that runs a sequence through one direction. */
function sequenceRunner(cell: PlainCell): (sequence: Sequence) => void {
  const { kind, hidden, w, r, b } = cell;
  const rows = r.length / hidden;
  const step = STEPS[kind](cell);
  const place: Step = {
    ofInput: new Float64Array(rows),
    ofHidden: new Float64Array(rows),
    h: new Float64Array(hidden),
    c: new Float64Array(hidden),
  };
  const { h, c } = place;
  const hasCell = kind === 'LSTM';
  return ({ x, xAt, y, yAt, state, hAt, cAt, length, isReverse }) => {
    h.set(state.subarray(hAt, hAt + hidden));
    if (hasCell) c.set(state.subarray(cAt, cAt + hidden));
    for (let at = 0; at < length; at++) {
      const time = isReverse ? length - 1 - at : at;
      products(w, x, xAt(time), b, 0, place.ofInput);
      products(r, h, 0, b, rows, place.ofHidden);
      step(place);
      y.set(h, yAt(time));
    }
    state.set(h, hAt);
    if (hasCell) state.set(c, cAt);
  };
}

/**
 * What runs these directions, called as a layer of the library is.
 * @param isReverse of each direction
 */
export function plainLayer(
  cells: readonly PlainCell[],
  isReverse: readonly boolean[],
): Pick<RawModule, 'forward'> {
  const runners = cells.map(sequenceRunner);
  const { hidden = 0, features = 0 } = cells[0] ?? {};
  return {
    forward(where, input, [first = 0, second = 0], isTimeMajor, lengths, state, y, final) {
      const x = input as Floats;
      const [time, batch] = isTimeMajor ? [first, second] : [second, first];
      y.fill(0);
      if (state === null) final.fill(0);
      else final.set(state);
      for (const [direction, run] of runners.entries()) {
        for (let sequence = 0; sequence < batch; sequence++) {
          const length = lengths?.[sequence] ?? time;
          if (length > time) {
            fail(
              'value',
              where,
              `lengths[${sequence}] must be an integer from 0 to time = ${time}`,
              String(length),
            );
          }
          const row = (at: number): number => (isTimeMajor ? at * batch + sequence : sequence * time + at);
          const hAt = (direction * batch + sequence) * hidden;
          run({
            x,
            xAt: (at) => row(at) * features,
            y,
            yAt: (at) => (row(at) * runners.length + direction) * hidden,
            state: final,
            hAt,
            cAt: runners.length * batch * hidden + hAt,
            length,
            isReverse: isReverse[direction] === true,
          });
        }
      }
    },
  };
}
