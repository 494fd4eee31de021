/** Networks that were trained to hold a number, and what becomes of it in them. */

import { GRU, type Linear, LSTM, RNN, type StateDict, tensor } from 'cellgate';
import { Random } from '../../../examples/random.mjs';
import gru from '../../models/hold-gru.safetensors?url';
import lstm from '../../models/hold-lstm.safetensors?url';
import rnn from '../../models/hold-rnn.safetensors?url';
import { GATE_ORDER, type Intervention, intervened } from '../network/gates';
import type { Quantity, Recurrent } from '../network/quantities';
import { fetchModel } from '../network/start';
import { oneSequence } from '../network/trace';

export const CELLS = ['lstm', 'gru'] as const;
export type Cell = (typeof CELLS)[number];

/** Gates to play with, as the formulas name them. */
export const GATES: Readonly<Record<Cell, readonly Quantity[]>> = {
  lstm: ['forget', 'input', 'output'],
  gru: ['update', 'reset'],
};

const URLS = { lstm, gru, rnn };
const INPUTS = 2;
/** The step that is marked, and its number. */
export const MARKED_STEP = 2;
export const NUMBER = 0.8;

/** The weights of a network: after training, or as it began. */
export const WEIGHTS = ['learned', 'fresh'] as const;
export type Weights = (typeof WEIGHTS)[number];

export interface Holder {
  readonly layer: Recurrent;
  readonly readout: Linear;
  readonly dicts: Readonly<Record<Weights, StateDict>>;
}

export interface Held {
  /** Answers of every step. */
  readonly said: Float32Array;
  /** Size of the derivative of the last answer by the input, by the distance to it. */
  readonly gradient: readonly number[];
}

async function loadHolder(kind: keyof typeof URLS): Promise<Holder> {
  const [layer, readout] = (await fetchModel(URLS[kind])).layers as unknown as [Recurrent, Linear];
  return { layer, readout, dicts: { learned: layer.stateDict(), fresh: freshDict(layer) } };
}

/** First weights, as a layer of this kind and size gets them. */
function freshDict({ kind, inputSize, hiddenSize }: Recurrent): StateDict {
  const options = { inputSize, hiddenSize, seed: 1 };
  using layer =
    kind === 'LSTM'
      ? new LSTM(options)
      : kind === 'GRU'
        ? new GRU({ ...options, resetAfter: false })
        : new RNN(options);
  return layer.stateDict();
}

export type Holders = Readonly<Record<keyof typeof URLS, Holder>>;

export async function loadHolders(): Promise<Holders> {
  const [lstmHolder, gruHolder, rnnHolder] = await Promise.all([
    loadHolder('lstm'),
    loadHolder('gru'),
    loadHolder('rnn'),
  ]);
  return { lstm: lstmHolder, gru: gruHolder, rnn: rnnHolder };
}

/** Noise, with one number marked near the beginning: `[time, 2]`. */
export function noiseWithMark(time: number): Float32Array {
  const random = new Random(3, 'noise');
  const values = new Float32Array(time * INPUTS);
  for (let t = 0; t < time; t++) {
    const noise = 2 * random.next() - 1;
    values.set(t === MARKED_STEP ? [NUMBER, 1] : [noise, 0], t * INPUTS);
  }
  return values;
}

/** Runs the network with these weights, but for its gates. */
export function hold(
  { layer, readout, dicts }: Holder,
  weights: Weights,
  cell: Cell | undefined,
  interventions: Partial<Record<Quantity, Intervention>>,
  inputs: Float32Array,
): Held {
  const dict = dicts[weights];
  layer.loadStateDict(cell === undefined ? dict : intervened(dict, GATE_ORDER[cell], interventions));
  const x = oneSequence(inputs, INPUTS);
  const { output } = layer.forward(x);
  return {
    said: readout.forward(output).data,
    gradient: gradientByDistance(layer, readout, x),
  };
}

/** Backwards from the last answer, whose derivative by h are the weights of the readout. */
function gradientByDistance(layer: Recurrent, readout: Linear, x: ReturnType<typeof oneSequence>): number[] {
  const [, time] = x.shape;
  const units = layer.hiddenSize;
  const outputGradient = new Float32Array(time * units);
  outputGradient.set(readout.parameters().weight?.data ?? [], (time - 1) * units);
  const { data } = layer.backward(x, tensor(outputGradient, [1, time, units])).x;
  return Array.from({ length: time }, (_, distance) => {
    const at = (time - 1 - distance) * INPUTS;
    return Math.hypot(data[at] ?? 0, data[at + 1] ?? 0);
  });
}
