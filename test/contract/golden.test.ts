import { describe, expect, it } from 'vitest';
import { type GoldenCase, readGolden } from '../golden/read.js';
import type { Kind, LayerOptions, ModuleSpec } from '../reference/index.js';
import { type AnyModule, Sequential, tensor } from './api.js';
import {
  create,
  createModule,
  expectClose,
  expectState,
  isModule,
  TOLERANCE,
  toDict,
  toTensor,
} from './helpers.js';

const cases = readGolden('.');

function inputOf({ input }: GoldenCase) {
  return input.dtype === 'int32' ? tensor(Int32Array.from(input.data), input.shape) : toTensor(input);
}

function checkLayer(golden: GoldenCase, kind: Kind, tolerance: number): void {
  using layer = create(kind, golden.options as LayerOptions);
  const shapes = Object.entries(layer.parameters()).map(([name, { shape }]) => [name, [...shape]]);
  expect(shapes).toEqual(Object.entries(golden.parameters).map(([name, { shape }]) => [name, [...shape]]));
  layer.loadStateDict(toDict(golden.parameters));
  const { state: start, ...call } = golden.forward ?? {};
  const { output, state } = layer.forward(
    inputOf(golden),
    start ? { ...call, state: toDict({ ...start }) } : call,
  );
  expectClose(`${golden.name}, output`, output, golden.expected.output, tolerance);
  if (golden.expected.state) expectState(golden.name, state, golden.expected.state, tolerance);
}

function checkModule(golden: GoldenCase, tolerance: number): void {
  using module = createModule(golden as unknown as ModuleSpec) as AnyModule;
  module.loadStateDict(toDict(golden.parameters));
  expectClose(golden.name, module.forward(inputOf(golden)), golden.expected.output, tolerance);
}

function checkSequential(golden: GoldenCase, tolerance: number): void {
  const { modules } = golden.options as { modules: ModuleSpec[] };
  using model = new Sequential(modules.map(createModule));
  expect(Object.keys(model.stateDict())).toEqual(Object.keys(golden.parameters));
  model.loadStateDict(toDict(golden.parameters));
  expectClose(golden.name, model.predict(inputOf(golden), golden.forward), golden.expected.output, tolerance);
}

describe('golden data', () => {
  it('is there', () => {
    expect(cases.length).toBeGreaterThan(150);
  });

  it.each(cases.map((golden) => [golden.name, golden.source, golden] as const))(
    '%s equals %s',
    (_, __, golden) => {
      const tolerance = golden.tolerance ?? TOLERANCE;
      if (golden.kind === 'Sequential') checkSequential(golden, tolerance);
      else if (isModule(golden.kind)) checkModule(golden, tolerance);
      else checkLayer(golden, golden.kind, tolerance);
    },
  );
});
