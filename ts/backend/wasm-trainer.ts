/** Adapter of the WebAssembly binding's trainer: everything crosses through its buffer, see `wasm.ts`. */

import type { RawTrainer } from './raw.js';
import type { WasmModule } from './wasm.js';
import { type Buffered, type Data, isIds, through } from './wasm-memory.js';

/** A trainer of the glue. `parts` are the floats of each part of the buffer; those that are not there have none. */
export interface WasmTrainer extends Buffered {
  /** Buffer: [x | y | weights]; gives four numbers. */
  step(
    xIsIds: boolean,
    yIsClasses: boolean,
    dims: Uint32Array,
    lengths: Uint32Array | undefined,
    carry: boolean,
    lr: number,
    parts: Uint32Array,
  ): Float64Array;
  /** Likewise. */
  evaluate(
    xIsIds: boolean,
    yIsClasses: boolean,
    dims: Uint32Array,
    lengths: Uint32Array | undefined,
    carry: boolean,
    parts: Uint32Array,
  ): Float64Array;
  /** Buffer: [x | state | output | state out] */
  forward(
    xIsIds: boolean,
    dims: Uint32Array,
    timeMajor: boolean,
    lengths: Uint32Array | undefined,
    hasState: boolean,
    training: boolean,
    parts: Uint32Array,
  ): void;
  /** Buffer: [output gradient | state gradient | x gradient | initial gradient] */
  backward(hasStateGradient: boolean, parts: Uint32Array): void;
  update(lr: number): number;
  forget(): void;
  publish(module: WasmModule): void;
  getParameters(): void;
  setParameters(): void;
  getGradients(): void;
  setGradients(): void;
  optimizerLength(): number;
  getOptimizer(): void;
  setOptimizer(): void;
  counters(): Float64Array;
  setCounters(updates: number, passes: number): void;
  free(): void;
}

/** Adapts a trainer of the glue. */
export class WasmTrainerAdapter implements RawTrainer {
  readonly #raw: WasmTrainer;
  readonly #module: WasmModule;
  readonly #memory: WebAssembly.Memory;

  constructor(raw: WasmTrainer, module: WasmModule, memory: WebAssembly.Memory) {
    this.#raw = raw;
    this.#module = module;
    this.#memory = memory;
  }

  publish(): void {
    this.#raw.publish(this.#module);
  }

  step(...call: Parameters<RawTrainer['step']>): ArrayLike<number> {
    const [, x, dims, lengths, y, weights, carry, lr] = call;
    const sizes = new Uint32Array(dims);
    return this.#through([x, y, weights], [], (parts) =>
      this.#raw.step(isIds(x), isIds(y), sizes, lengths ?? undefined, carry, lr, parts),
    );
  }

  evaluate(...call: Parameters<RawTrainer['evaluate']>): ArrayLike<number> {
    const [, x, dims, lengths, y, weights, carry] = call;
    const sizes = new Uint32Array(dims);
    return this.#through([x, y, weights], [], (parts) =>
      this.#raw.evaluate(isIds(x), isIds(y), sizes, lengths ?? undefined, carry, parts),
    );
  }

  #through<T>(
    inputs: readonly (Data | null)[],
    outputs: readonly Float32Array[],
    run: (parts: Uint32Array) => T,
  ): T {
    return through(this.#raw, this.#memory, inputs, outputs, run);
  }

  forward(...call: Parameters<RawTrainer['forward']>): void {
    const [, x, dims, timeMajor, lengths, state, training, output, stateOut] = call;
    const hasState = state !== null;
    const sizes = new Uint32Array(dims);
    this.#through([x, state], [output, stateOut], (parts) => {
      this.#raw.forward(isIds(x), sizes, timeMajor, lengths ?? undefined, hasState, training, parts);
    });
  }

  backward(...call: Parameters<RawTrainer['backward']>): void {
    const [, outputGradient, stateGradient, xGradient, initialGradient] = call;
    this.#through([outputGradient, stateGradient], [xGradient, initialGradient], (parts) =>
      this.#raw.backward(stateGradient !== null, parts),
    );
  }

  update(_where: string, lr: number): number {
    return this.#raw.update(lr);
  }

  forget(): void {
    this.#raw.forget();
  }

  getParameters(out: Float32Array): void {
    this.#through([], [out], () => this.#raw.getParameters());
  }

  setParameters(values: Float32Array): void {
    this.#through([values], [], () => this.#raw.setParameters());
  }

  getGradients(out: Float32Array): void {
    this.#through([], [out], () => this.#raw.getGradients());
  }

  setGradients(_where: string, values: Float32Array): void {
    this.#through([values], [], () => this.#raw.setGradients());
  }

  optimizerLength(): number {
    return this.#raw.optimizerLength();
  }

  getOptimizer(out: Float32Array): void {
    this.#through([], [out], () => this.#raw.getOptimizer());
  }

  setOptimizer(values: Float32Array): void {
    this.#through([values], [], () => this.#raw.setOptimizer());
  }

  counters(): ArrayLike<number> {
    return this.#raw.counters();
  }

  setCounters(updates: number, passes: number): void {
    this.#raw.setCounters(updates, passes);
  }

  free(): void {
    this.#raw.free();
  }
}
