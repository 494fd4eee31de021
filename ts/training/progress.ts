/** The line that shows how far training is. */

import { registeredHost, type Terminal } from '../backend/host.js';

/** What {@link ProgressLine} shows. */
export interface ProgressState {
  readonly epoch: number;
  readonly epochs: number;
  readonly batch: number;
  readonly batches: number;
  /** Numbers by name, such as the loss. */
  readonly values: { readonly [name: string]: number | undefined };
}

const BAR_WIDTH = 20;
const REDRAW_MS = 100;
const DEFAULT_COLUMNS = 80;
const TO_LINE_START = '\r\u001b[K';

function seconds(ms: number): string {
  const total = Math.round(ms / 1000);
  if (total < 60) return `${total} s`;
  return `${Math.floor(total / 60)}:${String(total % 60).padStart(2, '0')} min`;
}

/** `Epoch 3/20 [=====>    ] 40/160  loss 0.123  val_loss 0.15  eta 12 s` */
export function progressLine(state: ProgressState, elapsedMs: number, isDone: boolean): string {
  const { epoch, epochs, batch, batches, values } = state;
  const filled = Math.round((BAR_WIDTH * batch) / batches);
  const bar = '='.repeat(filled) + ' '.repeat(BAR_WIDTH - filled);
  const numbers = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : `${name} ${value.toPrecision(4)}`,
  );
  const time = isDone
    ? seconds(elapsedMs)
    : `eta ${seconds((elapsedMs / Math.max(batch, 1)) * (batches - batch))}`;
  return [`Epoch ${epoch}/${epochs} [${bar}] ${batch}/${batches}`, ...numbers, time].join('  ');
}

/** Writes lines where there is a terminal; does nothing elsewhere. */
export class ProgressLine {
  readonly #terminal: Terminal | undefined;
  #epochStart = performance.now();
  #drawn = 0;
  #isOpen = false;

  /** @param mode `'auto'`: in a terminal that can write over a line; `true`: anywhere, a line per epoch if it cannot */
  constructor(mode: 'auto' | boolean) {
    const terminal = mode === false ? undefined : registeredHost()?.terminal;
    this.#terminal = mode === true || terminal?.isTTY ? terminal : undefined;
  }

  /** After a batch. */
  batch(state: () => ProgressState): void {
    const terminal = this.#terminal;
    const now = performance.now();
    if (!terminal?.isTTY || now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    this.#isOpen = true;
    const line = progressLine(state(), now - this.#epochStart, false);
    terminal.write(TO_LINE_START + line.slice(0, (terminal.columns ?? DEFAULT_COLUMNS) - 1));
  }

  /** After an epoch. */
  epoch(state: () => ProgressState): void {
    const terminal = this.#terminal;
    const now = performance.now();
    if (terminal) {
      const line = progressLine(state(), now - this.#epochStart, true);
      terminal.write(`${terminal.isTTY ? TO_LINE_START : ''}${line}\n`);
    }
    this.#isOpen = false;
    this.#epochStart = now;
  }

  /** Ends a line that is not complete. */
  close(): void {
    if (this.#isOpen) this.#terminal?.write('\n');
    this.#isOpen = false;
  }
}
