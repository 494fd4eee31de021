/** Models that skip steps of their input, as Keras' masks do. */

import type { DType } from '../buffers.js';
import { fail } from '../errors.js';
import { internals, type Module } from '../module.js';
import { networkOf } from '../network.js';
import { type PredictOptions, Sequential } from '../sequential.js';
import type { Shape } from '../shape-types.js';
import { countOf, isTensor, Tensor } from '../tensor.js';
import type { TrainingData } from '../training/data.js';
import type { EvaluateOptions, FitOptions, ResumeOptions } from '../training/fit-options.js';
import type { Evaluation, History } from '../training/history.js';

/** A step does not count if all of its values are this one. */
export interface Mask {
  readonly value: number;
}

type AnyTensor = Tensor<Shape, DType>;

interface Packed {
  /** The steps that count, at the beginning. */
  readonly x: AnyTensor;
  readonly lengths: readonly number[];
  /** Where they were, one sequence after the other, each of as many as x has steps. */
  readonly places: readonly (readonly number[])[];
}

/** Moves the steps that count to the beginning of each sequence. */
function packed({ value }: Mask, { data, shape }: AnyTensor): Packed {
  const [batch = 0, time = 0] = shape;
  const width = countOf(shape.slice(2));
  const moved = data.slice();
  const places = Array.from({ length: batch }, (_, row) => {
    const kept: number[] = [];
    for (let step = 0; step < time; step++) {
      const start = (row * time + step) * width;
      const values = data.subarray(start, start + width);
      if (values.every((each) => each === value)) continue;
      moved.set(values, (row * time + kept.length) * width);
      kept.push(step);
    }
    return kept;
  });
  return { x: new Tensor<Shape, DType>(moved, shape), lengths: places.map(({ length }) => length), places };
}

/** Puts outputs of steps back to where the steps were; zeros elsewhere. */
function spread({ data, shape }: Tensor, places: Packed['places']): Tensor<number[]> {
  const [, time = 0, width = 0] = shape;
  const spreadOut = new Float32Array(data.length);
  for (const [row, kept] of places.entries()) {
    for (const [at, step] of kept.entries()) {
      const start = (row * time + at) * width;
      spreadOut.set(data.subarray(start, start + width), (row * time + step) * width);
    }
  }
  return new Tensor(spreadOut, [...shape]);
}

const refuseMask = (where: string, mask: number): never =>
  fail('unsupported', where, 'model must have no mask, which would be lost', `the mask ${mask}`);

/** Refuses a model with a mask where steps would count that it skips. */
export function checkUnmasked(where: string, model: Module): void {
  if (model instanceof MaskedSequential) refuseMask(where, model.mask);
}

/**
 * A model that skips steps, from Keras' `Masking` layer or an `Embedding` with `mask_zero`: those of which all values are the
 * mask's, wherever they are. Where `lengths` are given, they are all that counts.
 *
 * Outputs of skipped steps are zero; there as in Keras they mean nothing. Streams skip no frame. Files have no place for the
 * mask, so that `save` refuses: `new Sequential(model.layers)` has the layers without it, and takes `lengths`.
 *
 * @example
 * ```ts
 * import { Embedding, GRU, tensor } from 'cellgate';
 * import { MaskedSequential } from 'cellgate/keras';
 *
 * const layers = [new Embedding({ vocabularySize: 9, size: 4 }), new GRU({ inputSize: 4, hiddenSize: 2 })];
 * const model = new MaskedSequential(layers, 0);
 * const [a, b] = [[0, 0, 5, 7], [5, 7, 0, 0]].map((ids) => model.predict(tensor([ids], undefined, 'int32')).data);
 * console.log(a!.every((value, index) => value === b![index])); // true
 * ```
 */
export class MaskedSequential extends Sequential<readonly Module[]> {
  /** The value of steps that are skipped. */
  readonly mask: number;

  /**
   * @param layers as of {@link Sequential}
   * @param mask the value of steps that are skipped
   * @throws CellgateError as {@link Sequential}
   */
  constructor(layers: readonly Module[], mask: number) {
    super(layers);
    this.mask = mask;
  }

  /** What is to be packed: a tensor of sequences without lengths. Anything else is left to the model to run or refuse. */
  #pack(x: unknown, options: { lengths?: unknown } | undefined): Packed | undefined {
    const { hasTime } = networkOf(internals(this).info);
    const isSequences = hasTime && isTensor(x) && x.shape.length >= 2;
    return isSequences && options?.lengths === undefined
      ? packed({ value: this.mask }, x as AnyTensor)
      : undefined;
  }

  override predict<S extends Shape>(x: Tensor<S, DType>, options?: PredictOptions): Tensor<number[]> {
    const steps = this.#pack(x, options);
    if (!steps) return super.predict(x, options);
    const output = super.predict(steps.x, { ...options, lengths: steps.lengths });
    return output.shape.length === 3 ? spread(output, steps.places) : output;
  }

  /** @throws CellgateError `unsupported`: whoever loaded the file would have no mask */
  override save(): never {
    return refuseMask('sequential.save', this.mask);
  }

  #unmasked<D extends TrainingData<AnyTensor>>(where: string, data: D): D {
    const steps = this.#pack(data?.x, data);
    if (!steps) return data;
    if (networkOf(internals(this).info).givesSteps) {
      fail('unsupported', where, 'data must have lengths where every step has an output', 'none');
    }
    return { ...data, x: steps.x, lengths: steps.lengths };
  }

  override async fit<S extends Shape>(
    data: TrainingData<Tensor<S, DType>>,
    options: FitOptions | ResumeOptions,
  ): Promise<History> {
    // biome-ignore lint/suspicious/noFocusedTests: it trains
    return super.fit(this.#unmasked('sequential.fit', data), options);
  }

  override evaluate<S extends Shape>(
    data: TrainingData<Tensor<S, DType>>,
    options?: EvaluateOptions,
  ): Evaluation {
    return super.evaluate(this.#unmasked('sequential.evaluate', data), options);
  }
}
