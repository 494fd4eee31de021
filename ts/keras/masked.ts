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
import type { LayerGradients } from '../training/trainable.js';

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

/** Where the steps are that count. */
function placesOf({ value }: Mask, { data, shape }: AnyTensor): Packed['places'] {
  const [batch = 0, time = 0] = shape;
  const width = countOf(shape.slice(2));
  const own = Math.fround(value);
  return Array.from({ length: batch }, (_, row) => {
    const kept: number[] = [];
    for (let step = 0; step < time; step++) {
      const start = (row * time + step) * width;
      if (data.subarray(start, start + width).some((each) => each !== own)) kept.push(step);
    }
    return kept;
  });
}

/** Moves steps to the beginning of each sequence, or from there back to where they were; zeros elsewhere. */
function moved<T extends AnyTensor>({ data, shape }: T, places: Packed['places'], isBack: boolean): T {
  const [, time = 0] = shape;
  const width = countOf(shape.slice(2));
  const values = data.slice().fill(0);
  for (const [row, kept] of places.entries()) {
    for (const [at, step] of kept.entries()) {
      const [from, to] = isBack ? [at, step] : [step, at];
      const start = (row * time + from) * width;
      values.set(data.subarray(start, start + width), (row * time + to) * width);
    }
  }
  return new Tensor<Shape, DType>(values, shape) as T;
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
 * Outputs of skipped steps are zero; there as in Keras they mean nothing. Streams and trainers skip nothing. Files have no
 * place for the mask, so that `save` refuses: `new Sequential(model.layers)` has the layers without it, and takes `lengths`.
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
  #pack(where: string, x: unknown, options: { lengths?: unknown } | undefined): Packed | undefined {
    const { hasTime, dtype, convolves, givesSteps } = networkOf(internals(this).info);
    const isSequences = hasTime && isTensor(x) && x.dtype === dtype && x.shape.length >= 2;
    if (!isSequences || options?.lengths !== undefined) return undefined;
    if (convolves && givesSteps) {
      fail('unsupported', where, 'x must have lengths where a convolution hands on its steps', 'none');
    }
    const sequences = x as AnyTensor;
    const places = placesOf({ value: this.mask }, sequences);
    return { x: moved(sequences, places, false), lengths: places.map(({ length }) => length), places };
  }

  override predict<S extends Shape>(x: Tensor<S, DType>, options?: PredictOptions): Tensor<number[]> {
    const steps = this.#pack('sequential.predict', x, options);
    if (!steps) return super.predict(x, options);
    const output = super.predict(steps.x, { ...options, lengths: steps.lengths });
    return output.shape.length === 3 ? moved(output, steps.places, true) : output;
  }

  override backward<S extends Shape>(
    x: Tensor<S, DType>,
    outputGradient: Tensor,
    options?: PredictOptions,
  ): LayerGradients<number[], S> {
    const steps = this.#pack('sequential.backward', x, options);
    if (!steps) return super.backward(x, outputGradient, options);
    const { places, lengths } = steps;
    const isOfSteps =
      isTensor(outputGradient) &&
      outputGradient.dtype === 'float32' &&
      outputGradient.shape.length === 3 &&
      outputGradient.shape.slice(0, 2).every((size, axis) => size === x.shape[axis]);
    // Any other is refused, if it is not of the last step.
    const gradient = isOfSteps ? moved(outputGradient, places, false) : outputGradient;
    const { output, x: ofX, parameters } = super.backward(steps.x, gradient, { ...options, lengths });
    return {
      output: output.shape.length === 3 ? moved(output, places, true) : output,
      // Absent where x is ids.
      ...(ofX && { x: moved(ofX, places, true) }),
      parameters,
    } as LayerGradients<number[], S>;
  }

  /** @throws CellgateError `unsupported`: whoever loaded the file would have no mask */
  override save(): never {
    return refuseMask('sequential.save', this.mask);
  }

  #unmasked<D extends TrainingData<AnyTensor>>(where: string, data: D): D {
    const steps = this.#pack(where, data?.x, data);
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
