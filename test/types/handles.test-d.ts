import {
  type BackendInfo,
  backend,
  CellgateError,
  Embedding,
  type ErrorCode,
  GRU,
  init,
  LSTM,
  type LSTMState,
  type RecurrentState,
  Sequential,
  type StateDict,
  type Stream,
  type StreamPool,
  type Tensor,
  tensor,
} from 'cellgate';
import { describe, expectTypeOf, it } from 'vitest';

const lstm = new LSTM({ inputSize: 3, hiddenSize: 5, projectionSize: 2 });
const gru = new GRU({ inputSize: 3, hiddenSize: 5 });
const frame = new Float32Array(3);

describe('a stream', () => {
  it('takes and gives Float32Arrays', () => {
    const stream = lstm.stream({ batch: 2 });
    expectTypeOf(stream.step(frame)).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    expectTypeOf(stream.run(frame)).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    const out: Float32Array = new Float32Array(2);
    expectTypeOf(stream.step(frame, out)).toEqualTypeOf<Float32Array>();
    // @ts-expect-error: doubles
    stream.step(new Float64Array(3));
    // @ts-expect-error: no typed array
    stream.step([1, 2, 3]);
    // @ts-expect-error: unknown option
    lstm.stream({ bach: 2 });
  });

  it('has the state of its layer', () => {
    const stream = lstm.stream();
    expectTypeOf(stream).toEqualTypeOf<Stream<LSTMState<number, 2, 5>>>();
    expectTypeOf(stream.clone().state.c).toEqualTypeOf<Tensor<[number, number, 5]>>();
    stream.state = lstm.stream().state;
    stream.state = lstm.forward(tensor(frame, [1, 1, 3])).state;
    // @ts-expect-error: a GRU's
    stream.state = gru.stream().state;
    // @ts-expect-error: no h
    stream.state = {};
  });

  it('of a model has a list of states', () => {
    expectTypeOf(new Sequential([gru]).stream().state).toEqualTypeOf<RecurrentState[]>();
  });
});

describe('a pool', () => {
  it('has members with the frames and states of its layer', () => {
    const pool = lstm.streamPool({ capacity: 3 });
    expectTypeOf(pool).toEqualTypeOf<StreamPool<LSTMState<number, 2, 5>>>();
    const member = pool.join();
    expectTypeOf(member.state.c).toEqualTypeOf<Tensor<[number, number, 5]>>();
    expectTypeOf(member.output).toEqualTypeOf<Float32Array<ArrayBuffer>>();
    member.push(frame);
    member.state = lstm.stream().state;
    // @ts-expect-error: ids
    member.push(new Int32Array(3));
    // @ts-expect-error: a GRU's
    member.state = gru.stream().state;
    // @ts-expect-error: unknown option
    lstm.streamPool({ batch: 2 });
  });

  it('of a model that begins with an Embedding takes ids', () => {
    const layers = [new Embedding({ vocabularySize: 4, size: 3 }), gru] as const;
    const member = new Sequential(layers).streamPool().join();
    member.push(new Int32Array(1));
    // @ts-expect-error: values
    member.push(new Float32Array(1));
    expectTypeOf(member.state).toEqualTypeOf<RecurrentState[]>();
  });
});

describe('handles', () => {
  it('end with their block', () => {
    expectTypeOf(lstm).toExtend<Disposable>();
    expectTypeOf(lstm.stream()).toExtend<Disposable>();
    using layer = new GRU({ inputSize: 1, hiddenSize: 1 });
    expectTypeOf(layer.disposed).toEqualTypeOf<boolean>();
  });

  it('have parameters by name', () => {
    expectTypeOf(lstm.parameters()).toEqualTypeOf<StateDict>();
    gru.loadStateDict(lstm.stateDict());
    gru.loadStateDict(new Map([['weight_ih_l0', tensor([[1]])]]));
    // @ts-expect-error: bare arrays
    gru.loadStateDict({ weight_ih_l0: new Float32Array(3) });
    // @ts-expect-error: int32
    gru.loadStateDict({ weight_ih_l0: tensor(new Int32Array(3)) });
  });
});

describe('init and backend', () => {
  it('take and give choices by name', () => {
    expectTypeOf(init).returns.resolves.toEqualTypeOf<BackendInfo>();
    expectTypeOf(backend().kind).toEqualTypeOf<'native' | 'wasm'>();
    expectTypeOf(init).toBeCallableWith({ backend: 'wasm', isa: 'relaxed', wasm: new URL('file:///a.wasm') });
    // @ts-expect-error: unknown backend
    void init({ backend: 'gpu' });
    // @ts-expect-error: unknown instruction set
    void init({ isa: 'mmx' });
  });

  it('fail with a code', () => {
    const error = new CellgateError('shape', 'lstm.forward', 'x must be [2]', '[3]');
    expectTypeOf(error).toExtend<Error>();
    expectTypeOf(error.code).toEqualTypeOf<ErrorCode>();
  });
});
