/** The public names. The entry files add the environment. */

export type { DType, DTypeMap, TensorDType, TensorDTypeMap } from './buffers.js';
export { Conv1d, type Conv1dOptions } from './conv1d.js';
export { Dropout } from './dropout.js';
export { Embedding, type EmbeddingOptions } from './embedding.js';
export { CellgateError, type ErrorCode } from './errors.js';
export { GRU, type GRUConstructor, type GRUOptions, type GRUSteps } from './gru.js';
export {
  type BackendInfo,
  type BackendKind,
  backend,
  type CompilableSource,
  type InitOptions,
  type InitSyncOptions,
  type Isa,
  init,
  initSync,
  type WasmSource,
} from './init.js';
export { LayerNorm, type LayerNormOptions } from './layer-norm.js';
export { Linear, type LinearOptions } from './linear.js';
export { LSTM, type LSTMConstructor, type LSTMOptions, type LSTMSteps } from './lstm.js';
export { Merge, type MergeOptions } from './merge.js';
export type { Module, StateDict, StateDictLike } from './module.js';
export { Nonlinearity, type NonlinearityKind } from './nonlinearity.js';
export type { Activation } from './options.js';
export type {
  BackwardOptions,
  ForwardOptions,
  ForwardResult,
  RecurrentOptions,
  TracedLayer,
  TraceResult,
} from './recurrent-types.js';
export { RNN, type RNNConstructor, type RNNOptions, type RNNSteps } from './rnn.js';
export { type PredictOptions, type SaveOptions, Sequential } from './sequential.js';
export type { Shape } from './shape-types.js';
export type { HiddenState, LSTMState, RecurrentState } from './state.js';
export type { Stream, StreamOptions } from './stream.js';
export type { PoolMember, StreamPool, StreamPoolOptions } from './stream-pool.js';
export { type NestedArrays, type NestedNumbers, Tensor, tensor } from './tensor.js';
export type { UpdateOptions } from './training/config.js';
export type { TrainingData } from './training/data.js';
export type { EvaluateOptions, FitOptions, Metric, ResumeOptions } from './training/fit-options.js';
export type { BatchInfo, EpochInfo, Evaluation, History } from './training/history.js';
export type { Loss } from './training/loss.js';
export type { Optimizer } from './training/optimizer.js';
export type { InputGradients } from './training/passes.js';
export type { Schedule } from './training/schedule.js';
export type { EarlyStopping } from './training/stopping.js';
export type { Gradients, LayerGradients, RecurrentGradients, Trainable } from './training/trainable.js';
export {
  type PassOptions,
  type StepOptions,
  type StepReport,
  Trainer,
  type TrainerOptions,
} from './training/trainer.js';
