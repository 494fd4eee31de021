/** Types of models: which sizes go through a list of layers. Types only. */

import type { DType } from './buffers.js';
import type { Conv1d } from './conv1d.js';
import type { Embedding } from './embedding.js';
import type { GRU } from './gru.js';
import type { LayerNorm } from './layer-norm.js';
import type { Linear } from './linear.js';
import type { LSTM } from './lstm.js';
import type { Merge } from './merge.js';
import type { Module } from './module.js';
import type { Lead, OutputSize } from './recurrent-types.js';
import type { RNN } from './rnn.js';
import type { Checked, CheckedLast, Fits, Shape, WithLast } from './shape-types.js';
import type { Tensor } from './tensor.js';

interface LayerType {
  /** Whether it goes along time. */
  timed: boolean;
  dtype: DType;
  input: number;
  output: number;
  /** Whether a layer along time hands on every step. */
  sequences: boolean;
  /** Whether it hands on as many steps as it takes. */
  keepsSteps: boolean;
}

interface Described<
  Timed extends boolean,
  D extends DType,
  In extends number,
  Out extends number,
  Sequences extends boolean = true,
  KeepsSteps extends boolean = true,
> {
  timed: Timed;
  dtype: D;
  input: In;
  output: Out;
  sequences: Sequences;
  keepsSteps: KeepsSteps;
}

/** What the compiler knows of a layer; `never` for one that changes no sizes. */
type TypeOf<M> =
  M extends LSTM<infer I, infer H, infer B, infer P, infer R>
    ? Described<true, 'float32', I, OutputSize<H, B, P>, R>
    : M extends GRU<infer I, infer H, infer B, infer R>
      ? Described<true, 'float32', I, OutputSize<H, B>, R>
      : M extends RNN<infer I, infer H, infer B, infer R>
        ? Described<true, 'float32', I, OutputSize<H, B>, R>
        : M extends Linear<infer I, infer O>
          ? Described<false, 'float32', I, O>
          : M extends Conv1d<infer I, infer O>
            ? Described<true, 'float32', I, O, true, false>
            : M extends Embedding<infer _V, infer O>
              ? Described<false, 'int32', number, O>
              : M extends LayerNorm<infer S>
                ? Described<false, 'float32', S, S>
                : M extends Merge<infer I>
                  ? Described<false, 'float32', I, number>
                  : never;

/** The layers that change sizes, as types. */
type TypesOf<L extends readonly Module[]> = L extends readonly [
  infer M,
  ...infer Rest extends readonly Module[],
]
  ? [TypeOf<M>] extends [never]
    ? TypesOf<Rest>
    : [TypeOf<M>, ...TypesOf<Rest>]
  : [];

/** `true`, or the message of the first layer that does not take what the one before gives. */
export type Chain<
  L extends readonly Module[],
  Previous extends number = number,
  Index extends readonly unknown[] = [],
> = L extends readonly [infer M, ...infer Rest extends readonly Module[]]
  ? [TypeOf<M>] extends [never]
    ? Chain<Rest, Previous, [...Index, M]>
    : Fits<[TypeOf<M>['input']], [Previous]> extends true
      ? Chain<Rest, TypeOf<M>['output'], [...Index, M]>
      : `sequential: layers[${Index['length'] & number}].inputSize must be the output size before it = ${Previous}, got ${TypeOf<M>['input']}`
  : true;

type First<T> = T extends readonly [infer F extends LayerType, ...unknown[]] ? F : LayerType;

type LastOutput<T extends readonly unknown[]> = T extends readonly [...unknown[], infer M extends LayerType]
  ? M['output']
  : number;

/** Whether the last layer along time hands on every step; `never` without one. */
type LastSequences<T extends readonly unknown[]> = T extends readonly [
  ...infer Rest extends readonly unknown[],
  infer M extends LayerType,
]
  ? M['timed'] extends true
    ? M['sequences']
    : LastSequences<Rest>
  : never;

/** The first two axes behind the layers; only at run time it is known how many steps a convolution makes. */
type Behind<T extends readonly unknown[], S extends Shape> = false extends (T[number] &
  LayerType)['keepsSteps']
  ? [Lead<S>[0], number]
  : Lead<S>;

/** Type of the values that a model takes. */
export type ModelDType<L extends readonly Module[]> = number extends L['length']
  ? DType
  : First<TypesOf<L>>['dtype'] extends 'int32'
    ? 'int32'
    : 'float32';

type IsTimed<L extends readonly Module[]> = [LastSequences<TypesOf<L>>] extends [never] ? false : true;

/** The argument `x` of a call, or the message of the error. */
export type ModelInput<
  L extends readonly Module[],
  S extends Shape,
  Where extends string = 'sequential.predict',
> = number extends L['length']
  ? Tensor<S, DType>
  : TypesOf<L> extends readonly []
    ? Tensor<S>
    : ModelDType<L> extends 'int32'
      ? IsTimed<L> extends true
        ? Checked<Tensor<S, 'int32'>, S, `${Where}: x`, 'batch, time', [number, number]>
        : Tensor<S, 'int32'>
      : IsTimed<L> extends true
        ? Checked<
            Tensor<S>,
            S,
            `${Where}: x`,
            'batch, time, inputSize',
            [number, number, First<TypesOf<L>>['input']]
          >
        : CheckedLast<Tensor<S>, S, `${Where}: x`, First<TypesOf<L>>['input']>;

/** Shape of what `predict` gives. */
export type ModelOutput<L extends readonly Module[], S extends Shape> = number extends L['length']
  ? number[]
  : TypesOf<L> extends readonly []
    ? S
    : IsTimed<L> extends true
      ? boolean extends LastSequences<TypesOf<L>>
        ? number[]
        : LastSequences<TypesOf<L>> extends true
          ? [...Behind<TypesOf<L>, S>, LastOutput<TypesOf<L>>]
          : [Lead<S>[0], LastOutput<TypesOf<L>>]
      : ModelDType<L> extends 'int32'
        ? [...S, LastOutput<TypesOf<L>>]
        : WithLast<S, LastOutput<TypesOf<L>>>;
