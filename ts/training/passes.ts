/** Forward and back again, on tensors: what trainers and `layer.backward` share. */

import type { RawTrainer } from '../backend/raw.js';
import { allocate, type DType } from '../buffers.js';
import { fail, sizes } from '../errors.js';
import type { Handle } from '../handle.js';
import { type Network, outputShape } from '../network.js';
import { anything, flag, readLengths } from '../options.js';
import type { Shape } from '../shape-types.js';
import { checkState, packState, type RecurrentState, stateCount, unpackState } from '../state.js';
import { checkTensor, countOf, type Tensor, wrap } from '../tensor.js';

/** Gradients of what went in. */
export interface InputGradients {
  /** Of x; absent where x is ids. */
  readonly x?: Tensor;
  /** Of the initial state of a recurrent layer. */
  readonly state?: RecurrentState;
}

const sequenceReaders = { lengths: readLengths };
const layerReaders = { ...sequenceReaders, state: anything, timeMajor: flag(false) };

/** Readers of the options of a forward pass that a network knows. */
export function passReaders({ layout, hasTime }: Network): Partial<typeof layerReaders> {
  if (layout) return layerReaders;
  return hasTime ? sequenceReaders : {};
}

export interface PassOptions {
  readonly lengths?: Uint32Array | null;
  readonly state?: unknown;
  readonly timeMajor?: boolean;
  readonly training: boolean;
}

interface Pass {
  readonly x: Tensor<Shape, DType>;
  readonly batch: number;
  readonly output: readonly number[];
}

const NOTHING = new Float32Array(0);

/** The passes of a trainer; it remembers the last one forward. */
export class Passes {
  readonly #network: Network;
  readonly #trainer: Handle<RawTrainer>;
  #last: Pass | undefined;

  constructor(network: Network, trainer: Handle<RawTrainer>) {
    this.#network = network;
    this.#trainer = trainer;
  }

  forward(where: string, x: unknown, options: PassOptions): Tensor {
    const { lengths = null, timeMajor = false, training } = options;
    const { layout, dtype } = this.#network;
    this.#trainer.open(where);
    checkTensor(where, 'x', x, dtype);
    const batch = x.shape[timeMajor ? 1 : 0] ?? 0;
    const state = this.#packed(where, 'state', options.state, batch);
    const shape = layout
      ? [...x.shape.slice(0, 2), this.#network.outputSize ?? 0]
      : outputShape(this.#network, x.shape);
    const output = allocate(where, 'the output', countOf(shape));
    const stateOut = layout ? allocate(where, 'the state', stateCount(layout, batch)) : NOTHING;
    const dims = x.shape as number[];
    this.#last = undefined;
    this.#trainer.call(where, (raw) =>
      raw.forward(where, x.data, dims, timeMajor, lengths, state, training, output, stateOut),
    );
    this.#last = { x, batch, output: shape };
    return wrap(output, shape);
  }

  /** The way back of the last pass. */
  backward(where: string, gradient: unknown, stateGradient?: unknown): InputGradients {
    const { layout } = this.#network;
    this.#trainer.open(where);
    const last = this.#last ?? fail('value', where, 'forward must have run before', 'no forward since');
    const { x, batch, output } = last;
    checkTensor(where, 'outputGradient', gradient, 'float32');
    if (
      gradient.shape.length !== output.length ||
      output.some((size, axis) => size !== gradient.shape[axis])
    ) {
      const expected = `outputGradient must have the shape of the output = ${sizes(output)}`;
      fail('shape', where, expected, sizes(gradient.shape));
    }
    const state = this.#packed(where, 'stateGradient', stateGradient, batch);
    const ofX = x.dtype === 'int32' ? undefined : allocate(where, 'the gradient', x.data.length);
    const ofState = layout && allocate(where, 'the gradient', stateCount(layout, batch));
    this.#trainer.call(where, (raw) =>
      raw.backward(where, gradient.data, state, ofX ?? NOTHING, ofState ?? NOTHING),
    );
    return {
      ...(ofX && { x: wrap(ofX, [...x.shape]) }),
      ...(ofState && layout && { state: unpackState(ofState, layout, batch) }),
    };
  }

  #packed(where: string, name: string, state: unknown, batch: number): Float32Array | null {
    const { layout } = this.#network;
    if (state === undefined || !layout) return null;
    return packState(where, checkState(where, name, state, layout, batch));
  }
}
