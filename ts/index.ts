/** The public names. The entry files add the environment. */

export type { DType, DTypeMap } from './buffers.js';
export { Dropout } from './dropout.js';
export { Embedding, type EmbeddingOptions } from './embedding.js';
export { CellgateError, type ErrorCode } from './errors.js';
export { GRU, type GRUConstructor, type GRUOptions, type GRUSteps } from './gru.js';
export {
  type BackendInfo,
  type BackendKind,
  backend,
  type InitOptions,
  type Isa,
  init,
  type WasmSource,
} from './init.js';
export { Linear, type LinearOptions } from './linear.js';
export { LSTM, type LSTMConstructor, type LSTMOptions, type LSTMSteps } from './lstm.js';
export type { Gradients, Module, StateDict, StateDictLike } from './module.js';
export type { Activation } from './options.js';
export type { BackwardOptions, BackwardResult } from './recurrent.js';
export type {
  ForwardOptions,
  ForwardResult,
  RecurrentOptions,
  TracedLayer,
  TraceResult,
} from './recurrent-types.js';
export { RNN, type RNNConstructor, type RNNOptions, type RNNSteps } from './rnn.js';
export { type PredictOptions, Sequential } from './sequential.js';
export type { Shape } from './shape-types.js';
export type { HiddenState, LSTMState, RecurrentState } from './state.js';
export type { Stream, StreamOptions } from './stream.js';
export { type NestedArrays, type NestedNumbers, Tensor, tensor } from './tensor.js';
