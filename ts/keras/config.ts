/** What is read of a layer's description, with Keras' defaults. */

import { describe, fail } from '../errors.js';
import type { Json } from '../json.js';
import { type Dialect, nameOf } from './activations.js';
import type { LayerConfig } from './model.js';

/** A layer's options, each checked when it is read. */
export class Options {
  readonly #where: string;
  readonly #place: string;
  readonly #config: Json;

  constructor(where: string, { name, config }: LayerConfig) {
    this.#where = where;
    this.#place = name;
    this.#config = config;
  }

  #fail(key: string, expected: string): never {
    return fail(
      'file',
      this.#where,
      `${this.#place}.${key} must be ${expected}`,
      describe(this.#config[key]),
    );
  }

  flag(key: string, preset: boolean): boolean {
    const value = this.#config[key] ?? preset;
    return typeof value === 'boolean' ? value : this.#fail(key, 'a boolean');
  }

  size(key: string): number {
    const value = this.#config[key];
    return Number.isInteger(value) && (value as number) > 0 ? (value as number) : this.#fail(key, 'a size');
  }

  number(key: string, preset: number): number {
    const value = this.#config[key] ?? preset;
    return typeof value === 'number' && Number.isFinite(value) ? value : this.#fail(key, 'a finite number');
  }

  /** A share of values to drop. */
  share(key: string): number {
    const value = this.number(key, 0);
    return value >= 0 && value < 1 ? value : this.#fail(key, 'from 0 to below 1');
  }

  text(key: string, preset: string): string {
    return nameOf(this.#config[key] ?? preset);
  }

  /** Whether an option is there and asks for something. */
  asks(key: string): boolean {
    const value = this.#config[key];
    return value !== undefined && value !== null && value !== false && value !== 0;
  }

  /** Axes that a layer acts on; the last one if left out. */
  axes(key: string): readonly unknown[] {
    const value = this.#config[key] ?? -1;
    return Array.isArray(value) ? value : [value];
  }
}

/** What a recurrent layer's description says, by itself or inside of a Bidirectional. */
export interface RecurrentConfig {
  readonly cell: keyof typeof CELLS;
  readonly units: number;
  readonly bias: boolean;
  readonly activation: string;
  readonly gate: string;
  readonly resetAfter: boolean;
  readonly sequences: boolean;
  readonly backwards: boolean;
  readonly dropout: number;
  readonly recurrentDropout: number;
}

/** Class names of recurrent layers. */
const CELLS = { rnn: 'SimpleRNN', lstm: 'LSTM', gru: 'GRU' } as const;

/** Classes of recurrent layers with their cells. */
export const CELL_NAMES = (Object.keys(CELLS) as (keyof typeof CELLS)[]).map(
  (cell) => [CELLS[cell], cell] as const,
);

/** The cell of a class; undefined for other layers. */
export function cellOf(className: string): RecurrentConfig['cell'] | undefined {
  return CELL_NAMES.find(([name]) => name === className)?.[1];
}

/** What no recurrent layer here does; what is left out says nothing of outputs. */
const UNSUPPORTED = ['return_state', 'time_major'];

/** Reads a recurrent layer; `refuse` is told of what is not supported. */
export function readRecurrent(
  where: string,
  layer: LayerConfig,
  cell: RecurrentConfig['cell'],
  dialect: Dialect,
  refuse: (what: string) => void,
): RecurrentConfig {
  const options = new Options(where, layer);
  for (const key of UNSUPPORTED) if (options.asks(key)) refuse(key);
  return {
    cell,
    units: options.size('units'),
    bias: options.flag('use_bias', true),
    activation: options.text('activation', 'tanh'),
    // The default of Keras before 2.3 and of TensorFlow.js was another one.
    gate: options.text('recurrent_activation', dialect === 'keras2' ? 'hard_sigmoid' : 'sigmoid'),
    resetAfter: cell === 'gru' && options.flag('reset_after', dialect === 'keras3'),
    sequences: options.flag('return_sequences', false),
    backwards: options.flag('go_backwards', false),
    dropout: options.share('dropout'),
    recurrentDropout: options.share('recurrent_dropout'),
  };
}
