import { describe, expect, it } from 'vitest';
import { type GoldenGradients, readGolden } from '../golden/read.js';
import type { LayerOptions, ModuleSpec, Values } from '../reference/index.js';
import { type AnyGradients, type AnyModule, Sequential, tensor } from './api.js';
import { expectNear, flat } from './gradients.js';
import { create, createModule, entry, isModule, label, toDict, toTensor } from './helpers.js';

function inputOf({ input }: GoldenGradients) {
  return input.dtype === 'int32' ? tensor(Int32Array.from(input.data), input.shape) : toTensor(input);
}

function run(golden: GoldenGradients): AnyGradients {
  const { kind, options, parameters, forward, gradient } = golden;
  const [x, output] = [inputOf(golden), toTensor(gradient.output)];
  if (kind === 'Sequential') {
    using model = new Sequential((options as { modules: ModuleSpec[] }).modules.map(createModule));
    model.loadStateDict(toDict(parameters));
    return model.backward(x, output, forward);
  }
  if (isModule(kind)) {
    using module = createModule(golden as unknown as ModuleSpec) as AnyModule;
    module.loadStateDict(toDict(parameters));
    return module.backward(x, output);
  }
  const { state, ...rest } = forward ?? {};
  const call = {
    ...rest,
    ...(state ? { state: toDict({ ...state }) } : {}),
    ...(gradient.state ? { stateGradient: toDict({ ...gradient.state }) } : {}),
  };
  using layer = create(kind, options as LayerOptions, parameters);
  return layer.backward(x, output, call);
}

function expectedOf({ expected }: GoldenGradients): Record<string, Values> {
  const { output, x, initial, parameters } = expected;
  return flat({
    output,
    ...(x ? { x } : {}),
    ...(initial ? { state: initial } : {}),
    parameters,
  } as AnyGradients);
}

describe('golden gradients', () => {
  const cases = readGolden('gradients');

  it('are there', () => {
    expect(cases.length).toBeGreaterThan(55);
  });

  it.each(cases.map((golden) => [golden.name, golden.source, golden] as const))(
    '%s equal %s',
    (name, _, golden) => {
      const actual: Record<string, Values> = flat(run(golden));
      const expected = expectedOf(golden);
      expect(Object.keys(actual), `${name} on ${label()}`).toEqual(Object.keys(expected));
      for (const [key, want] of Object.entries(expected)) {
        expectNear(`${name}, ${key}`, entry(actual, key), want);
      }
    },
  );
});
