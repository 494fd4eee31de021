/** Networks of exporters, and recurrent nodes with every attribute: outputs of ONNX Runtime. */
import { loadOnnx } from 'cellgate/onnx';
import { describe, expect, it } from 'vitest';
import { caseFiles, distance, readCases } from './cases.js';

describe.each(['recurrent', 'tf2onnx', 'torch'].flatMap(caseFiles))('%s', (file) => {
  it.each(readCases(file))('$name', ({ model, inputs, outputs }) => {
    using network = loadOnnx(model);
    const results = network.run(inputs);
    for (const [name, expected] of Object.entries(outputs)) {
      expect(distance(results[name], expected), name).toBeLessThan(1e-5);
    }
    expect(network.run(inputs)).toEqual(results);
  });
});
