/**
 * Words of the public API about backends. They stand apart from `host.ts` so that the declarations that a user's
 * compiler reads need neither the DOM's library nor Node's types.
 */

/** A binding. */
export type BackendKind = 'native' | 'wasm';

/** An artefact of the WebAssembly binding. */
export type WasmIsa = 'simd128' | 'relaxed';

/** Instances of a global class, where the project's libraries declare it. */
type InstanceOf<Name extends string> =
  typeof globalThis extends Record<Name, { prototype: infer T }> ? T : never;

/** A compiled module. */
export type CompiledWasm = typeof globalThis extends { WebAssembly: { Module: { prototype: infer T } } }
  ? T
  : never;

/** A WebAssembly module that can be used without waiting: bytes or a compiled module. */
export type CompilableSource = ArrayBuffer | ArrayBufferView<ArrayBuffer> | CompiledWasm;

/** Where a WebAssembly module may come from. */
export type WasmSource = CompilableSource | InstanceOf<'URL'> | InstanceOf<'Response'> | string;
