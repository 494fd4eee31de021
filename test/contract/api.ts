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

interface Module extends Disposable {
  parameters(): Dict;
  stateDict(): Dict;
  loadStateDict(dict: unknown): void;
}

export interface AnyLayer extends Module {
  backward(x: unknown, outputGradient?: unknown, options?: unknown): AnyLayerGradients;
  forward(x: unknown, options?: unknown): { output: AnyTensor; state: AnyState };
  trace(
    x: unknown,
    options?: unknown,
  ): { output: AnyTensor; state: AnyState; layers: (TraceFields & { reverse?: TraceFields })[] };
  stream(options?: unknown): AnyStream;
}

export interface AnyModule extends Module {
  backward(x: unknown, outputGradient?: unknown, options?: unknown): AnyGradients;
  forward(x: unknown): AnyTensor;
}

export interface AnySequential extends Module {
  predict(x: unknown, options?: unknown): AnyTensor;
  stream(options?: unknown): AnyStream;
  summary(): string;
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
  Embedding: Constructor<AnyModule>;
  Dropout: Constructor<AnyModule>;
  Sequential: Constructor<AnySequential>;
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
  Embedding,
  Dropout,
  Sequential,
  CellgateError,
} = cellgate as unknown as Api;
