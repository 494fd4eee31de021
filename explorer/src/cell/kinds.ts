/** The cells that can be opened, and the small networks that stand for them. */

import type { Linear } from 'cellgate';
import coupled from '../../models/cell-coupled.safetensors?url';
import gru from '../../models/cell-gru.safetensors?url';
import lstm from '../../models/cell-lstm.safetensors?url';
import peephole from '../../models/cell-peephole.safetensors?url';
import rnn from '../../models/cell-rnn.safetensors?url';
import type { Quantity, Recurrent } from '../network/quantities';
import { loadModel } from '../network/start';

export const KINDS = ['rnn', 'lstm', 'coupled', 'peephole', 'gru'] as const;
export type Kind = (typeof KINDS)[number];

/** Of every cell in the diagrams. */
export const UNITS = 4;
/** A number, and whether it is marked. */
export const INPUTS = 2;

const URLS: Readonly<Record<Kind, string>> = { rnn, lstm, coupled, peephole, gru };

/** What has weights of its own, in the order of the parameters' rows; that of an RNN is its hidden state. */
export const WEIGHTED: Readonly<Record<Kind, readonly Quantity[]>> = {
  rnn: ['hidden'],
  lstm: ['input', 'forget', 'candidate', 'output'],
  coupled: ['forget', 'candidate', 'output'],
  peephole: ['input', 'forget', 'candidate', 'output'],
  gru: ['reset', 'update', 'candidate'],
};

/** Rows of the peephole weights. */
export const PEEPHOLES: readonly Quantity[] = ['input', 'forget', 'output'];

export interface CellNetwork {
  readonly kind: Kind;
  readonly layer: Recurrent;
  readonly readout: Linear;
}

export async function loadCell(kind: Kind): Promise<CellNetwork> {
  const [layer, readout] = (await loadModel(URLS[kind])).layers as unknown as [Recurrent, Linear];
  return { kind, layer, readout };
}
