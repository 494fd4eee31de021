import { describe, expect, it } from 'vitest';
import { type Kind, type OptionsOf, runLayers } from '../reference/index.js';
import { type AnyLayer, type AnyState, type AnyStream, type AnyTensor, tensor } from './api.js';
import {
  type Case,
  CLOSE,
  create,
  draw,
  expectClose,
  expectError,
  expectState,
  expectVector,
  KINDS,
  Random,
  randomParameters,
  TOLERANCE,
} from './helpers.js';

/** x and output time-major, so that a block of frames is a slice. */
function frameOf({ data, shape }: AnyTensor, time: number): Float32Array {
  const size = (shape[1] ?? 0) * (shape[2] ?? 0);
  return Float32Array.from(data.subarray(time * size, (time + 1) * size));
}

interface Variant {
  kind: Kind;
  name: string;
  options: object;
  /** Wider where a norm divides by the spread of a few values, which multiplies rounding errors. */
  tolerance?: number;
}

const VARIANTS: Variant[] = [
  ...KINDS.map((kind) => ({ kind, name: kind, options: {} })),
  ...KINDS.map((kind) => ({
    kind,
    name: `${kind}, three layers, no bias`,
    options: { layers: 3, bias: false },
  })),
  { kind: 'GRU', name: 'GRU reset before', options: { resetAfter: false, layers: 2 } },
  { kind: 'GRU', name: 'GRU write', options: { updateGate: 'write' } },
  { kind: 'LSTM', name: 'LSTM coupled, peephole', options: { coupled: true, peephole: true, layers: 2 } },
  { kind: 'LSTM', name: 'LSTM projected', options: { projectionSize: 2, layers: 2 } },
  {
    kind: 'LSTM',
    name: 'LSTM layer norm',
    options: { layerNorm: true, peephole: true, layers: 2 },
    tolerance: TOLERANCE,
  },
  { kind: 'LSTM', name: 'LSTM clipped', options: { clip: 0.5, cellClip: 0.4 } },
  {
    kind: 'LSTM',
    name: 'LSTM without gates',
    options: { inputGate: false, forgetGate: false, outputGate: false },
  },
  { kind: 'LSTM', name: 'LSTM dropout', options: { dropout: 0.5, layers: 2 } },
];
const BATCHES = [1, 2, 3, 7, 16, 19];
const TIME = 9;

function drawStream(
  { kind, name, options }: Variant,
  batch: number,
  hiddenSize = 17,
): Case & { stream: AnyStream } {
  const full = { inputSize: 3, hiddenSize, ...options } as OptionsOf[Kind];
  const drawn = draw(`stream ${name} H${hiddenSize} B${batch}`, kind, full, {
    batch,
    time: TIME,
    timeMajor: true,
  });
  return { ...drawn, stream: drawn.layer.stream({ batch }) };
}

const stateOf = (stream: AnyStream) => stream.state as AnyState;
const isZero = (stream: AnyStream) =>
  Object.values(stateOf(stream)).every(({ data }: AnyTensor) => data.every((value: number) => value === 0));

describe.each(VARIANTS)('stream of $name', (variant) => {
  const { tolerance = CLOSE } = variant;

  function expectSteps(
    name: string,
    stream: AnyStream,
    x: AnyTensor,
    output: AnyTensor,
    from = 0,
    to = TIME,
  ) {
    for (let time = from; time < to; time++) {
      const expected = frameOf(output, time);
      expectVector(`${name}, step ${time}`, stream.step(frameOf(x, time)), expected, tolerance);
    }
  }

  it.each(BATCHES)('at batch %i steps through the values of forward', (batch) => {
    for (const hiddenSize of [1, 5, 17, 33]) {
      const { name, layer, x, call, expected, stream } = drawStream(variant, batch, hiddenSize);
      const { output, state } = layer.forward(x, call);
      expectClose(name, output, expected.output);
      expectSteps(name, stream, x, output);
      expectState(name, stateOf(stream), state, tolerance);
      stream.dispose();
      layer.dispose();
    }
  });

  it.each(BATCHES)('at batch %i runs blocks of any length', (batch) => {
    const { name, layer, x, call, stream } = drawStream(variant, batch);
    const { output, state } = layer.forward(x, call);
    for (const blocks of [[TIME], [1, 2, 0, 5, 1], [4, 4, 1]]) {
      stream.reset();
      let time = 0;
      for (const frames of blocks) {
        const size = batch * 3;
        const result = stream.run(Float32Array.from(x.data.subarray(time * size, (time + frames) * size)));
        const width = batch * (output.shape[2] ?? 0);
        const slice = output.data.subarray(time * width, (time + frames) * width);
        expectVector(`${name}, ${frames} frames from ${time}`, result, slice, tolerance);
        time += frames;
      }
      expectState(name, stateOf(stream), state, tolerance);
    }
  });

  it('mixes step and run', () => {
    const { name, layer, x, call, stream } = drawStream(variant, 2);
    const { output } = layer.forward(x, call);
    expectSteps(name, stream, x, output, 0, 2);
    stream.run(Float32Array.from(x.data.subarray(2 * 6, 5 * 6)));
    expectSteps(name, stream, x, output, 5);
  });

  it('starts from zeros, and again after reset', () => {
    const { name, layer, x, call, stream } = drawStream(variant, 2);
    const { output } = layer.forward(x, call);
    expect(isZero(stream)).toBe(true);
    expectSteps(name, stream, x, output, 0, 3);
    stream.reset();
    expect(isZero(stream)).toBe(true);
    expectSteps(name, stream, x, output);
  });

  it('goes on from a state that was read before', () => {
    const { name, layer, x, call, stream } = drawStream(variant, 3);
    const { output } = layer.forward(x, call);
    expectSteps(name, stream, x, output, 0, 4);
    const saved = stateOf(stream);
    const copies = Object.values(saved).map((value) => Float32Array.from(value.data));
    expectSteps(name, stream, x, output, 4);
    Object.values(saved).forEach((value: AnyTensor, index) => {
      expectVector(`${name}, a state is a value`, value.data, copies[index] ?? [], 0);
    });
    stream.state = saved;
    expectSteps(name, stream, x, output, 4);
    const other = layer.stream({ batch: 3 });
    other.state = saved;
    expectSteps(name, other, x, output, 4);
  });

  it('goes on from the state of forward, and forward from its', () => {
    const { name, layer, x, call, stream } = drawStream(variant, 2);
    const { output } = layer.forward(x, call);
    const first = tensor(Float32Array.from(x.data.subarray(0, 4 * 6)), [4, 2, 3]);
    const rest = tensor(Float32Array.from(x.data.subarray(4 * 6)), [TIME - 4, 2, 3]);
    stream.state = layer.forward(first, call).state;
    expectSteps(name, stream, x, output, 4);
    stream.reset();
    expectSteps(name, stream, x, output, 0, 4);
    const continued = layer.forward(rest, { ...call, state: stream.state }).output;
    const ending = output.data.subarray(output.data.length - continued.data.length);
    expectVector(name, continued.data, ending, tolerance);
  });

  it('clones into a stream of its own', () => {
    const { name, layer, x, call, stream } = drawStream(variant, 2);
    const { output } = layer.forward(x, call);
    expectSteps(name, stream, x, output, 0, 3);
    const clone = stream.clone();
    expectSteps(`${name}, original`, stream, x, output, 3);
    expectSteps(`${name}, clone`, clone, x, output, 3);
    const again = clone.clone();
    clone.dispose();
    stream.dispose();
    again.reset();
    expectSteps(`${name}, clone of a clone`, again, x, output);
  });

  it('keeps streams of one layer apart', () => {
    const { name, layer, x, call, stream } = drawStream(variant, 2);
    const { output } = layer.forward(x, call);
    const other = layer.stream({ batch: 2 });
    for (let time = 0; time < TIME; time++) {
      stream.step(frameOf(x, time));
      if (time % 2 === 0) other.step(frameOf(x, time / 2));
    }
    expectSteps(name, other, x, output, 5);
  });
});

describe('a stream', () => {
  const random = new Random('a stream');
  const options = { inputSize: 3, hiddenSize: 5, layers: 2 };
  const parameters = randomParameters(random, 'LSTM', options);
  const make = (): AnyLayer => create('LSTM', options, parameters);

  it('has batch 1 when none is named', () => {
    const frame = random.values(3);
    const expected = runLayers('LSTM', options, parameters, { shape: [1, 1, 3], data: frame });
    const stream = make().stream();
    expectVector('default batch', stream.step(frame), expected.output.data, 1e-5);
    expect(stateOf(stream).h.shape).toEqual([2, 1, 5]);
    expect(stateOf(stream).c?.shape).toEqual([2, 1, 5]);
  });

  it('gives its own array from step, a new one from run', () => {
    const stream = make().stream();
    const first = stream.step(random.values(3));
    const values = Float32Array.from(first);
    expect(stream.step(random.values(3))).toBe(first);
    expect(Array.from(first)).not.toEqual(Array.from(values));
    const block = random.values(6);
    const run = stream.run(block);
    expect(run).not.toBe(first);
    expect(stream.run(block)).not.toBe(run);
    expect(run.length).toBe(10);
  });

  it('writes into the array it is given', () => {
    const [layer, frame, block] = [make(), random.values(3), random.values(6)];
    const stream = layer.stream();
    const other = layer.stream();
    const out = new Float32Array(5);
    expect(stream.step(frame, out)).toBe(out);
    expectVector('step into out', out, other.step(frame), 0);
    const outs = new Float32Array(10);
    expect(stream.run(block, outs)).toBe(outs);
    expectVector('run into out', outs, other.run(block), 0);
  });

  it('reads frames and writes results inside larger buffers', () => {
    const [layer, frame] = [make(), random.values(3)];
    const inside = new Float32Array(16).subarray(5, 8);
    inside.set(frame);
    const outside = new Float32Array(16).fill(7);
    layer.stream().step(inside, outside.subarray(3, 8));
    expectVector('a view', outside.subarray(3, 8), layer.stream().step(frame), 0);
    expect([...outside.subarray(0, 3), ...outside.subarray(8)].every((value) => value === 7)).toBe(true);
  });

  it('may be fed its own output, and write over its own frame', () => {
    const square = { inputSize: 5, hiddenSize: 5 };
    const weights = randomParameters(random, 'LSTM', square);
    const layer = create('LSTM', square, weights);
    const [fed, copied, over] = [layer.stream(), layer.stream(), layer.stream()];
    let frame = random.values(5);
    const place = Float32Array.from(frame);
    let output = fed.step(frame);
    for (let time = 0; time < 6; time++) {
      frame = Float32Array.from(copied.step(frame));
      expectVector(`fed back, ${time}`, output, frame, 0);
      expectVector(`in place, ${time}`, over.step(place, place), frame, 0);
      output = fed.step(output);
    }
    const block = random.values(15);
    const expected = copied.clone().run(block);
    expectVector('block in place', copied.run(block, block), expected, 0);
  });

  it('leaves its input alone', () => {
    const frame = random.values(3);
    const copy = Float32Array.from(frame);
    const stream = make().stream();
    stream.step(frame);
    stream.run(frame);
    expect(frame).toEqual(copy);
  });

  it('follows the weights of its layer', () => {
    const [layer, frame] = [make(), random.values(3)];
    const stream = layer.stream();
    stream.step(frame);
    const others = randomParameters(random, 'LSTM', options);
    layer.loadStateDict(others);
    stream.reset();
    const expected = runLayers('LSTM', options, others, { shape: [1, 1, 3], data: frame });
    expectVector('new weights', stream.step(frame), expected.output.data, 1e-5);
  });

  it.each(KINDS)('is refused by a bidirectional or reverse %s, which needs the end first', (kind) => {
    const where = `${kind.toLowerCase()}.stream`;
    for (const direction of [{ bidirectional: true }, { reverse: true }]) {
      const layer = create(kind, { inputSize: 3, hiddenSize: 5, ...direction });
      expectError(() => layer.stream(), { code: 'unsupported', where });
      expect(layer.forward(random.tensor([1, 2, 3])).output.shape[1]).toBe(2);
    }
  });
});
