/** The convolution over time. */

import { describe, fail } from './errors.js';
import { apply, internals } from './module.js';
import { flag, initializer, natural, plain, type Reader, readLengths, readOptions, size } from './options.js';
import type { Lead } from './recurrent-types.js';
import type { AnySize, Checked, Shape } from './shape-types.js';
import { checkTensor, type Tensor } from './tensor.js';
import { type LayerGradients, Trainable } from './training/trainable.js';

/** Options of {@link Conv1d}. Sizes are integers from 1 to 2^32 - 1 that fit into memory. */
export interface Conv1dOptions<In extends number = number, Out extends number = number> {
  /** Values in: PyTorch's `in_channels`. */
  inputSize: In;
  /** Values out: PyTorch's `out_channels`. */
  outputSize: Out;
  /** Steps that an output step sees. */
  kernelSize: number;
  /** Steps from one window to the next; 1 if left out. */
  stride?: number | undefined;
  /**
   * Zeros before the first step and behind the last, one number for both or two; 0 if left out. A causal layer, whose
   * outputs see no later step, has `[dilation * (kernelSize - 1), 0]`.
   */
  padding?: number | readonly [number, number] | undefined;
  /** Steps from one that a window sees to the next; 1 if left out. */
  dilation?: number | undefined;
  /** Parts of the inputs, of which each goes to a part of the outputs; divides both sizes; 1 if left out. */
  groups?: number | undefined;
  /** A bias vector; true if left out. */
  bias?: boolean | undefined;
  /** Seed of the initial weights, an integer from 0; 0 if left out. */
  seed?: number | undefined;
  /**
   * Initial weights: `'torch'` uniform within 1 / sqrt(kernelSize * inputSize / groups); `'keras'` Glorot uniform, bias
   * zero. `'torch'` if left out.
   */
  initializer?: 'torch' | 'keras' | undefined;
}

/** How many windows, of which one begins every `stride` steps, lie within so many steps. */
export function windowsIn(steps: number, window: number, stride: number): number {
  return steps < window ? 0 : Math.floor((steps - window) / stride) + 1;
}

/** Zeros at both ends. */
const readPadding: Reader<readonly [number, number]> = (where, name, value) => {
  if (!Array.isArray(value)) {
    const both = natural(0)(where, name, value);
    return [both, both];
  }
  if (value.length !== 2) {
    fail('value', where, `${name} must be a number or [before, behind]`, describe(value));
  }
  return [natural()(where, `${name}[0]`, value[0]), natural()(where, `${name}[1]`, value[1])];
};

const readers = {
  inputSize: size(),
  outputSize: size(),
  kernelSize: size(),
  stride: size(1),
  padding: readPadding,
  dilation: size(1),
  groups: size(1),
  bias: flag(true),
  seed: natural(0),
  initializer,
};

/**
 * Convolution over time, `y[t] = sum over k of W[k] x[stride * t + dilation * k] + b` (a cross-correlation, as everywhere).
 * Sequences lie as for the other layers, `[batch, time, inputSize]`, where PyTorch has the channels before the time.
 * Parameters are PyTorch's: `weight` `[outputSize, inputSize / groups, kernelSize]` and `bias` `[outputSize]`; so is their
 * beginning.
 *
 * Of `time` steps it makes `floor((time + padding - dilation * (kernelSize - 1) - 1) / stride) + 1`. A sequence that is
 * shorter than the others of its batch gives what it would give alone: padding begins at its own end.
 *
 * @example
 * ```ts
 * import { Conv1d, tensor } from 'cellgate';
 *
 * const conv = new Conv1d({ inputSize: 1, outputSize: 1, kernelSize: 3, padding: 1 });
 * conv.loadStateDict({ weight: tensor([[[1, 10, 100]]]), bias: tensor([0]) });
 * console.log(conv.forward(tensor([[[1], [2], [3]]])).toArray()); // [ [ [ 210 ], [ 321 ], [ 32 ] ] ]
 * ```
 */
export class Conv1d<In extends number = AnySize, Out extends number = AnySize> extends Trainable {
  readonly kind = 'Conv1d';
  /** Values in. */
  readonly inputSize: In;
  /** Values out. */
  readonly outputSize: Out;

  /**
   * @throws CellgateError `value` for unknown options and values out of range, `memory` if the weights do not fit,
   * `backend` or `uninitialized` if there is no backend
   */
  constructor(options: Conv1dOptions<In, Out>) {
    const given = readOptions('conv1d', options, readers);
    const { inputSize, outputSize, kernelSize, stride, padding, dilation, groups, bias, seed } = given;
    const [before, behind] = padding;
    const sizes = [inputSize, outputSize, kernelSize, stride, before, behind, dilation, groups];
    const window = dilation * (kernelSize - 1) + 1;
    const info = {
      kind: 'Conv1d',
      name: 'conv1d',
      dtype: 'float32',
      inputSize,
      outputSize,
      steps: (steps: number): number =>
        steps === 0 ? 0 : windowsIn(steps + before + behind, window, stride),
      options: plain(options, readers),
    } as const;
    super(info, (backend) => backend.conv1d(sizes, bias, seed, given.initializer));
    this.inputSize = options.inputSize;
    this.outputSize = options.outputSize;
  }

  /**
   * @param x `[batch, time, inputSize]`, with the steps of a window or more
   * @param options `lengths`: steps of each sequence, integers from 0 to time; all full if left out
   * @returns `[batch, steps, outputSize]`, zeros past the end of each sequence
   * @throws CellgateError `shape`, `dtype` for x; `value` for lengths; `memory` if the output does not fit; `disposed` after
   * `dispose()`
   */
  forward<S extends Shape>(
    x: ConvInput<S, 'conv1d.forward', In>,
    options?: { readonly lengths?: readonly number[] | undefined },
  ): Tensor<ConvOutput<S, Out>>;
  forward(x: unknown, options?: unknown): Tensor {
    const where = 'conv1d.forward';
    const { handle, info } = internals(this);
    handle.open(where);
    checkTensor(where, 'x', x, 'float32');
    const { lengths } = readOptions(where, options, { lengths: readLengths });
    const [batch = 0, time = 0] = x.shape;
    return apply(handle, where, x, [batch, info.steps?.(time) ?? 0, this.outputSize], lengths);
  }

  /**
   * Forward and back.
   *
   * @param x as in {@link forward}
   * @param outputGradient derivative of a loss by the output, `[batch, steps, outputSize]`
   * @param options as in {@link forward}
   * @returns the output, and the derivatives by x and by the parameters
   * @throws CellgateError `shape`, `dtype` for arguments; `value` for lengths; `memory`; `disposed` after `dispose()`
   *
   * @example
   * ```ts
   * import { Conv1d, tensor } from 'cellgate';
   *
   * const conv = new Conv1d({ inputSize: 1, outputSize: 1, kernelSize: 2 });
   * const { parameters } = conv.backward(tensor([[[1], [2], [4]]]), tensor([[[1], [10]]]));
   * console.log(parameters.weight?.toArray(), parameters.bias?.toArray()); // [ [ [ 21, 42 ] ] ] [ 11 ]
   * ```
   */
  backward<S extends Shape>(
    x: ConvInput<S, 'conv1d.backward', In>,
    outputGradient: Tensor,
    options?: { readonly lengths?: readonly number[] | undefined },
  ): LayerGradients<ConvOutput<S, Out>, S>;
  backward(x: unknown, outputGradient: unknown, options?: unknown): unknown {
    return this.runBackward(x, outputGradient, options);
  }
}

type ConvInput<S extends Shape, Where extends string, In extends number> = Checked<
  Tensor<S>,
  S,
  `${Where}: x`,
  'batch, time, inputSize',
  [number, number, In]
>;

/** How many steps there are is known at run time. */
type ConvOutput<S extends Shape, Out extends number> = [Lead<S>[0], number, Out];
