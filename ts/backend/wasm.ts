/**
 * Adapter of the WebAssembly binding. Every module and stream owns one buffer in WebAssembly memory; data are copied
 * into it, the call runs, results are copied out into the caller's arrays. No view of that memory leaves this
 * file: it dies when the memory grows, which any call but a stream's `step` may cause, so views are made anew.
 */

import { dtypeOf } from '../buffers.js';
import { toRaw } from '../errors.js';
import type { RawBackend, RawModule, RawParameter, RawRecurrentConfig, RawStream } from './raw.js';

/** A stream of the glue. */
export interface WasmStream {
  /** Byte offsets of one input and one output frame, fixed for the life of the stream. */
  readonly inputPtr: number;
  readonly outputPtr: number;
  step(): void;
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
    where: string,
    isIds: boolean,
    dims: Uint32Array,
    timeMajor: boolean,
    lengths: Uint32Array | undefined,
    hasState: boolean,
    /** Floats of each part of the buffer; those that are not there have none. */
    parts: Uint32Array,
  ): void;
  /**
   * Buffer: [input | state | output gradient | state gradient | output | state out | x gradient |
   * initial gradient | gradients], of those that are there
   */
  backward(
    where: string,
    isIds: boolean,
    dims: Uint32Array,
    timeMajor: boolean,
    lengths: Uint32Array | undefined,
    hasState: boolean,
    hasStateGradient: boolean,
    parts: Uint32Array,
  ): void;
  stream(where: string, batch: number): WasmStream;
  push(module: WasmModule): void;
  free(): void;
}

/** The generated glue. It holds one instance of the WebAssembly module for as long as it lives. */
export interface WasmGlue {
  initSync(options: { module: WebAssembly.Module }): { readonly memory: WebAssembly.Memory };
  rawIsa(): string;
  RawModule: {
    recurrent(config: RawRecurrentConfig): WasmModule;
    linear(inputSize: number, outputSize: number, bias: boolean, seed: number): WasmModule;
    embedding(vocabularySize: number, size: number, padding: number, seed: number): WasmModule;
    dropout(p: number): WasmModule;
    sequential(): WasmModule;
  };
}

type Data = Float32Array | Int32Array;

const FLOAT_BYTES = 4;
/** WebAssembly has addresses of 32 bits; a larger number would lose its upper bits at the crossing. */
const MAX_FLOATS = 2 ** 32 / FLOAT_BYTES;

/** The byte offset of a handle's buffer, made long enough. */
function reserve(raw: { io(length: number): number }, length: number): number {
  if (length <= MAX_FLOATS) return raw.io(length);
  throw toRaw('memory', `sizes must fit in memory = ${MAX_FLOATS} floats`, `${length} floats`);
}

/** A view of `length` numbers in WebAssembly memory, of the same kind as `like`: ids cross as raw bits. */
function viewLike(like: Data, memory: WebAssembly.Memory, byteOffset: number): Data {
  return dtypeOf(like) === 'int32'
    ? new Int32Array(memory.buffer, byteOffset, like.length)
    : new Float32Array(memory.buffer, byteOffset, like.length);
}

function copyIn(memory: WebAssembly.Memory, byteOffset: number, values: Data): void {
  viewLike(values, memory, byteOffset).set(values);
}

function copyOut(memory: WebAssembly.Memory, byteOffset: number, out: Float32Array): void {
  out.set(new Float32Array(memory.buffer, byteOffset, out.length));
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
    this.#raw.step();
    if (this.#output.length === 0) this.#attach(input, output);
    output.set(this.#output);
  }

  #attach(input: Data, output: Float32Array): void {
    this.#input = viewLike(input, this.#memory, this.#raw.inputPtr);
    this.#output = new Float32Array(this.#memory.buffer, this.#raw.outputPtr, output.length);
  }

  run(input: Data, frames: number, output: Float32Array): void {
    const at = reserve(this.#raw, input.length + output.length);
    copyIn(this.#memory, at, input);
    this.#raw.run(frames);
    copyOut(this.#memory, at + input.length * FLOAT_BYTES, output);
  }

  getState(out: Float32Array): void {
    const at = reserve(this.#raw, out.length);
    this.#raw.getState();
    copyOut(this.#memory, at, out);
  }

  setState(state: Float32Array): void {
    copyIn(this.#memory, reserve(this.#raw, state.length), state);
    this.#raw.setState();
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

  constructor(raw: WasmModule, memory: WebAssembly.Memory) {
    this.raw = raw;
    this.#memory = memory;
  }

  parameters(): RawParameter[] {
    return this.raw
      .parameterNames()
      .map((name, index) => ({ name, shape: Array.from(this.raw.parameterShape(index)) }));
  }

  getParameters(out: Float32Array): void {
    const at = reserve(this.raw, out.length);
    this.raw.getParameters();
    copyOut(this.#memory, at, out);
  }

  setParameters(values: Float32Array): void {
    copyIn(this.#memory, reserve(this.raw, values.length), values);
    this.raw.setParameters();
  }

  forward(...call: Parameters<RawModule['forward']>): void {
    this.#run(...call, NO_TRACE);
  }

  trace(...call: Parameters<RawModule['trace']>): void {
    this.#run(...call);
  }

  #run(...call: Parameters<RawModule['trace']>): void {
    const [where, input, dims, timeMajor, lengths, state, ...results] = call;
    this.#cross([input, state], results, (parts) => {
      const sizes = new Uint32Array(dims);
      const isIds = dtypeOf(input) === 'int32';
      this.raw.forward(where, isIds, sizes, timeMajor, lengths ?? undefined, state !== null, parts);
    });
  }

  backward(...call: Parameters<RawModule['backward']>): void {
    const [where, input, dims, timeMajor, lengths, state, outputGradient, stateGradient, ...results] = call;
    this.#cross([input, state, outputGradient, stateGradient], results, (parts) => {
      const sizes = new Uint32Array(dims);
      const isIds = dtypeOf(input) === 'int32';
      const given = [state !== null, stateGradient !== null] as const;
      this.raw.backward(where, isIds, sizes, timeMajor, lengths ?? undefined, ...given, parts);
    });
  }

  /** Copies `inputs` into the buffer, one behind the other, runs, and copies `results` from behind them. */
  #cross(inputs: (Data | null)[], results: Float32Array[], run: (parts: Uint32Array) => void): void {
    const lengths = [...inputs, ...results].map((part) => part?.length ?? 0);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    let at = reserve(this.raw, total);
    for (const input of inputs) {
      if (input === null) continue;
      copyIn(this.#memory, at, input);
      at += input.length * FLOAT_BYTES;
    }
    run(new Uint32Array(lengths));
    for (const result of results) {
      copyOut(this.#memory, at, result);
      at += result.length * FLOAT_BYTES;
    }
  }

  stream(where: string, batch: number): RawStream {
    return new StreamAdapter(this.raw.stream(where, batch), this.#memory);
  }

  free(): void {
    this.raw.free();
  }
}

/** Instantiates a compiled artefact in a glue that holds no instance yet. */
export function wasmBackend(glue: WasmGlue, module: WebAssembly.Module): RawBackend {
  const { memory } = glue.initSync({ module });
  const { RawModule } = glue;
  return {
    kind: 'wasm',
    isa: glue.rawIsa(),
    threads: 1,
    recurrent: (config) => new ModuleAdapter(RawModule.recurrent(config), memory),
    linear: (...options) => new ModuleAdapter(RawModule.linear(...options), memory),
    embedding: (...options) => new ModuleAdapter(RawModule.embedding(...options), memory),
    dropout: (p) => new ModuleAdapter(RawModule.dropout(p), memory),
    sequential(modules) {
      const raw = RawModule.sequential();
      for (const module of modules) {
        if (!(module instanceof ModuleAdapter)) throw new TypeError('a module of another backend');
        raw.push(module.raw);
      }
      return new ModuleAdapter(raw, memory);
    },
  } satisfies RawBackend;
}
