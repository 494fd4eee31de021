/** What the three recurrent layers share: their calls, checked here as far as Rust cannot, and run there. */

import type { RawBackend, RawModule, RawRecurrentConfig } from './backend/raw.js';
import { allocate, Scratch } from './buffers.js';
import { fail } from './errors.js';
import { internals, type LayerInfo } from './module.js';
import {
  flag,
  initializer,
  natural,
  oneOf,
  optional,
  type PlainOptions,
  positive,
  readLengths,
  readOptions,
  real,
  size,
} from './options.js';
import {
  checkState,
  packState,
  type RecurrentState,
  type StateLayout,
  stateCount,
  unpackState,
} from './state.js';
import { openStream, type Stream, type StreamOptions } from './stream.js';
import { streamPlan } from './stream-plan.js';
import { openPool, type StreamPool, type StreamPoolOptions } from './stream-pool.js';
import { checkTensor, type Tensor, wrap } from './tensor.js';
import { Trainable } from './training/trainable.js';

/** Readers of the options that all recurrent layers share. */
export const sharedReaders = {
  inputSize: size(),
  hiddenSize: size(),
  layers: size(1),
  bidirectional: flag(false),
  reverse: flag(false),
  bias: flag(true),
  dropout: real(0),
  recurrentDropout: real(0),
  zoneout: real(0),
  seed: natural(0),
  initializer,
  clip: optional(positive()),
  returnSequences: flag(false),
  weights: oneOf(['f32', 'f16', 'int8'], 'f32'),
};

const callReaders = {
  state: optional((_where, _name, value) => value),
  lengths: readLengths,
  timeMajor: flag(false),
};

const DEFAULT_CALL = { state: undefined, lengths: null, timeMajor: false };

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
    kind: KINDS[cell],
    rows: layers * (direction === 'bidirectional' ? 2 : 1),
    hidden: projectionSize || hiddenSize,
    hiddenAxis: projectionSize ? 'projectionSize' : 'hiddenSize',
    cell: cell === 'lstm' ? hiddenSize : 0,
  };
}

function infoOf(config: Sizes, options: PlainOptions): LayerInfo {
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
    direction: config.direction,
    options,
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
  zoneoutCell: 0,
  forgetBias: 0,
  resetAfter: true,
  updateGate: 'keep',
} as const;

/** Base of RNN, LSTM and GRU. */
export abstract class Recurrent extends Trainable {
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
  protected constructor(config: RawRecurrentConfig, fields: readonly string[], options: PlainOptions) {
    super(infoOf(config, options), (backend: RawBackend): RawModule => backend.recurrent(config));
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
    const { handle, info } = internals(this);
    handle.open(where);
    checkTensor(where, 'x', x, 'float32');
    const given = options === undefined ? DEFAULT_CALL : readOptions(where, options, callReaders);
    const { lengths, timeMajor } = given;
    const dims = x.shape as number[];
    const [first = 0, second = 0] = dims;
    const batch = timeMajor ? second : first;
    const layout = this.#layout;
    const state =
      given.state === undefined
        ? null
        : packState(where, checkState(where, 'state', given.state, layout, batch), this.#stateIn);
    const shape: [number, number, number] = [first, second, info.outputSize ?? 0];
    const output = allocate(where, 'the output', shape[0] * shape[1] * shape[2]);
    const stateOut = this.#stateOut.take(where, 'the state', stateCount(layout, batch));
    handle.call(where, (raw) => run(raw, [where, x.data, dims, timeMajor, lengths, state, output, stateOut]));
    return { output: wrap(output, shape), state: unpackState(stateOut, layout, batch) };
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
    const { handle, info } = internals(this);
    return openStream<State, 'float32'>(handle, streamPlan(info, 'stream'), options);
  }

  /** @internal */
  protected openPool<State>(options: StreamPoolOptions | undefined): StreamPool<State> {
    const { handle, info } = internals(this);
    return openPool<State, 'float32'>(handle, streamPlan(info, 'streamPool'), options);
  }
}
