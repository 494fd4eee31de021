/** What the three recurrent layers share: their calls, checked here as far as Rust cannot, and run there. */

import type { RawBackend, RawModule, RawRecurrentConfig } from './backend/raw.js';
import { allocate, type DType, Scratch } from './buffers.js';
import { describe, fail } from './errors.js';
import {
  byName,
  checkGradient,
  countAll,
  type Gradients,
  internals,
  type LayerInfo,
  Module,
} from './module.js';
import { flag, natural, optional, positive, type Reader, readOptions, real, size } from './options.js';
import {
  checkState,
  packState,
  type RecurrentState,
  type StateLayout,
  stateCount,
  unpackState,
} from './state.js';
import { openStream, type Stream, type StreamOptions } from './stream.js';
import { checkTensor, type Tensor, wrap } from './tensor.js';

/** Readers of the options that all recurrent layers share. */
export const sharedReaders = {
  inputSize: size(),
  hiddenSize: size(),
  layers: size(1),
  bidirectional: flag(false),
  reverse: flag(false),
  bias: flag(true),
  dropout: real(0),
  seed: natural(0),
  clip: optional(positive()),
  returnSequences: flag(false),
};

const MAX_LENGTH = 2 ** 32 - 1;

/** Lengths of sequences as they cross; whether they fit the time axis is checked in Rust. */
export const readLengths: Reader<Uint32Array | null> = (where, name, value) => {
  if (value === undefined) return null;
  if (!Array.isArray(value)) fail('value', where, `${name} must be an array of integers`, describe(value));
  const lengths: readonly unknown[] = value;
  for (const [index, length] of lengths.entries()) {
    if (typeof length === 'number' && Number.isInteger(length) && length >= 0 && length <= MAX_LENGTH)
      continue;
    fail('value', where, `${name}[${index}] must be an integer from 0 to time`, describe(length));
  }
  return Uint32Array.from(value);
};

const callReaders = {
  state: optional((_where, _name, value) => value),
  lengths: readLengths,
  timeMajor: flag(false),
};

const backwardReaders = {
  ...callReaders,
  stateGradient: optional((_where, _name, value) => value),
};

interface GivenCall {
  state: unknown;
  lengths: Uint32Array | null;
  timeMajor: boolean;
}

const DEFAULT_CALL: GivenCall = { state: undefined, lengths: null, timeMajor: false };

/** Options of `backward`. */
export interface BackwardOptions {
  /** State before the first step; zeros if left out. */
  state?: RecurrentState | undefined;
  /** Length of each sequence, integers from 0 to time; all full if left out. */
  lengths?: readonly number[] | undefined;
  /** Whether x, output and their gradients have time first; false if left out. */
  timeMajor?: boolean | undefined;
  /** Gradient of the state at each sequence's end, of the state's shapes; zeros if left out. */
  stateGradient?: RecurrentState | undefined;
}

/** What `backward` of a recurrent layer gives. */
export interface BackwardResult extends Gradients {
  /** Gradient of x. */
  readonly x: Tensor;
  /** Gradient of the state before the first step. */
  readonly state: RecurrentState;
}

type AnyTensor = Tensor<[number, number, number]>;

/** Steps of one direction of one layer, by field. */
type TracedSteps = Record<string, AnyTensor>;

/** What a call gives, before the layers' classes put their types on it. */
interface CallResult {
  output: AnyTensor;
  state: RecurrentState;
}

interface TracedCallResult extends CallResult {
  layers: (TracedSteps & { reverse?: TracedSteps })[];
}

interface Sizes {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly projectionSize: number;
  readonly direction: RawRecurrentConfig['direction'];
  readonly cell: RawRecurrentConfig['cell'];
  readonly returnSequences: boolean;
}

const KINDS = { rnn: 'RNN', lstm: 'LSTM', gru: 'GRU' } as const;

function layoutOf({ cell, layers, direction, hiddenSize, projectionSize }: Sizes): StateLayout {
  return {
    rows: layers * (direction === 'bidirectional' ? 2 : 1),
    hidden: projectionSize || hiddenSize,
    hiddenAxis: projectionSize ? 'projectionSize' : 'hiddenSize',
    cell: cell === 'lstm' ? hiddenSize : 0,
  };
}

function infoOf(config: Sizes): LayerInfo {
  const directions = config.direction === 'bidirectional' ? 2 : 1;
  const state = layoutOf(config);
  return {
    kind: KINDS[config.cell],
    name: config.cell,
    dtype: 'float32',
    inputSize: config.inputSize,
    outputSize: directions * state.hidden,
    state,
    returnSequences: config.returnSequences,
  };
}

/** Direction of a layer by its two options. */
export function directionOf(
  where: string,
  { bidirectional, reverse }: { bidirectional: boolean; reverse: boolean },
): RawRecurrentConfig['direction'] {
  if (bidirectional && reverse) fail('value', where, 'reverse must be false with bidirectional', 'true');
  if (bidirectional) return 'bidirectional';
  return reverse ? 'reverse' : 'forward';
}

/** Fields that every configuration has, of those cells that do not know them. */
export const PLAIN_CELL = {
  coupled: false,
  peephole: false,
  inputGate: true,
  forgetGate: true,
  outputGate: true,
  layerNorm: false,
  projectionSize: 0,
  cellClip: 0,
  forgetBias: 0,
  resetAfter: true,
  updateGate: 'keep',
} as const;

/** Base of RNN, LSTM and GRU. */
export abstract class Recurrent extends Module {
  /** Number of stacked layers. */
  readonly layers: number;
  /** `'forward'`, `'reverse'` or `'bidirectional'`. */
  readonly direction: 'forward' | 'reverse' | 'bidirectional';
  readonly #config: RawRecurrentConfig;
  readonly #layout: StateLayout;
  readonly #fields: readonly string[];
  readonly #stateIn = new Scratch();
  readonly #stateOut = new Scratch();

  /** @internal */
  protected constructor(config: RawRecurrentConfig, fields: readonly string[]) {
    super(infoOf(config), (backend: RawBackend): RawModule => backend.recurrent(config));
    this.layers = config.layers;
    this.direction = config.direction;
    this.#config = config;
    this.#layout = layoutOf(config);
    this.#fields = fields;
  }

  /** @internal */
  protected run(x: unknown, options: unknown): CallResult {
    return this.#prepare('forward', x, options, (raw, args) => raw.forward(...args));
  }

  /** @internal */
  protected runTraced(x: unknown, options: unknown): TracedCallResult {
    const layers: TracedCallResult['layers'] = [];
    const result = this.#prepare('trace', x, options, (raw, args) => {
      const where = args[0];
      const [first = 0, second = 0] = args[2];
      const values = allocate(where, 'the trace', first * second * this.#stepCount());
      raw.trace(...args, values);
      layers.push(...this.#unpackTrace(values, first, second));
    });
    return { ...result, layers };
  }

  #prepare(
    call: string,
    x: unknown,
    options: unknown,
    run: (raw: RawModule, args: Parameters<RawModule['forward']>) => void,
  ): CallResult {
    const where = `${this.#config.cell}.${call}`;
    internals(this).handle.open(where);
    checkTensor(where, 'x', x, 'float32');
    const given = options === undefined ? DEFAULT_CALL : readOptions(where, options, callReaders);
    const prepared = this.#input(where, x, given);
    const { args, output, stateOut } = prepared;
    internals(this).handle.call(where, (raw) => run(raw, [...args, output.data, stateOut]));
    return { output, state: unpackState(stateOut, this.#layout, prepared.batch) };
  }

  /** What all calls hand over, and the place of what they give. */
  #input(where: string, x: Tensor, { lengths, timeMajor, state }: GivenCall) {
    const dims = x.shape as number[];
    const [first = 0, second = 0] = dims;
    const batch = timeMajor ? second : first;
    const layout = this.#layout;
    const packed =
      state === undefined
        ? null
        : packState(where, checkState(where, 'state', state, layout, batch), this.#stateIn);
    const shape: [number, number, number] = [first, second, internals(this).info.outputSize ?? 0];
    const output = wrap(allocate(where, 'the output', shape[0] * shape[1] * shape[2]), shape);
    const stateOut = this.#stateOut.take(where, 'the state', stateCount(layout, batch));
    return { args: [where, x.data, dims, timeMajor, lengths, packed] as const, batch, output, stateOut };
  }

  /**
   * A batch of sequences through all layers and back: the gradients of everything that went in, given those of what
   * comes out. Backpropagation through time (Werbos 1990) over all steps, without dropout. A bound (`clip`, `cellClip`)
   * passes no gradient where it acts, as `torch.clamp`; padding behind a sequence's end has none and takes none.
   *
   * @param x as for `forward`
   * @param outputGradient gradient of the output, of its shape
   * @returns output as `forward` gives it, and gradients: `x` and `state` (of the initial state) of their shapes, and
   * `parameters` by name
   * @throws CellgateError `shape`, `dtype` for x and outputGradient; `value` for options and lengths; `state` for states
   * of another layer or batch; `memory`; `disposed` after `dispose()`
   *
   * @example
   * ```ts
   * import { LSTM, tensor } from 'cellgate';
   *
   * const lstm = new LSTM({ inputSize: 2, hiddenSize: 3 });
   * const x = tensor(new Float32Array(10).fill(0.5), [1, 5, 2]);
   * const { output } = lstm.forward(x);
   * // Of the loss sum(output * output) / 2.
   * const { parameters } = lstm.backward(x, output);
   * console.log(parameters.weight_hh_l0?.shape); // [ 12, 3 ]
   * ```
   */
  backward(x: Tensor, outputGradient: Tensor, options?: BackwardOptions): BackwardResult {
    const where = `${this.#config.cell}.backward`;
    const { handle } = internals(this);
    handle.open(where);
    checkTensor(where, 'x', x, 'float32');
    const given = readOptions(where, options, backwardReaders);
    const { args, batch, output, stateOut } = this.#input(where, x, given);
    const layout = this.#layout;
    checkGradient(where, outputGradient, output.shape);
    const { stateGradient } = given;
    const packed =
      stateGradient === undefined
        ? null
        : packState(where, checkState(where, 'stateGradient', stateGradient, layout, batch));
    const parameters = handle.call(where, (raw) => raw.parameters());
    const values = allocate(where, 'the gradients', countAll(parameters));
    const xGradient = allocate(where, 'the gradient of x', x.data.length);
    const initial = allocate(where, 'the gradient of the state', stateOut.length);
    handle.call(where, (raw) =>
      raw.backward(...args, outputGradient.data, packed, output.data, stateOut, xGradient, initial, values),
    );
    return {
      output,
      x: wrap(xGradient, [...x.shape]),
      state: unpackState(initial, layout, batch),
      parameters: byName(parameters, values),
    };
  }

  #widthOf(field: string): number {
    return field === 'hidden' ? this.#layout.hidden : this.#config.hiddenSize;
  }

  /** Traced values of one step of one sequence, all layers and directions. */
  #stepCount(): number {
    return this.#layout.rows * this.#fields.reduce((sum, field) => sum + this.#widthOf(field), 0);
  }

  #unpackTrace(values: Float32Array<ArrayBuffer>, first: number, second: number): TracedCallResult['layers'] {
    let offset = 0;
    const take = (field: string): [string, AnyTensor] => {
      const width = this.#widthOf(field);
      const end = offset + first * second * width;
      const steps = wrap<[number, number, number]>(values.slice(offset, end), [first, second, width]);
      offset = end;
      return [field, steps];
    };
    const direction = (): TracedSteps => Object.fromEntries(this.#fields.map(take));
    return Array.from({ length: this.layers }, () => {
      const steps = direction();
      return this.direction === 'bidirectional' ? Object.assign(steps, { reverse: direction() }) : steps;
    }) as TracedCallResult['layers'];
  }

  /** @internal */
  protected open<State>(options: StreamOptions | undefined): Stream<State> {
    const { inputSize, cell } = this.#config;
    const { handle, info } = internals(this);
    const where = `${cell}.stream`;
    const dtype: DType = 'float32';
    const outputSize = info.outputSize ?? 0;
    const plan = { where, dtype, inputSize, outputSize, layouts: [this.#layout], isList: false };
    return openStream<State, 'float32'>(handle, plan, options);
  }
}
