/** ONNX's own test vectors of the operators that run here. */
import { loadOnnx } from 'cellgate/onnx';
import { describe, expect, it } from 'vitest';
import { caseFiles, distance, readCases } from './cases.js';

describe.each(caseFiles('nodes'))('%s', (file) => {
  it.each(readCases(file))('$name', ({ model, inputs, outputs }) => {
    const network = loadOnnx(model);
    const results = network.run(inputs);
    for (const [name, expected] of Object.entries(outputs)) {
      const finite = Array.from(expected.data as ArrayLike<number | bigint>, Number).filter(Number.isFinite);
      const scale = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      expect(distance(results[name], expected) / scale, name).toBeLessThan(1e-5);
    }
    network.dispose();
  });
});
