/**
 * The public API without its literal types: the contract tests draw sizes at run time and pass wrong arguments on
 * purpose. What compiles and what must not is the business of `test/types`.
 */

import * as cellgate from 'cellgate';
import type { Field } from '../reference/index.js';

export interface AnyTensor {
  readonly dtype: 'float32' | 'int32';
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
  toArray(): unknown;
}

export interface AnyState {
  h: AnyTensor;
  c?: AnyTensor;
}

export type Dict = Record<string, AnyTensor>;
export type TraceFields = Partial<Record<Field, AnyTensor>>;

interface Disposable {
  dispose(): void;
  [Symbol.dispose](): void;
}

export interface AnyStream extends Disposable {
  state: unknown;
  step(frame: unknown, out?: unknown): Float32Array;
  run(block: unknown, out?: unknown): Float32Array;
  reset(): void;
  clone(): AnyStream;
  saveState(): Uint8Array;
  loadState(bytes?: unknown): void;
}

export interface AnyMember {
  readonly output: Float32Array;
  readonly isWaiting: boolean;
  state: unknown;
  push(frame?: unknown): void;
  reset(): void;
  saveState(): Uint8Array;
  loadState(bytes?: unknown): void;
  leave(): void;
}

export interface AnyPool extends Disposable {
  readonly size: number;
  readonly capacity: number;
  readonly disposed: boolean;
  join(): AnyMember;
  step(): number;
}

export interface AnyGradients {
  output: AnyTensor;
  /** Absent where x is ids. */
  x?: AnyTensor;
  parameters: Dict;
}

export interface AnyLayerGradients extends AnyGradients {
  x: AnyTensor;
  /** Of the initial state. */
  state: AnyState;
}

export interface AnyEvaluation {
  loss: number;
  accuracy?: number;
  metrics?: Record<string, number>;
}

export interface AnyTrainer extends Disposable {
  lr: number;
  readonly disposed: boolean;
  step(x: unknown, y: unknown, options?: unknown): AnyEvaluation & { norm: number };
  evaluate(x: unknown, y: unknown, options?: unknown): AnyEvaluation;
  forward(x: unknown, options?: unknown): AnyTensor;
  backward(gradient: unknown, options?: unknown): { x?: AnyTensor; state?: AnyState };
  gradients(): Dict;
  update(gradients?: unknown): { norm: number };
  reset(): void;
}

export interface AnyHistory {
  loss: number[];
  valLoss?: number[];
  accuracy?: number[];
  valAccuracy?: number[];
  metrics?: Record<string, number[]>;
  valMetrics?: Record<string, number[]>;
  epochs: number;
  stopped?: 'aborted' | 'early';
}

interface Module extends Disposable {
  parameters(): Dict;
  stateDict(): Dict;
  loadStateDict(dict: unknown): void;
  trainer(options?: unknown): AnyTrainer;
}

export interface AnyLayer extends Module {
  backward(x: unknown, outputGradient?: unknown, options?: unknown): AnyLayerGradients;
  forward(x: unknown, options?: unknown): { output: AnyTensor; state: AnyState };
  trace(
    x: unknown,
    options?: unknown,
  ): { output: AnyTensor; state: AnyState; layers: (TraceFields & { reverse?: TraceFields })[] };
  stream(options?: unknown): AnyStream;
  streamPool(options?: unknown): AnyPool;
}

export interface AnyModule extends Module {
  backward(x: unknown, outputGradient?: unknown, options?: unknown): AnyGradients;
  forward(x: unknown, options?: unknown): AnyTensor;
}

export interface AnySequential extends Module {
  backward(x: unknown, outputGradient?: unknown, options?: unknown): AnyGradients;
  predict(x: unknown, options?: unknown): AnyTensor;
  stream(options?: unknown): AnyStream;
  streamPool(options?: unknown): AnyPool;
  summary(): string;
  fit(data?: unknown, options?: unknown): Promise<AnyHistory>;
  evaluate(data?: unknown, options?: unknown): AnyEvaluation;
  save(options?: unknown): Uint8Array;
}

export interface AnyError extends Error {
  code: string;
  where: string;
  expected: string;
  got: string;
}

export interface Backend {
  kind: 'native' | 'wasm';
  isa: string;
  threads: number;
  tried: { kind: string; reason: string }[];
}

type Constructor<T> = new (options?: unknown) => T;

interface Api {
  init(options?: unknown): Promise<unknown>;
  backend(): Backend;
  tensor(data?: unknown, shape?: unknown, dtype?: unknown): AnyTensor;
  RNN: Constructor<AnyLayer>;
  GRU: Constructor<AnyLayer>;
  LSTM: Constructor<AnyLayer>;
  Linear: Constructor<AnyModule>;
  Conv1d: Constructor<AnyModule>;
  Nonlinearity: Constructor<AnyModule>;
  LayerNorm: Constructor<AnyModule>;
  Merge: Constructor<AnyModule>;
  Embedding: Constructor<AnyModule>;
  Dropout: Constructor<AnyModule>;
  Sequential: Constructor<AnySequential> & { load(bytes?: unknown): AnySequential };
  saveFile(file?: unknown, model?: unknown): Promise<void>;
  loadFile(file?: unknown): Promise<AnySequential>;
  CellgateError: new (...values: never[]) => AnyError;
}

export const {
  init,
  backend,
  tensor,
  RNN,
  GRU,
  LSTM,
  Linear,
  Conv1d,
  Nonlinearity,
  LayerNorm,
  Merge,
  Embedding,
  Dropout,
  Sequential,
  saveFile,
  loadFile,
  CellgateError,
} = cellgate as unknown as Api;
