/** What the tests of training share. */

import { expect } from 'vitest';
import type { Kind, LayerOptions } from '../reference/index.js';
import {
  type AnyHistory,
  type AnySequential,
  type AnyTensor,
  type Dict,
  Linear,
  Sequential,
  tensor,
} from './api.js';
import { create, label } from './helpers.js';

/** A recurrent layer of 3 to 6 values and a Linear, with the same weights at every call. */
export function modelOf(kind: Kind, options: Partial<LayerOptions> = {}, outputSize = 2): AnySequential {
  const { hiddenSize = 6, bidirectional = false } = options;
  const layer = create(kind, { inputSize: 3, seed: 1, ...options, hiddenSize });
  const width = hiddenSize * (bidirectional ? 2 : 1);
  return new Sequential([layer, new Linear({ inputSize: width, outputSize, seed: 2 })]);
}

export function copyOf<T extends object>(state: T): T {
  return Object.fromEntries(
    Object.entries(state).map(([name, { shape, data }]: [string, AnyTensor]) => [
      name,
      tensor(data.slice(), shape),
    ]),
  ) as T;
}

/** The bits of weights, which `toEqual` would not tell apart for zeros. */
export function bitsOf(dict: Dict): Record<string, Uint32Array> {
  return Object.fromEntries(
    Object.entries(dict).map(([name, { data }]) => [name, new Uint32Array(data.slice().buffer)]),
  );
}

export function expectSameWeights(model: { stateDict(): Dict }, expected: Dict): void {
  expect(bitsOf(model.stateDict()), `weights on ${label()}`).toEqual(bitsOf(expected));
}

/** Weights and history of a fit. */
export async function fitted(
  model: AnySequential,
  data: unknown,
  options: object,
): Promise<{ weights: Record<string, Uint32Array>; history: AnyHistory }> {
  const history = await model.fit(data, options);
  return { weights: bitsOf(model.stateDict()), history };
}
