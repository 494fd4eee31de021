/** Gradients against those of PyTorch's autograd, of which `test/golden/from_torch_gradients.py` tells. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Call, Kind, OptionsOf, State, Values } from '../reference/index.js';
import { Embedding, Linear, tensor } from './api.js';
import { create, entry, expectClose, expectState, toDict, toTensor } from './helpers.js';

interface Golden {
  kind: Kind | 'Linear' | 'Embedding';
  options: never;
  parameters: Record<string, Values>;
  input: Values;
  forward?: Call;
  gradient: { output: Values; state?: State };
  expected: { output: Values; x?: Values; initial?: State; parameters: Record<string, Values> };
}

const folder = new URL('../golden/gradients/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const read = (file: string): Golden => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Golden;
const toState = ({ h, c }: State) => (c ? { h: toTensor(h), c: toTensor(c) } : { h: toTensor(h) });

function expectAll(name: string, got: Record<string, Values>, want: Record<string, Values>): void {
  expect(Object.keys(got).sort()).toEqual(Object.keys(want).sort());
  for (const [key, values] of Object.entries(want)) {
    const scale = Math.max(1, ...Array.from(values.data, Math.abs));
    expectClose(`${name}: ${key}`, entry(got, key), values, 1e-5 * scale);
  }
}

describe('gradients of PyTorch', () => {
  it('are here', () => expect(files.length).toBeGreaterThan(50));

  it.each(files)('%s', (file) => {
    const { kind, options, parameters, input, forward, gradient, expected } = read(file);
    if (kind === 'Linear' || kind === 'Embedding') {
      using layer = kind === 'Linear' ? new Linear(options) : new Embedding(options);
      layer.loadStateDict(toDict(parameters));
      const x = kind === 'Linear' ? toTensor(input) : tensor(Int32Array.from(input.data), input.shape);
      const got = layer.backward(x, toTensor(gradient.output));
      expectClose(`${file}: output`, got.output, expected.output);
      expectAll(file, got.parameters, expected.parameters);
      if (expected.x && got.x) expectClose(`${file}: x`, got.x, expected.x);
      return;
    }
    using layer = create(kind, options as OptionsOf[Kind], parameters);
    const { state, ...rest } = forward ?? {};
    const got = layer.backward(toTensor(input), toTensor(gradient.output), {
      ...rest,
      ...(state ? { state: toState(state) } : {}),
      ...(gradient.state ? { stateGradient: toState(gradient.state) } : {}),
    });
    expectClose(`${file}: output`, got.output, expected.output);
    expectAll(file, got.parameters, expected.parameters);
    if (expected.x) expectClose(`${file}: x`, got.x, expected.x);
    if (expected.initial) expectState(`${file}: initial state`, got.state, expected.initial);
  });
});
