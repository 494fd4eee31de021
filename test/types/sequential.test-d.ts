import {
  Conv1d,
  Dropout,
  Embedding,
  GRU,
  LayerNorm,
  Linear,
  LSTM,
  Merge,
  type Module,
  Nonlinearity,
  RNN,
  Sequential,
  type Shape,
  type Tensor,
  tensor,
} from 'cellgate';
import { describe, expectTypeOf, it } from 'vitest';

const data = new Float32Array(1);
const some: number = data.length;
const x = tensor(data, [8, 100, 40]);
const ids = tensor(new Int32Array(1), [8, 100]);
const lstm = new LSTM({ inputSize: 40, hiddenSize: 16 });
const head = new Linear({ inputSize: 16, outputSize: 3 });

describe('Linear', () => {
  it('replaces the last axis', () => {
    expectTypeOf(new Linear({ inputSize: 40, outputSize: 5 }).forward(x)).toEqualTypeOf<
      Tensor<[8, 100, 5]>
    >();
    expectTypeOf(head.forward(tensor(data, [16]))).toEqualTypeOf<Tensor<[3]>>();
    expectTypeOf(head.forward(tensor(data, [some, some]))).toEqualTypeOf<Tensor<[number, 3]>>();
    expectTypeOf(head).toExtend<Linear>();
  });

  it('does not compile with an x of another width', () => {
    // @ts-expect-error: x must be [..., inputSize] = [..., 16], got [8, 100, 40]
    head.forward(x);
    // @ts-expect-error: x must be [..., inputSize] = [..., 16], got []
    head.forward(tensor(data, []));
    type Wide = typeof head.forward<[8, 40]>;
    expectTypeOf<
      Parameters<Wide>[0]
    >().toEqualTypeOf<'linear.forward: x must be [..., inputSize] = [..., 16], got [8, 40]'>();
  });
});

describe('Embedding', () => {
  const embedding = new Embedding({ vocabularySize: 100, size: 8, padding: 0 });

  it('adds an axis', () => {
    expectTypeOf(embedding.forward(ids)).toEqualTypeOf<Tensor<[8, 100, 8]>>();
    expectTypeOf(embedding).toExtend<Embedding>();
  });

  it('does not compile with other numbers than ids', () => {
    // @ts-expect-error: float32
    embedding.forward(x);
    // @ts-expect-error: float32, whatever the call would like to have
    embedding.forward(tensor([[4, 8]]));
    // @ts-expect-error: float32
    embedding.forward(tensor([4, 8], [2, 1]));
    // @ts-expect-error: float32
    new Sequential([embedding]).predict(tensor([[4, 8]]));
    embedding.forward(tensor([[4, 8]], undefined, 'int32'));
  });
});

describe('Conv1d', () => {
  const conv = new Conv1d({ inputSize: 40, outputSize: 16, kernelSize: 3, padding: [2, 0] });

  it('leaves the number of steps to the run time', () => {
    expectTypeOf(conv.forward(x, { lengths: [1] })).toEqualTypeOf<Tensor<[8, number, 16]>>();
    expectTypeOf(conv.backward(x, x).x).toEqualTypeOf<Tensor<[8, 100, 40]>>();
    expectTypeOf(conv).toExtend<Conv1d>();
    const model = new Sequential([conv, new Nonlinearity('relu'), head]);
    expectTypeOf(model.predict(x)).toEqualTypeOf<Tensor<[8, number, 3]>>();
    const recurrent = new GRU({ inputSize: 16, hiddenSize: 4 });
    expectTypeOf(new Sequential([conv, recurrent]).predict(x)).toEqualTypeOf<Tensor<[8, 4]>>();
  });

  it('does not compile with sizes that do not fit', () => {
    // @ts-expect-error: x must be [batch, time, inputSize] = [*, *, 40], got [8, 100, 41]
    conv.forward(tensor(data, [8, 100, 41]));
    // @ts-expect-error: x must be [batch, time, inputSize] = [*, *, 40], got [100, 40]
    conv.forward(tensor(data, [100, 40]));
    // @ts-expect-error: layers[1].inputSize must be the output size before it = 16, got 40
    new Sequential([conv, conv]);
    // @ts-expect-error: no kernelSize
    new Conv1d({ inputSize: 1, outputSize: 1 });
    // @ts-expect-error: no activation
    new Nonlinearity('selu');
  });
});

describe('layers of rows', () => {
  const norm = new LayerNorm({ size: 40 });
  const merge = new Merge({ inputSize: 32, mode: 'sum' });

  it('keep the shape, or leave half of the last axis to the run time', () => {
    expectTypeOf(norm.forward(x)).toEqualTypeOf<Tensor<[8, 100, 40]>>();
    expectTypeOf(norm.backward(x, x).x).toEqualTypeOf<Tensor<[8, 100, 40]>>();
    expectTypeOf(norm).toExtend<LayerNorm>();
    expectTypeOf(merge).toExtend<Merge>();
    const both = new GRU({ inputSize: 40, hiddenSize: 16, bidirectional: true });
    const model = new Sequential([norm, both, merge, head, new Nonlinearity('softmax')]);
    expectTypeOf(model.predict(x)).toEqualTypeOf<Tensor<[8, 3]>>();
  });

  it('do not compile with sizes that do not fit', () => {
    // @ts-expect-error: x must be [..., size] = [..., 40], got [8, 41]
    norm.forward(tensor(data, [8, 41]));
    // @ts-expect-error: layers[1].inputSize must be the output size before it = 40, got 32
    new Sequential([norm, merge]);
    // @ts-expect-error: no such mode
    new Merge({ inputSize: 2, mode: 'concat' });
  });
});

describe('Dropout', () => {
  it('keeps the shape', () => {
    expectTypeOf(new Dropout(0.5).forward(x)).toEqualTypeOf<Tensor<[8, 100, 40]>>();
  });
});

describe('Sequential', () => {
  it('hands on the last step of the last recurrent layer', () => {
    const model = new Sequential([lstm, new Dropout(0.2), head]);
    expectTypeOf(model.predict(x)).toEqualTypeOf<Tensor<[8, 3]>>();
    expectTypeOf(model.layers[2]).toEqualTypeOf<Linear<16, 3>>();
    const stack = new Sequential([lstm, new GRU({ inputSize: 16, hiddenSize: 4, bidirectional: true })]);
    expectTypeOf(stack.predict(x)).toEqualTypeOf<Tensor<[8, 8]>>();
  });

  it('hands on every step if asked', () => {
    const last = new RNN({ inputSize: 16, hiddenSize: 4, returnSequences: true });
    expectTypeOf(new Sequential([lstm, last]).predict(x)).toEqualTypeOf<Tensor<[8, 100, 4]>>();
    const open = new RNN({ inputSize: 16, hiddenSize: 4, returnSequences: some > 1 });
    expectTypeOf(new Sequential([lstm, open]).predict(x)).toEqualTypeOf<Tensor<number[]>>();
  });

  it('begins with ids if its first layer is an Embedding', () => {
    const embedding = new Embedding({ vocabularySize: 100, size: 40 });
    const model = new Sequential([embedding, lstm, head]);
    expectTypeOf(model.predict(ids, { lengths: [1] })).toEqualTypeOf<Tensor<[8, 3]>>();
    expectTypeOf(model.stream().step(new Int32Array(1))).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(new Sequential([embedding]).predict(ids)).toEqualTypeOf<Tensor<[8, 100, 40]>>();
    // @ts-expect-error: float32
    model.predict(x);
    // @ts-expect-error: x must be [batch, time] = [*, *], got [8]
    model.predict(tensor(new Int32Array(8), [8]));
    // @ts-expect-error: float32
    model.stream().step(new Float32Array(1));
  });

  it('takes any leading axes without a recurrent layer', () => {
    const model = new Sequential([new Linear({ inputSize: 40, outputSize: 16 }), head]);
    expectTypeOf(model.predict(x)).toEqualTypeOf<Tensor<[8, 100, 3]>>();
    expectTypeOf(model.predict(tensor(data, [40]))).toEqualTypeOf<Tensor<[3]>>();
  });

  it('takes layers of run time', () => {
    const layers: Module[] = [lstm, head];
    const model = new Sequential(layers);
    expectTypeOf(model.predict(x)).toEqualTypeOf<Tensor<number[]>>();
    expectTypeOf(new Sequential([lstm, head])).toExtend<Sequential>();
    const wide = new LSTM({ inputSize: some, hiddenSize: some });
    expectTypeOf(new Sequential([wide, head]).predict(x)).toEqualTypeOf<Tensor<[8, 3]>>();
    const any: Sequential = new Sequential([lstm, head]);
    expectTypeOf(any.predict(x)).toExtend<Tensor<Shape>>();
  });

  it('does not compile with layers that do not fit', () => {
    // @ts-expect-error: layers[1].inputSize must be the output size before it = 16, got 40
    new Sequential([lstm, lstm]);
    // @ts-expect-error: layers[2].inputSize must be the output size before it = 16, got 32
    new Sequential([lstm, new Dropout(0.2), new Linear({ inputSize: 32, outputSize: 1 })]);
    const both = new GRU({ inputSize: 40, hiddenSize: 16, bidirectional: true });
    // @ts-expect-error: layers[1].inputSize must be the output size before it = 32, got 16
    new Sequential([both, head]);
    // @ts-expect-error: no layer
    new Sequential([lstm, 5]);
    // @ts-expect-error: no list
    new Sequential(lstm);
  });

  it('does not compile with an x of another size', () => {
    const model = new Sequential([lstm, head]);
    // @ts-expect-error: x must be [batch, time, inputSize] = [*, *, 40], got [8, 100, 41]
    model.predict(tensor(data, [8, 100, 41]));
    // @ts-expect-error: int32
    model.predict(ids);
    // @ts-expect-error: unknown option
    model.predict(x, { state: 1 });
  });
});
