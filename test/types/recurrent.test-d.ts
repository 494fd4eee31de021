import {
  GRU,
  type GRUSteps,
  type HiddenState,
  LSTM,
  type LSTMOptions,
  type LSTMState,
  type LSTMSteps,
  RNN,
  type RNNSteps,
  type Tensor,
  tensor,
} from 'cellgate';
import { describe, expectTypeOf, it } from 'vitest';

const data = new Float32Array(1);
const some: number = data.length;
const x = tensor(data, [8, 100, 40]);
const lstm = new LSTM({ inputSize: 40, hiddenSize: 128 });
const gru = new GRU({ inputSize: 40, hiddenSize: 128 });
const rnn = new RNN({ inputSize: 40, hiddenSize: 128 });

describe('the sizes of a layer', () => {
  it('are those of its options', () => {
    expectTypeOf(lstm).toEqualTypeOf<LSTM<40, 128, false, undefined, false>>();
    expectTypeOf(gru).toEqualTypeOf<GRU<40, 128, false, false>>();
    expectTypeOf(rnn).toEqualTypeOf<RNN<40, 128, false, false>>();
    expectTypeOf(lstm.inputSize).toEqualTypeOf<40>();
    expectTypeOf(lstm.hiddenSize).toEqualTypeOf<128>();
    expectTypeOf(lstm.outputSize).toEqualTypeOf<128>();
  });

  it('double with two directions', () => {
    const size = <const H extends number>(hiddenSize: H) =>
      new GRU({ inputSize: 1, hiddenSize, bidirectional: true }).outputSize;
    expectTypeOf(size(1)).toEqualTypeOf<2>();
    expectTypeOf(size(5)).toEqualTypeOf<10>();
    expectTypeOf(size(128)).toEqualTypeOf<256>();
    expectTypeOf(size(175)).toEqualTypeOf<350>();
    expectTypeOf(size(499)).toEqualTypeOf<998>();
    expectTypeOf(size(9999)).toEqualTypeOf<19998>();
    expectTypeOf(size(some)).toEqualTypeOf<number>();
  });

  it('are the projection, if there is one', () => {
    const sizes = { inputSize: 40, hiddenSize: 128 } as const;
    expectTypeOf(new LSTM({ ...sizes, projectionSize: 64 }).outputSize).toEqualTypeOf<64>();
    const both = new LSTM({ ...sizes, projectionSize: 64, bidirectional: true });
    expectTypeOf(both.outputSize).toEqualTypeOf<128>();
    expectTypeOf(new LSTM({ ...sizes, projectionSize: undefined }).outputSize).toEqualTypeOf<128>();
  });

  it('stay open where options are known only at run time', () => {
    const options: LSTMOptions = { inputSize: 40, hiddenSize: 128 };
    expectTypeOf(new LSTM(options).outputSize).toEqualTypeOf<number>();
    const bidirectional: boolean = some > 1;
    expectTypeOf(
      new GRU({ inputSize: 40, hiddenSize: 128, bidirectional }).outputSize,
    ).toEqualTypeOf<number>();
  });

  it('is of the same type whatever its weights are held as', () => {
    expectTypeOf(new RNN({ inputSize: 1, hiddenSize: 2, weights: 'int8' })).toExtend<RNN<1, 2>>();
    // @ts-expect-error not one of the forms
    new GRU({ inputSize: 1, hiddenSize: 2, weights: 'f64' });
  });

  it('may be anything in a type without arguments', () => {
    expectTypeOf(lstm).toExtend<LSTM>();
    expectTypeOf(
      new LSTM({ inputSize: 1, hiddenSize: 2, bidirectional: true, projectionSize: 1 }),
    ).toExtend<LSTM>();
    expectTypeOf(new GRU({ inputSize: 1, hiddenSize: 2, returnSequences: true })).toExtend<GRU>();
    expectTypeOf(new RNN({ inputSize: 1, hiddenSize: 2, bidirectional: true })).toExtend<RNN>();
    expectTypeOf(gru).not.toExtend<LSTM>();
    const declared: LSTM = new LSTM({ inputSize: 40, hiddenSize: 128, bidirectional: true });
    expectTypeOf(declared.forward(x).output).toEqualTypeOf<Tensor<[8, 100, number]>>();
  });
});

describe('forward', () => {
  it('computes the sizes of its results', () => {
    const { output, state } = lstm.forward(x);
    expectTypeOf(output).toEqualTypeOf<Tensor<[8, 100, 128]>>();
    expectTypeOf(state).toEqualTypeOf<LSTMState<8, 128, 128>>();
    expectTypeOf(state.c).toEqualTypeOf<Tensor<[number, 8, 128]>>();
    expectTypeOf(gru.forward(x).output).toEqualTypeOf<Tensor<[8, 100, 128]>>();
    expectTypeOf(rnn.forward(x).state).toEqualTypeOf<HiddenState<8, 128>>();
  });

  it('doubles the output of two directions, and projects the state', () => {
    const layer = new LSTM({ inputSize: 40, hiddenSize: 128, projectionSize: 32, bidirectional: true });
    const { output, state } = layer.forward(x);
    expectTypeOf(output).toEqualTypeOf<Tensor<[8, 100, 64]>>();
    expectTypeOf(state).toEqualTypeOf<LSTMState<8, 32, 128>>();
  });

  it('keeps open what x leaves open', () => {
    const sizes: number[] = [8, 100, 40];
    expectTypeOf(lstm.forward(tensor(data, sizes)).output).toEqualTypeOf<Tensor<[number, number, 128]>>();
    expectTypeOf(lstm.forward(tensor(data, [8, some, 40])).output).toEqualTypeOf<Tensor<[8, number, 128]>>();
    expectTypeOf(lstm.forward(tensor(data, [8, 100, some])).output).toEqualTypeOf<Tensor<[8, 100, 128]>>();
  });

  it('takes time first if asked', () => {
    const { output, state } = gru.forward(tensor(data, [100, 8, 40]), { timeMajor: true });
    expectTypeOf(output).toEqualTypeOf<Tensor<[100, 8, 128]>>();
    expectTypeOf(state).toEqualTypeOf<HiddenState<8, 128>>();
  });

  it('takes the state of a call before, of a stream, or made by hand', () => {
    const { state } = lstm.forward(x);
    lstm.forward(x, { state, lengths: [1, 2, 3, 4, 5, 6, 7, 8], timeMajor: false });
    lstm.forward(tensor(data, [1, 100, 40]), { state: lstm.stream().state });
    gru.forward(x, { state: { h: tensor(data, [1, 8, 128]) } });
    const sizes: number[] = [1, 8, 128];
    gru.forward(x, { state: { h: tensor(data, sizes) } });
  });

  it('does not compile with an x of another size', () => {
    const wide = tensor(data, [8, 100, 41]);
    // @ts-expect-error: x must be [batch, time, inputSize] = [*, *, 40], got [8, 100, 41]
    lstm.forward(wide);
    // @ts-expect-error: x must be [batch, time, inputSize] = [*, *, 40], got [8, 100, 41]
    gru.forward(wide);
    // @ts-expect-error: x must be [batch, time, inputSize] = [*, *, 40], got [8, 100, 41]
    rnn.forward(wide);
    // @ts-expect-error: x must be [batch, time, inputSize] = [*, *, 40], got [8, 40]
    lstm.forward(tensor(data, [8, 40]));
    // @ts-expect-error: x must be [time, batch, inputSize] = [*, *, 40], got [8, 100, 41]
    lstm.forward(wide, { timeMajor: true });
    // @ts-expect-error: int32
    lstm.forward(tensor(new Int32Array(1), [8, 100, 40]));
    // @ts-expect-error: no tensor
    lstm.forward(data);
  });

  it('says what x must be in the words of the error at run time', () => {
    type Wide = typeof lstm.forward<[8, 100, 41]>;
    expectTypeOf<
      Parameters<Wide>[0]
    >().toEqualTypeOf<'lstm.forward: x must be [batch, time, inputSize] = [*, *, 40], got [8, 100, 41]'>();
    type Flat = typeof gru.forward<[number, 7], true>;
    expectTypeOf<
      Parameters<Flat>[0]
    >().toEqualTypeOf<'gru.forward: x must be [time, batch, inputSize] = [*, *, 40], got [*, 7]'>();
    type Good = typeof rnn.trace<[8, 100, 40]>;
    expectTypeOf<Parameters<Good>[0]>().toEqualTypeOf<Tensor<[8, 100, 40]>>();
    type Bad = typeof rnn.trace<[8, 100, 4]>;
    expectTypeOf<
      Parameters<Bad>[0]
    >().toEqualTypeOf<'rnn.trace: x must be [batch, time, inputSize] = [*, *, 40], got [8, 100, 4]'>();
  });

  it('does not compile with the state of another layer', () => {
    const other = new LSTM({ inputSize: 40, hiddenSize: 128, projectionSize: 64 });
    const { state } = other.forward(x);
    // @ts-expect-error: state.h must be [layers*directions, batch, hiddenSize] = [*, 8, 128], got [*, 8, 64]
    lstm.forward(x, { state });
    // @ts-expect-error: another batch
    gru.forward(x, { state: { h: tensor(data, [1, 7, 128]) } });
    // @ts-expect-error: no c
    lstm.forward(x, { state: gru.forward(x).state });
    // @ts-expect-error: int32
    gru.forward(x, { state: { h: tensor(new Int32Array(1), [1, 8, 128]) } });
  });

  it('does not compile with other options', () => {
    // @ts-expect-error: unknown
    lstm.forward(x, { length: [1] });
    // @ts-expect-error: no list
    lstm.forward(x, { lengths: 8 });
    // @ts-expect-error: no boolean
    lstm.forward(x, { timeMajor: 1 });
  });
});

describe('trace', () => {
  it('gives the values of every layer', () => {
    const traced = lstm.trace(x);
    expectTypeOf(traced.output).toEqualTypeOf<Tensor<[8, 100, 128]>>();
    type Layer = (typeof traced.layers)[number];
    expectTypeOf<Layer>().toExtend<LSTMSteps<[8, 100], 128, 128>>();
    expectTypeOf<Layer['forget']>().toEqualTypeOf<Tensor<[8, 100, 128]>>();
    const [gruLayer] = gru.trace(x).layers;
    if (gruLayer) expectTypeOf(gruLayer).toExtend<GRUSteps<[8, 100], 128>>();
    const [rnnLayer] = rnn.trace(x).layers;
    if (rnnLayer) expectTypeOf(rnnLayer).toExtend<RNNSteps<[8, 100], 128>>();
  });

  it('has a reverse direction for certain only in a bidirectional layer', () => {
    const both = new LSTM({ inputSize: 40, hiddenSize: 5, bidirectional: true, projectionSize: 3 });
    const [layer] = both.trace(x).layers;
    if (layer) expectTypeOf(layer.reverse.hidden).toEqualTypeOf<Tensor<[8, 100, 3]>>();
    const [plain] = lstm.trace(x).layers;
    if (plain) expectTypeOf(plain.reverse).toEqualTypeOf<LSTMSteps<[8, 100], 128, 128> | undefined>();
  });

  it('does not compile with what forward does not take', () => {
    // @ts-expect-error: x must be [batch, time, inputSize] = [*, *, 40], got [8, 100, 4]
    lstm.trace(tensor(data, [8, 100, 4]));
  });
});

describe('options', () => {
  it('are known by name and type', () => {
    new LSTM({
      inputSize: 40,
      hiddenSize: 128,
      layers: 2,
      reverse: true,
      bias: false,
      dropout: 0.1,
      seed: 7,
      coupled: true,
      peephole: true,
      inputGate: true,
      forgetGate: true,
      outputGate: false,
      layerNorm: true,
      clip: 3,
      cellClip: 10,
      forgetBias: 1,
      activations: {
        gate: { kind: 'hardSigmoid', alpha: 0.2, beta: 0.5 },
        cell: 'identity',
        output: 'softsign',
      },
    });
    new GRU({
      inputSize: 1,
      hiddenSize: 1,
      resetAfter: false,
      updateGate: 'write',
      activations: { cell: 'relu' },
    });
    new RNN({ inputSize: 1, hiddenSize: 1, nonlinearity: 'hardSigmoid' });
  });

  it('do not compile otherwise', () => {
    const sizes = { inputSize: 40, hiddenSize: 128 } as const;
    // @ts-expect-error: no hiddenSize
    new LSTM({ inputSize: 40 });
    // @ts-expect-error: text
    new LSTM({ inputSize: '40', hiddenSize: 128 });
    // @ts-expect-error: mistyped
    new LSTM({ ...sizes, peepholes: true });
    // @ts-expect-error: an LSTM's
    new GRU({ ...sizes, peephole: true });
    // @ts-expect-error: a GRU's
    new RNN({ ...sizes, resetAfter: true });
    // @ts-expect-error: unknown activation
    new LSTM({ ...sizes, activations: { gate: 'sigmod' } });
    // @ts-expect-error: no slope
    new LSTM({ ...sizes, activations: { gate: { kind: 'hardSigmoid', alpha: 0.2 } } });
    // @ts-expect-error: neither of the two
    new GRU({ ...sizes, updateGate: 'both' });
    // @ts-expect-error: no options
    new RNN();
  });
});
