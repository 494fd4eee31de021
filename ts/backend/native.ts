/**
 * Adapter of the native addon. Arrays are borrowed by the addon for the length of a call: nothing is copied here.
 * The file of the addon is found in `node-host.ts`.
 */

import { type NativeTrainer, NativeTrainerAdapter } from './native-trainer.js';
import type {
  RawActivation,
  RawBackend,
  RawModule,
  RawParameter,
  RawRecurrentConfig,
  RawStream,
  RawTrainer,
  RawTrainerConfig,
} from './raw.js';

/** A stream of the addon. */
export interface NativeStream extends Omit<RawStream, 'step' | 'clone' | 'free'> {
  /** The step as a function, which is quicker to call than a method. */
  stepper(): RawStream['step'];
  clone(): NativeStream;
  /** Drops the memory at once. */
  close(): void;
}

/** A module of the addon. */
export interface NativeModule extends Omit<RawModule, 'forward' | 'stream' | 'trainer' | 'free'> {
  /** `forward` as a function, which is quicker to call than a method. */
  forwarder(): RawModule['forward'];
  parameters(): RawParameter[];
  stream(where: string, batch: number): NativeStream;
  trainer(where: string, config: RawTrainerConfig): NativeTrainer;
  push(module: NativeModule): void;
  /** Drops the memory at once. */
  close(): void;
}

/** What the addon exports. */
export interface NativeAddon {
  /** Chooses the instruction set for modules made afterwards, the best for null; gives its name. */
  rawInit(isa: string | null): string;
  /** Requests above are refused: systems that overcommit would grant them and end the process later. */
  rawLimitMemory(bytes: number): void;
  rawThreads(): number;
  rawLimitThreads(limit: number): void;
  RawModule: {
    recurrent(config: RawRecurrentConfig): NativeModule;
    linear(...options: Parameters<RawBackend['linear']>): NativeModule;
    embedding(...options: Parameters<RawBackend['embedding']>): NativeModule;
    conv1d(...options: Parameters<RawBackend['conv1d']>): NativeModule;
    nonlinearity(activation: RawActivation): NativeModule;
    layerNorm(size: number, epsilon: number): NativeModule;
    merge(inputSize: number, mode: string): NativeModule;
    dropout(p: number): NativeModule;
    sequential(): NativeModule;
  };
}

class StreamAdapter implements RawStream {
  readonly #raw: NativeStream;
  readonly #step: RawStream['step'];

  constructor(raw: NativeStream) {
    this.#raw = raw;
    this.#step = raw.stepper();
  }

  step(input: Float32Array | Int32Array, output: Float32Array): void {
    this.#step(input, output);
  }

  run(input: Float32Array | Int32Array, frames: number, output: Float32Array): void {
    this.#raw.run(input, frames, output);
  }

  getState(out: Float32Array): void {
    this.#raw.getState(out);
  }

  setState(state: Float32Array): void {
    this.#raw.setState(state);
  }

  reset(): void {
    this.#raw.reset();
  }

  clone(): RawStream {
    return new StreamAdapter(this.#raw.clone());
  }

  free(): void {
    this.#raw.close();
  }
}

class ModuleAdapter implements RawModule {
  readonly raw: NativeModule;
  #forward: RawModule['forward'] | undefined;

  constructor(raw: NativeModule) {
    this.raw = raw;
  }

  parameters(): RawParameter[] {
    return this.raw.parameters();
  }

  getParameters(out: Float32Array): void {
    this.raw.getParameters(out);
  }

  setParameters(values: Float32Array): void {
    this.raw.setParameters(values);
  }

  forward(...call: Parameters<RawModule['forward']>): void {
    this.#forward ??= this.raw.forwarder();
    this.#forward(...call);
  }

  trace(...call: Parameters<RawModule['trace']>): void {
    this.raw.trace(...call);
  }

  stream(where: string, batch: number): RawStream {
    return new StreamAdapter(this.raw.stream(where, batch));
  }

  trainer(where: string, config: RawTrainerConfig): RawTrainer {
    return new NativeTrainerAdapter(this.raw.trainer(where, config), this.raw);
  }

  free(): void {
    this.raw.close();
  }
}

/** The instruction set last chosen, per addon: the addon keeps one choice for the whole process. */
const chosen = new WeakMap<NativeAddon, string>();

/**
 * Opens the addon on an instruction set, the best one if `isa` is null.
 * @throws what the addon throws if the machine lacks it
 */
export function nativeBackend(addon: NativeAddon, isa: string | null): RawBackend {
  const name = addon.rawInit(isa);
  chosen.set(addon, name);
  const factory = (): NativeAddon['RawModule'] => {
    if (chosen.get(addon) !== name) chosen.set(addon, addon.rawInit(name));
    return addon.RawModule;
  };
  return {
    kind: 'native',
    isa: name,
    trains: true,
    get threads() {
      return addon.rawThreads();
    },
    limitThreads: (limit) => addon.rawLimitThreads(limit),
    recurrent: (config) => new ModuleAdapter(factory().recurrent(config)),
    linear: (...options) => new ModuleAdapter(factory().linear(...options)),
    embedding: (...options) => new ModuleAdapter(factory().embedding(...options)),
    conv1d: (...options) => new ModuleAdapter(factory().conv1d(...options)),
    nonlinearity: (activation) => new ModuleAdapter(factory().nonlinearity(activation)),
    layerNorm: (size, epsilon) => new ModuleAdapter(factory().layerNorm(size, epsilon)),
    merge: (inputSize, mode) => new ModuleAdapter(factory().merge(inputSize, mode)),
    dropout: (p) => new ModuleAdapter(factory().dropout(p)),
    sequential(modules) {
      const raw = factory().sequential();
      for (const module of modules) {
        if (!(module instanceof ModuleAdapter)) throw new TypeError('a module of another backend');
        raw.push(module.raw);
      }
      return new ModuleAdapter(raw);
    },
  } satisfies RawBackend;
}
