import { describe, expect, it } from 'vitest';
import { type Array32, type GoldenTraining, readGolden } from '../golden/read.js';
import { type AnySequential, type AnyTensor, Sequential, tensor } from './api.js';
import { createModule, expectVector, TOLERANCE, toDict, toTensor } from './helpers.js';

const toInput = (values: Array32): AnyTensor =>
  values.dtype === 'int32' ? tensor(Int32Array.from(values.data), values.shape) : toTensor(values);

function build({ options, parameters }: GoldenTraining): AnySequential {
  const model = new Sequential(options.modules.map(createModule));
  expect(Object.keys(model.stateDict())).toEqual(Object.keys(parameters));
  model.loadStateDict(toDict(parameters));
  return model;
}

const valuesOf = (model: AnySequential): number[] =>
  Object.values(model.stateDict()).flatMap(({ data }) => Array.from(data));

describe('golden training', () => {
  const cases = readGolden('training');

  it('is there', () => {
    expect(cases.length).toBeGreaterThan(40);
  });

  it.each(cases.map((golden) => [golden.name, golden.source, golden] as const))(
    '%s equals %s, step by step',
    (name, _, golden) => {
      const { batches, expected, carry, rates } = golden;
      using model = build(golden);
      using trainer = model.trainer(golden.trainer);
      const size = valuesOf(model).length;
      for (let step = 0; step < expected.loss.data.length; step++) {
        const { x, y, lengths, weights } = batches[step % batches.length] as GoldenTraining['batches'][0];
        const options = {
          ...(lengths ? { lengths } : {}),
          ...(weights ? { weights: toTensor(weights) } : {}),
          ...(carry ? { carry } : {}),
        };
        if (rates) trainer.lr = rates[step] as number;
        const { loss, norm } = trainer.step(toInput(x), toInput(y), options);
        const [wantLoss, wantNorm] = [expected.loss.data[step], expected.norm.data[step]];
        expectVector(
          `${name}, loss and norm of step ${step}`,
          [loss, norm],
          [wantLoss, wantNorm] as number[],
          TOLERANCE,
        );
        const want = Array.from(expected.parameters.data).slice(step * size, (step + 1) * size);
        expectVector(`${name}, parameters after step ${step}`, valuesOf(model), want, TOLERANCE);
      }
    },
  );

  it('by forward, backward and update gives what step gives', () => {
    const golden = cases.find(({ name }) => name === 'training-torch-optimizer-adam') as GoldenTraining;
    using model = build(golden);
    using trainer = model.trainer(golden.trainer);
    const size = valuesOf(model).length;
    for (let step = 0; step < golden.expected.loss.data.length; step++) {
      const { x, y } = golden.batches[step % golden.batches.length] as GoldenTraining['batches'][0];
      const output = trainer.forward(toInput(x));
      const slope = Float32Array.from(
        output.data,
        (value, index) => (2 * (value - (y.data[index] ?? 0))) / output.data.length,
      );
      trainer.backward(tensor(slope, output.shape));
      trainer.update();
      const want = Array.from(golden.expected.parameters.data).slice(step * size, (step + 1) * size);
      expectVector(`parameters after step ${step}`, valuesOf(model), want, TOLERANCE);
    }
  });
});
