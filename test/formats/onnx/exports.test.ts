/** Layers and models as ONNX files, read again. ONNX Runtime reads them in `check_exports.py`. */
import { CellgateError, GRU, Linear, LSTM, RNN, Sequential } from 'cellgate';
import { loadOnnx, saveOnnx } from 'cellgate/onnx';
import { describe, expect, it } from 'vitest';
import { distance } from './cases.js';
import { exportsOf } from './exports.js';

describe('saveOnnx', () => {
  it.each(exportsOf())('keeps what it computes: $name', ({ module, x, expected, state }) => {
    using network = loadOnnx(saveOnnx(module, { state: state !== undefined }));
    const results = network.run({ x, ...state });
    expect(Object.keys(results)).toEqual(Object.keys(expected));
    for (const [name, tensor] of Object.entries(expected)) {
      expect(distance(results[name], tensor), name).toBeLessThan(1e-6);
    }
  });

  it('keeps weights bit by bit', () => {
    const gru = new GRU({ inputSize: 3, hiddenSize: 4, layers: 2, seed: 5 });
    expect(saveOnnx(gru)).toEqual(saveOnnx(gru));
    const bytes = Buffer.from(saveOnnx(gru));
    // The middle block of ONNX's z, r, h is the first of r, z, n.
    const reset = gru.parameters().weight_ih_l0?.data.slice(0, 12) as Float32Array;
    expect(bytes.includes(Buffer.from(reset.buffer))).toBe(true);
  });

  it('names what goes in and comes out, with open sizes', () => {
    const lstm = new LSTM({ inputSize: 3, hiddenSize: 4, bidirectional: true });
    const { inputs, outputs } = loadOnnx(saveOnnx(lstm, { state: true }));
    expect(inputs).toEqual([
      { name: 'x', dtype: 'float32', shape: ['batch', 'time', 3] },
      { name: 'h', dtype: 'float32', shape: [2, 'batch', 4] },
      { name: 'c', dtype: 'float32', shape: [2, 'batch', 4] },
    ]);
    expect(outputs).toEqual([
      { name: 'output', dtype: 'float32', shape: ['batch', 'time', 8] },
      { name: 'h_n', dtype: 'float32', shape: [2, 'batch', 4] },
      { name: 'c_n', dtype: 'float32', shape: [2, 'batch', 4] },
    ]);
  });

  it('gives the state of layers in a model behind their number', () => {
    const model = new Sequential([
      new GRU({ inputSize: 3, hiddenSize: 4 }),
      new LSTM({ inputSize: 4, hiddenSize: 5 }),
      new Linear({ inputSize: 5, outputSize: 1 }),
    ]);
    const { inputs, outputs } = loadOnnx(saveOnnx(model, { state: true }));
    expect(inputs.map(({ name }) => name)).toEqual(['x', '0.h', '1.h', '1.c']);
    expect(outputs.map(({ name }) => name)).toEqual(['output', '0.h_n', '1.h_n', '1.c_n']);
  });

  it('lists all that ONNX has no words for', () => {
    const model = new Sequential([
      new LSTM({ inputSize: 3, hiddenSize: 4, layerNorm: true, projectionSize: 2 }),
      new RNN({ inputSize: 2, hiddenSize: 4, zoneout: 0.1 }),
      new GRU({ inputSize: 4, hiddenSize: 4, updateGate: 'write', activations: { gate: 'tanh' } }),
      // 1 - σ(a) is σ(-a), which is not so of every gate.
      new LSTM({ inputSize: 4, hiddenSize: 4, coupled: true, activations: { gate: 'relu' } }),
    ]);
    const words =
      'LSTM with projectionSize: 2; LSTM with layerNorm: true; RNN with zoneout: 0.1; GRU with updateGate: "write"; LSTM with coupled: true';
    expect(() => saveOnnx(model)).toThrow(
      new CellgateError('unsupported', 'saveOnnx', 'every layer and option must be one that ONNX has', words),
    );
  });

  it('refuses what is no module, and one that is disposed', () => {
    expect(() => saveOnnx({} as never)).toThrow(/^saveOnnx: module must be a layer or model, got an object$/);
    const linear = new Linear({ inputSize: 1, outputSize: 1 });
    linear.dispose();
    expect(() => saveOnnx(linear)).toThrow(expect.objectContaining({ code: 'disposed' }));
  });
});
