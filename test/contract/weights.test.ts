/** Weights held as halves and as bytes, beside those in float32. */

import { describe, expect, it } from 'vitest';
import type { Kind } from '../reference/index.js';
import { type AnyLayer, Linear, Sequential, type TraceFields, tensor } from './api.js';
import {
  create,
  expectClose,
  expectError,
  expectSame,
  expectState,
  expectVector,
  KINDS,
  Random,
  randomParameters,
} from './helpers.js';

type Form = 'f16' | 'int8';

/** Largest difference of an h, on weights and inputs of unit scale, from that of float32. */
const BOUNDS: Record<Form, number> = { f16: 0.003, int8: 0.06 };
const FORMS = Object.keys(BOUNDS) as Form[];

interface Options {
  inputSize: number;
  hiddenSize: number;
  layers?: number;
  bidirectional?: boolean;
  bias?: boolean;
  [name: string]: unknown;
}

/** A layer in each form, with the same weights. */
function pair(name: string, kind: Kind, form: Form, options: Options): [AnyLayer, AnyLayer] {
  const parameters = randomParameters(new Random(name), kind, options as never, 0.7);
  const layers = [form, 'f32'].map((weights) => create(kind, { ...options, weights } as never)) as [
    AnyLayer,
    AnyLayer,
  ];
  for (const layer of layers) layer.loadStateDict(parameters);
  return layers;
}

const SHAPES: [string, Options][] = [
  ['one unit', { inputSize: 1, hiddenSize: 1 }],
  ['sizes off every vector', { inputSize: 7, hiddenSize: 19 }],
  ['whole vectors', { inputSize: 32, hiddenSize: 64 }],
  ['more inputs than are rounded at once', { inputSize: 1030, hiddenSize: 17 }],
  ['two layers, both directions', { inputSize: 5, hiddenSize: 21, layers: 2, bidirectional: true }],
  ['no bias', { inputSize: 3, hiddenSize: 34, bias: false }],
];

const VARIANTS: [string, Kind, Record<string, unknown>][] = [
  ['GRU that resets before the product', 'GRU', { resetAfter: false }],
  ['LSTM with projection', 'LSTM', { projectionSize: 9 }],
  ['LSTM with layer normalisation and peepholes', 'LSTM', { layerNorm: true, peephole: true }],
  ['coupled LSTM', 'LSTM', { coupled: true }],
  ['LSTM without input and output gate', 'LSTM', { inputGate: false, outputGate: false }],
];

describe.each(FORMS)('weights: %s', (form) => {
  describe.each(KINDS)('%s', (kind) => {
    it.each(SHAPES)('stays near float32: %s', (name, options) => {
      const [layer, exact] = pair(`weights ${form} ${kind} ${name}`, kind, form, options);
      const random = new Random(name);
      for (const batch of [1, 2, 5]) {
        const x = random.tensor([batch, 9, options.inputSize]);
        const call = batch === 5 ? { lengths: [9, 4, 7, 1, 2] } : {};
        const [got, want] = [layer.forward(x, call), exact.forward(x, call)];
        expectClose(`${form}, batch ${batch}`, got.output, want.output, BOUNDS[form]);
        expectState(`${form}, batch ${batch}`, got.state, want.state, 2 * BOUNDS[form]);
        const differs = got.output.data.some((value, at) => value !== want.output.data[at]);
        expect(differs, 'another form gives other numbers').toBe(options.hiddenSize > 1 || differs);
      }
    });

    it('gives a sequence of a batch what it has alone, step by step, traced and from a state', () => {
      const options = { inputSize: 11, hiddenSize: 23 };
      const [layer] = pair(`weights alike ${form} ${kind}`, kind, form, options);
      const x = new Random(`weights alike ${kind}`).tensor([1, 8, 11]);
      const { output, state } = layer.forward(x);
      const traced = layer.trace(x);
      expectSame('traced', traced.output, output);
      expectSame('h', (traced.layers[0] as TraceFields).hidden as never, output);
      const stream = layer.stream();
      expectVector('run', stream.run(x.data as Float32Array), output.data);
      stream.reset();
      for (let step = 0; step < 8; step++) {
        const frame = (x.data as Float32Array).slice(step * 11, (step + 1) * 11);
        expectVector(`step ${step}`, stream.step(frame), output.data.slice(step * 23, (step + 1) * 23));
      }
      expectState('stream', stream.state as never, state, 1e-6);
    });
  });

  it.each(VARIANTS)('stays near float32: %s', (name, kind, variant) => {
    const options = { inputSize: 13, hiddenSize: 25, ...variant };
    const [layer, exact] = pair(`weights ${form} ${name}`, kind, form, options);
    const x = new Random(name).tensor([3, 6, 13]);
    expectClose(name, layer.forward(x).output, exact.forward(x).output, 3 * BOUNDS[form]);
  });

  it('keeps parameters as they were given, also in a file', () => {
    const options = { inputSize: 6, hiddenSize: 10, weights: form, returnSequences: true, seed: 3 };
    const model = new Sequential([
      create('LSTM', options as never),
      new Linear({ inputSize: 10, outputSize: 2 }),
    ]);
    const loaded = Sequential.load(model.save());
    for (const [name, values] of Object.entries(model.stateDict())) {
      expectSame(name, loaded.stateDict()[name] as never, values);
    }
    const x = new Random('weights file').tensor([2, 5, 6]);
    expectSame('output', loaded.predict(x), model.predict(x));
  });

  it('trains in float32 and takes its form from what it learned', () => {
    const random = new Random(`weights train ${form}`);
    const [layer, exact] = pair(`weights train ${form}`, 'GRU', form, { inputSize: 4, hiddenSize: 18 });
    const x = random.tensor([3, 5, 4]);
    const gradient = random.tensor([3, 5, 18]);
    const [got, want] = [layer.backward(x, gradient), exact.backward(x, gradient)];
    expectSame('gradient of x', got.x, want.x);
    const y = random.tensor([3, 5, 18]);
    for (const trained of [layer, exact]) {
      const trainer = trained.trainer({ loss: 'mse', optimizer: 'adam' });
      trainer.step(x, y);
      trainer.dispose();
    }
    expectClose('after', layer.forward(x).output, exact.forward(x).output, BOUNDS[form]);
  });
});

it('halves beyond 65504 are 65504', () => {
  const options = {
    inputSize: 1,
    hiddenSize: 1,
    bias: false,
    nonlinearity: 'identity',
    weights: 'f16',
  } as const;
  const layer = create('RNN', options);
  layer.loadStateDict({ weight_ih_l0: tensor([[1e6]]), weight_hh_l0: tensor([[0]]) });
  expect(layer.forward(tensor([[[-1]]])).output.data[0]).toBe(-65504);
  expect(layer.stateDict().weight_ih_l0?.data[0]).toBe(1e6);
});

it('bytes of rows without weights are zero, and what is not finite shows', () => {
  const options = {
    inputSize: 2,
    hiddenSize: 2,
    bias: false,
    nonlinearity: 'identity',
    weights: 'int8',
  } as const;
  const layer = create('RNN', options);
  const nothing = tensor([
    [0, 0],
    [0, 0],
  ]);
  layer.loadStateDict({
    weight_ih_l0: tensor([
      [2, 0],
      [0, 0],
    ]),
    weight_hh_l0: nothing,
  });
  const outputOf = (x: number[]) => [...layer.forward(tensor([[x]])).output.data];
  expect(outputOf([0, 0])).toEqual([0, 0]);
  expectVector('row', outputOf([3, 0]), [6, 0]);
  expect(outputOf([3, Number.POSITIVE_INFINITY])).toEqual([Number.NaN, Number.NaN]);
});

it.each([['f64'], ['F16'], [8], [null]])('refuses %s', (weights) => {
  for (const kind of KINDS) {
    expectError(() => create(kind, { inputSize: 1, hiddenSize: 1, weights } as never), {
      code: 'value',
      where: kind.toLowerCase(),
      expected: /^weights must be one of 'f32', 'f16', 'int8'$/,
    });
  }
});
