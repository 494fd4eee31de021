/** Recurrent networks that turn one signal into another, sample by sample: amplifiers, pedals. */

import { describe, fail } from '../errors.js';
import { internals } from '../module.js';
import { networkOf } from '../network.js';
import type { Sequential } from '../sequential.js';
import type { RecurrentState } from '../state.js';
import type { Stream } from '../stream.js';

/** What an {@link AudioModel} is made of. */
export interface AudioParts {
  readonly model: Sequential;
  /** Values of each input frame, from the first, that are added to the output's; 0 for none. */
  readonly skip: number;
  /** Where each recurrent layer begins; zeros if left out. */
  readonly state?: readonly RecurrentState[] | undefined;
  readonly sampleRate?: number | undefined;
}

/**
 * A network for sound: `model`, and what is around it in its format. Signals are `Float32Array`s of frames one behind
 * the other, of `inputSize` values each going in and `outputSize` coming out; of one each, they are plain samples.
 *
 * Made by `loadNam` and `loadRtneural`. It remembers nothing; its streams do.
 */
export class AudioModel {
  /** The layers. */
  readonly model: Sequential;
  /** How many values of the input are added to the output, a skip connection; 0 for none. */
  readonly skip: number;
  /** Samples per second that the network was trained for, if its file says so. */
  readonly sampleRate: number | undefined;
  /** Values of an input frame. */
  readonly inputSize: number;
  /** Values of an output frame. */
  readonly outputSize: number;
  readonly #state: RecurrentState[] | undefined;

  /** @internal */
  constructor({ model, skip, state, sampleRate }: AudioParts) {
    // None of layers that take any size, which are refused.
    const { inputSize = 0, outputSize = 0 } = networkOf(internals(model).info);
    this.model = model;
    this.skip = skip;
    this.sampleRate = sampleRate;
    this.inputSize = inputSize;
    this.outputSize = outputSize;
    this.#state = state && [...state];
  }

  /**
   * A stream, which goes on where the block before ended.
   * @throws CellgateError `disposed` after `dispose()`, `memory`
   */
  stream(): AudioStream {
    return new AudioStream(this, this.model.stream() as Stream<RecurrentState[]>, this.#state);
  }

  /**
   * The output for a whole signal, from the state that the network begins with.
   * @throws CellgateError as {@link AudioStream.run}
   */
  run(signal: Float32Array): Float32Array<ArrayBuffer> {
    const stream = this.stream();
    try {
      return stream.run(signal);
    } finally {
      stream.dispose();
    }
  }

  /** Frees the network; its streams go on. */
  dispose(): void {
    for (const layer of this.model.layers) layer.dispose();
    this.model.dispose();
  }

  /** The same as `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** A signal on its way through an {@link AudioModel}, block by block. It remembers its state. */
export class AudioStream {
  readonly #model: AudioModel;
  readonly #stream: Stream<RecurrentState[]>;
  readonly #state: RecurrentState[] | undefined;

  /** @internal */
  constructor(model: AudioModel, stream: Stream<RecurrentState[]>, state: RecurrentState[] | undefined) {
    this.#model = model;
    this.#stream = stream;
    this.#state = state;
    this.reset();
  }

  /**
   * The output for the next block, of any number of frames.
   *
   * @param block frames of the input
   * @param out where to put the output: as many frames; may be the block itself; a new array if left out
   * @throws CellgateError `dtype`, `shape` for arrays; `disposed` after `dispose()`
   */
  run(block: Float32Array, out?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    const { inputSize, outputSize, skip } = this.#model;
    if (!(block instanceof Float32Array) || block.length % inputSize !== 0) {
      fail(
        'shape',
        'audio.run',
        `block must be a Float32Array of frames of ${inputSize} values`,
        describe(block),
      );
    }
    const frames = block.length / inputSize;
    const output = out ?? new Float32Array(frames * outputSize);
    // The output may take the place of the input.
    const input = skip > 0 && block.buffer === output.buffer ? block.slice() : block;
    this.#stream.run(input, output);
    for (let frame = 0; frame < frames; frame++) {
      for (let channel = 0; channel < skip; channel++) {
        const at = frame * outputSize + channel;
        output[at] = (output[at] as number) + (input[frame * inputSize + channel] as number);
      }
    }
    return output;
  }

  /** Back to the state that the network begins with. */
  reset(): void {
    if (this.#state) this.#stream.state = this.#state;
    else this.#stream.reset();
  }

  /** Frees the stream. */
  dispose(): void {
    this.#stream.dispose();
  }

  /** The same as `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
