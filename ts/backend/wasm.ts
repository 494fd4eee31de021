/**
 * Adapter of the WebAssembly binding. Every module and stream owns one buffer in WebAssembly memory; data are copied
 * into it, the call runs, results are copied out into the caller's arrays. No view of that memory leaves these
 * files: it dies when the memory grows, which any call but a stream's `step` may cause, so views are made anew.
 */

import { toRaw } from '../errors.js';
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
import { type Data, isIds, through, viewLike } from './wasm-memory.js';
import { type WasmTrainer, WasmTrainerAdapter } from './wasm-trainer.js';

/** A stream of the glue. */
export interface WasmStream {
  /** Byte offsets of one input and one output frame, fixed for the life of the stream. */
  readonly inputPtr: number;
  readonly outputPtr: number;
  /** Whether the frame was taken. */
  step(): boolean;
  /** Throws why the last step was refused. */
  fault(): void;
  /** Makes the buffer at least this many floats long; gives its byte offset. */
  io(length: number): number;
  /** Buffer: [input | output] */
  run(frames: number): void;
  getState(): void;
  setState(): void;
  reset(): void;
  clone(): WasmStream;
  free(): void;
}

/** A module of the glue. */
export interface WasmModule {
  parameterNames(): string[];
  parameterShape(index: number): Uint32Array;
  /** Makes the buffer at least this many floats long; gives its byte offset. */
  io(length: number): number;
  getParameters(): void;
  setParameters(): void;
  /** Buffer: [input | state, if there is one | output | state out | trace, if asked] */
  forward(
    isIds: boolean,
    dims: Uint32Array,
    timeMajor: boolean,
    lengths: Uint32Array | undefined,
    hasState: boolean,
    /** Floats of each part of the buffer; those that are not there have none. */
    parts: Uint32Array,
  ): void;
  stream(batch: number): WasmStream;
  trainer(config: RawTrainerConfig): WasmTrainer;
  push(module: WasmModule): void;
  free(): void;
}

/** The generated glue. It holds one instance of the WebAssembly module for as long as it lives. */
export interface WasmGlue {
  initSync(options: { module: WebAssembly.Module }): { readonly memory: WebAssembly.Memory };
  rawIsa(): string;
  RawModule: {
    recurrent(config: RawRecurrentConfig): WasmModule;
    linear(...options: Parameters<RawBackend['linear']>): WasmModule;
    embedding(...options: Parameters<RawBackend['embedding']>): WasmModule;
    conv1d(sizes: Uint32Array, bias: boolean, seed: number, initializer: string): WasmModule;
    nonlinearity(activation: RawActivation): WasmModule;
    layerNorm(size: number, epsilon: number): WasmModule;
    merge(inputSize: number, mode: string): WasmModule;
    dropout(p: number): WasmModule;
    sequential(): WasmModule;
  };
}

class StreamAdapter implements RawStream {
  readonly #raw: WasmStream;
  readonly #memory: WebAssembly.Memory;
  #input: Data = new Float32Array(0);
  #output = new Float32Array(0);

  constructor(raw: WasmStream, memory: WebAssembly.Memory) {
    this.#raw = raw;
    this.#memory = memory;
  }

  step(input: Data, output: Float32Array): void {
    // Frames are never empty: a view of length 0 was not made yet, or lost its buffer to growth.
    if (this.#input.length === 0) this.#attach(input, output);
    this.#input.set(input);
    if (!this.#raw.step()) this.#raw.fault();
    if (this.#output.length === 0) this.#attach(input, output);
    output.set(this.#output);
  }

  #attach(input: Data, output: Float32Array): void {
    this.#input = viewLike(input, this.#memory, this.#raw.inputPtr);
    this.#output = new Float32Array(this.#memory.buffer, this.#raw.outputPtr, output.length);
  }

  run(input: Data, frames: number, output: Float32Array): void {
    through(this.#raw, this.#memory, [input], [output], () => this.#raw.run(frames));
  }

  getState(out: Float32Array): void {
    through(this.#raw, this.#memory, [], [out], () => this.#raw.getState());
  }

  setState(state: Float32Array): void {
    through(this.#raw, this.#memory, [state], [], () => this.#raw.setState());
  }

  reset(): void {
    this.#raw.reset();
  }

  clone(): RawStream {
    return new StreamAdapter(this.#raw.clone(), this.#memory);
  }

  free(): void {
    this.#raw.free();
  }
}

const NO_TRACE = new Float32Array(0);

class ModuleAdapter implements RawModule {
  readonly raw: WasmModule;
  readonly #memory: WebAssembly.Memory;
  readonly #trains: boolean;

  constructor(raw: WasmModule, memory: WebAssembly.Memory, trains: boolean) {
    this.raw = raw;
    this.#memory = memory;
    this.#trains = trains;
  }

  parameters(): RawParameter[] {
    return this.raw
      .parameterNames()
      .map((name, index) => ({ name, shape: Array.from(this.raw.parameterShape(index)) }));
  }

  getParameters(out: Float32Array): void {
    through(this.raw, this.#memory, [], [out], () => this.raw.getParameters());
  }

  setParameters(values: Float32Array): void {
    through(this.raw, this.#memory, [values], [], () => this.raw.setParameters());
  }

  forward(...call: Parameters<RawModule['forward']>): void {
    this.trace(...call, NO_TRACE);
  }

  trace(...call: Parameters<RawModule['trace']>): void {
    const [, input, dims, timeMajor, lengths, state, output, stateOut, trace] = call;
    const sizes = new Uint32Array(dims);
    const hasState = state !== null;
    through(this.raw, this.#memory, [input, state], [output, stateOut, trace], (parts) => {
      this.raw.forward(isIds(input), sizes, timeMajor, lengths ?? undefined, hasState, parts);
    });
  }

  stream(_where: string, batch: number): RawStream {
    return new StreamAdapter(this.raw.stream(batch), this.#memory);
  }

  trainer(_where: string, config: RawTrainerConfig): RawTrainer {
    if (!this.#trains) {
      throw toRaw('unsupported', 'a backend with training must be loaded', 'init({ training: false })');
    }
    return new WasmTrainerAdapter(this.raw.trainer(config), this.raw, this.#memory);
  }

  free(): void {
    this.raw.free();
  }
}

/** That of the modules that this script was built with; see `bindings/build/version-mark.mjs`. */
declare const VERSION_MARK: string;

/** What a compiled module was built with. */
export interface Artefact {
  readonly isa: string;
  readonly trains: boolean;
}

/**
 * Reads it from a module before anything of it runs. One of another version would be wrong somewhere, sooner or later.
 * @throws an error on the wire for it
 */
export function artefactOf(module: WebAssembly.Module): Artefact {
  const [section] = WebAssembly.Module.customSections(module, 'cellgate');
  const mark = section && String.fromCharCode(...new Uint8Array(section));
  const [version, isa = ''] = mark?.split(';') ?? [];
  if (version !== VERSION_MARK) {
    const expected = `wasm must be of the script's own version = ${VERSION_MARK}`;
    throw toRaw('backend', expected, version ?? 'none of cellgate');
  }
  const trains = WebAssembly.Module.exports(module).some(({ name }) => name === 'rawmodule_trainer');
  return { isa, trains };
}

/**
 * Instantiates a compiled artefact in a glue that holds no instance yet.
 * @throws what the engine throws where there is no memory
 */
export function wasmBackend(glue: WasmGlue, module: WebAssembly.Module, { trains }: Artefact): RawBackend {
  const { memory } = glue.initSync({ module });
  const { RawModule } = glue;
  const adapt = (raw: WasmModule): ModuleAdapter => new ModuleAdapter(raw, memory, trains);
  return {
    kind: 'wasm',
    isa: glue.rawIsa(),
    module,
    threads: 1,
    limitThreads() {},
    trains,
    recurrent: (config) => adapt(RawModule.recurrent(config)),
    linear: (...options) => adapt(RawModule.linear(...options)),
    embedding: (...options) => adapt(RawModule.embedding(...options)),
    conv1d: (sizes, ...options) => adapt(RawModule.conv1d(Uint32Array.from(sizes), ...options)),
    nonlinearity: (activation) => adapt(RawModule.nonlinearity(activation)),
    layerNorm: (size, epsilon) => adapt(RawModule.layerNorm(size, epsilon)),
    merge: (inputSize, mode) => adapt(RawModule.merge(inputSize, mode)),
    dropout: (p) => adapt(RawModule.dropout(p)),
    sequential(modules) {
      const raw = RawModule.sequential();
      for (const module of modules) {
        if (!(module instanceof ModuleAdapter)) throw new TypeError('a module of another backend');
        raw.push(module.raw);
      }
      return adapt(raw);
    },
  } satisfies RawBackend;
}
