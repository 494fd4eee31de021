/** Adapter of the native addon's trainer. */

import type { NativeModule } from './native.js';
import type { RawTrainer } from './raw.js';

/** A trainer of the addon. A call during `stepAsync` or `evaluateAsync` is refused. */
export interface NativeTrainer extends Required<Omit<RawTrainer, 'free' | 'publish'>> {
  publish(where: string, module: NativeModule): void;
  /** Drops the memory, at once or when the call that runs ends. */
  close(): void;
}

/** Adapts a trainer of the addon. */
export class NativeTrainerAdapter implements RawTrainer {
  readonly #raw: NativeTrainer;
  readonly #module: NativeModule;

  constructor(raw: NativeTrainer, module: NativeModule) {
    this.#raw = raw;
    this.#module = module;
  }

  publish(where: string): void {
    this.#raw.publish(where, this.#module);
  }

  step(...call: Parameters<RawTrainer['step']>): ArrayLike<number> {
    return this.#raw.step(...call);
  }

  stepAsync(...call: Parameters<RawTrainer['step']>): Promise<ArrayLike<number>> {
    return this.#raw.stepAsync(...call);
  }

  evaluate(...call: Parameters<RawTrainer['evaluate']>): ArrayLike<number> {
    return this.#raw.evaluate(...call);
  }

  evaluateAsync(...call: Parameters<RawTrainer['evaluate']>): Promise<ArrayLike<number>> {
    return this.#raw.evaluateAsync(...call);
  }

  forward(...call: Parameters<RawTrainer['forward']>): void {
    this.#raw.forward(...call);
  }

  backward(...call: Parameters<RawTrainer['backward']>): void {
    this.#raw.backward(...call);
  }

  update(where: string, lr: number): number {
    return this.#raw.update(where, lr);
  }

  forget(): void {
    this.#raw.forget();
  }

  getParameters(out: Float32Array): void {
    this.#raw.getParameters(out);
  }

  setParameters(values: Float32Array): void {
    this.#raw.setParameters(values);
  }

  getGradients(out: Float32Array): void {
    this.#raw.getGradients(out);
  }

  setGradients(where: string, values: Float32Array): void {
    this.#raw.setGradients(where, values);
  }

  optimizerLength(): number {
    return this.#raw.optimizerLength();
  }

  getOptimizer(out: Float32Array): void {
    this.#raw.getOptimizer(out);
  }

  setOptimizer(values: Float32Array): void {
    this.#raw.setOptimizer(values);
  }

  counters(): ArrayLike<number> {
    return this.#raw.counters();
  }

  setCounters(updates: number, passes: number): void {
    this.#raw.setCounters(updates, passes);
  }

  free(): void {
    this.#raw.close();
  }
}
