/** Choice of the backend. The environments are described in `backend/host.ts`; nothing is loaded on import. */

import { compileNow, isCompilable, isWasmSource } from './backend/compile.js';
import { type Host, registeredHost } from './backend/host.js';
import { probeWasm } from './backend/probe.js';
import type { RawBackend } from './backend/raw.js';
import type { BackendKind, CompilableSource, WasmIsa, WasmSource } from './backend/source.js';
import { artefactOf, type WasmGlue, wasmBackend } from './backend/wasm.js';
import { describe, fail, fromRaw } from './errors.js';
import { flag, oneOf, optional, readOptions, size } from './options.js';

export type { BackendKind, CompilableSource, WasmSource };

const NATIVE_ISAS = ['scalar', 'sse2', 'avx2', 'avx512', 'neon'] as const;
const WASM_ISAS = ['simd128', 'relaxed'] as const satisfies readonly WasmIsa[];
const BACKENDS = ['auto', 'native', 'wasm'] as const;

/** An instruction set: the last two are WebAssembly's, the others native. */
export type Isa = (typeof NATIVE_ISAS)[number] | (typeof WASM_ISAS)[number];

/** Options of {@link init}. */
export interface InitOptions {
  /** Which binding; `'auto'` (default) prefers native. In Node the variable `CELLGATE_BACKEND` is the default. */
  backend?: 'auto' | BackendKind | undefined;
  /** Which instruction set; the best if left out. In Node the variable `CELLGATE_ISA` is the default. */
  isa?: Isa | undefined;
  /**
   * Where the WebAssembly module comes from: bytes, a compiled module, an address or a response. Left out, it is the
   * package's own file. Not looked at where native is chosen, or where WebAssembly runs already.
   */
  wasm?: WasmSource | undefined;
  /**
   * Whether modules can be trained; true if left out, but for `cellgate/inline-inference` and where `wasm` is given, which
   * decides. A page that only runs networks loads half as much without: training is then refused with the code
   * `unsupported`. The native backend always has it.
   */
  training?: boolean | undefined;
  /**
   * Upper bound of threads, from 1, for the whole process; all cores if left out, or as many as the variable
   * `RAYON_NUM_THREADS` says when the process starts. Only the native backend takes more than one, in training and for
   * sequences and batches of enough work, and gives the same bits with any number.
   */
  threads?: number | undefined;
}

/** Options of {@link initSync}. */
export interface InitSyncOptions extends Omit<InitOptions, 'wasm'> {
  /** The WebAssembly module: bytes or a compiled one, such as a page hands to its AudioWorklet. */
  wasm?: CompilableSource | undefined;
}

/** What {@link backend} tells. */
export interface BackendInfo {
  /** The binding that runs. */
  readonly kind: BackendKind;
  /** The instruction set it runs on. */
  readonly isa: Isa;
  /** How many threads it uses at most. */
  readonly threads: number;
  /** The preferred ones that could not be had, and why. */
  readonly tried: readonly { readonly kind: BackendKind; readonly reason: string }[];
}

interface Choice {
  backend: (typeof BACKENDS)[number];
  isa: Isa | undefined;
  wasm: WasmSource | undefined;
  /** Whether modules must be trainable. */
  training: boolean;
  /** Undefined leaves the process's bound as it is. */
  threads: number | undefined;
}

interface Attempt {
  kind: BackendKind;
  reason: string;
}

let active: RawBackend | undefined;
let activeTried: readonly Attempt[] = [];
/** What was opened so far, by instruction set; modules keep theirs when another one becomes active. */
const openedWasm = new Map<string, RawBackend>();
const openedNative = new Map<string, RawBackend>();
/** Whether the host's first glue holds an instance. */
let isGlueUsed = false;

function requireHost(where: string): Host {
  return (
    registeredHost() ?? fail('uninitialized', where, 'an entry file of cellgate must be imported', 'none')
  );
}

const ALL_THREADS = 2 ** 32 - 1;

const choiceReaders = {
  backend: optional(oneOf(BACKENDS)),
  isa: optional(oneOf([...NATIVE_ISAS, ...WASM_ISAS])),
  threads: optional(size()),
  training: optional(flag(true)),
  wasm: optional((where, name, value) => {
    if (isWasmSource(value)) return value;
    const expected = `${name} must be bytes, a WebAssembly.Module, a URL, a string or a Response`;
    return fail('value', where, expected, describe(value));
  }),
};

function readChoice(where: string, { environment, artefact }: Host, options: unknown): Choice {
  const choice = readOptions(where, options, choiceReaders);
  const { backend, isa, wasm, threads = ALL_THREADS } = choice;
  // A module that is given says by itself what it can do.
  const { training = wasm === undefined && (artefact?.trains ?? true) } = choice;
  const variables = environment();
  const presetBackend = choiceReaders.backend(where, 'CELLGATE_BACKEND', variables.backend);
  const presetIsa = choiceReaders.isa(where, 'CELLGATE_ISA', variables.isa);
  // A variable that contradicts an option gives way to it.
  return {
    backend: backend ?? (fits(presetBackend, isa) ? presetBackend : undefined) ?? 'auto',
    isa: isa ?? (fits(backend, presetIsa) ? presetIsa : undefined),
    wasm,
    threads,
    training,
  };
}

function isWasmIsa(isa: string): isa is WasmIsa {
  return (WASM_ISAS as readonly string[]).includes(isa);
}

function fits(backend: InitOptions['backend'], isa: Isa | undefined): boolean {
  if (backend === undefined || backend === 'auto' || isa === undefined) return true;
  return isWasmIsa(isa) === (backend === 'wasm');
}

/** Why a binding is out of the question for a choice; undefined if it can be tried. */
function refusal(kind: BackendKind, { isa }: Choice, { kinds }: Host): string | undefined {
  if (!kinds.includes(kind)) return `there is no ${kind} backend in this environment`;
  return fits(kind, isa) ? undefined : `'${isa}' is an instruction set of the other backend`;
}

/** The bindings to try, in order; those out of the question go to `tried`. */
function candidates(choice: Choice, environment: Host, tried: Attempt[]): BackendKind[] {
  const kinds = choice.backend === 'auto' ? environment.kinds : [choice.backend];
  return kinds.filter((kind) => {
    const reason = refusal(kind, choice, environment);
    if (reason !== undefined) tried.push({ kind, reason });
    return reason === undefined;
  });
}

function attemptOf(kind: BackendKind, error: unknown): Attempt {
  const { code, expected, got } = fromRaw(error, 'init');
  if (code !== 'internal') return { kind, reason: `${expected}, got ${got}` };
  // The loader of Node adds a trace of modules below the reason.
  const [reason = ''] = got.split('\n');
  return { kind, reason };
}

function adopt(raw: RawBackend, tried: readonly Attempt[], { threads }: Choice): RawBackend {
  if (threads !== undefined) raw.limitThreads(threads);
  active = raw;
  activeTried = tried;
  return raw;
}

function noBackend(where: string, choice: Choice, tried: readonly Attempt[]): never {
  const asked = choice.isa === undefined ? choice.backend : `${choice.backend}, isa ${choice.isa}`;
  const reasons = tried.map(({ kind, reason }) => `${kind}: ${reason}`).join('; ');
  return fail('backend', where, `backend ${asked} must run here`, `no backend (${reasons})`);
}

function openNative(environment: Host, isa: Isa | undefined): RawBackend {
  if (!environment.native) throw new Error('there is no native backend in this environment');
  const opened = isa === undefined ? undefined : openedNative.get(isa);
  if (opened) return opened;
  const raw = environment.native(isa ?? null);
  const known = openedNative.get(raw.isa) ?? raw;
  openedNative.set(raw.isa, known);
  return known;
}

function wasmIsa({ artefact }: Host, isa: Isa | undefined): WasmIsa {
  const best = probeWasm();
  if (best === undefined) throw new Error('WebAssembly SIMD is not supported here');
  if (isa === undefined) return artefact?.isa ?? best;
  if (!isWasmIsa(isa)) throw new Error(`'${isa}' is an instruction set of the native backend`);
  if (isa === 'relaxed' && best !== 'relaxed') throw new Error('relaxed SIMD is not supported here');
  return isa;
}

/** Everything is checked before the glue is taken, so that another call can follow one that is refused. */
function instantiate(glue: WasmGlue, module: WebAssembly.Module, { isa, training }: Choice): RawBackend {
  const artefact = artefactOf(module);
  if (isa !== undefined && artefact.isa !== isa) {
    throw new Error(`the given module is built for '${artefact.isa}', not for '${isa}'`);
  }
  if (training && !artefact.trains) throw new Error('the given module holds no training');
  const raw = wasmBackend(glue, module, artefact);
  if (glue === registeredHost()?.glue) isGlueUsed = true;
  openedWasm.set(raw.isa, raw);
  return raw;
}

/** What is open already and will do: the instruction set itself, or any where none was asked for and none can be added. */
function findWasm(environment: Host, { isa, wasm, training }: Choice): RawBackend | undefined {
  const [first] = openedWasm.values();
  const isAnyFine = isa === undefined && (wasm !== undefined || !environment.moreGlue);
  const found = openedWasm.get(wasmIsa(environment, isa)) ?? (isAnyFine ? first : undefined);
  return found && (found.trains || !training) ? found : undefined;
}

function checkRoom(environment: Host): void {
  if (!isGlueUsed || environment.moreGlue) return;
  const running = [...openedWasm].map(([isa, { trains }]) => `'${isa}'${trains ? '' : ' without training'}`);
  throw new Error(`this page runs ${running.join()} already, which cannot be changed`);
}

async function openWasm(environment: Host, choice: Choice): Promise<RawBackend> {
  const { isa, wasm, training } = choice;
  const opened = findWasm(environment, choice);
  if (opened) return opened;
  checkRoom(environment);
  const module = await (wasm === undefined
    ? environment.loadWasm(wasmIsa(environment, isa), training)
    : environment.compileWasm(wasm));
  // A call that does not wait may have come first.
  const meanwhile = findWasm(environment, choice);
  if (meanwhile) return meanwhile;
  checkRoom(environment);
  const glue = isGlueUsed && environment.moreGlue ? await environment.moreGlue() : environment.glue;
  return instantiate(glue, module, choice);
}

/** The same as {@link openWasm} where nothing has to be waited for: addresses and responses are refused before. */
function openWasmNow(environment: Host, choice: Choice): RawBackend {
  const { isa, wasm, training } = choice;
  const opened = findWasm(environment, choice);
  if (opened) return opened;
  checkRoom(environment);
  if (isGlueUsed) throw new Error('a second instance has to be loaded by await init()');
  const own = wasmIsa(environment, isa);
  const module =
    wasm === undefined ? environment.readWasm?.(own, training) : compileNow(wasm as CompilableSource);
  if (!module) throw new Error('WebAssembly has to be given, or loaded by await init()');
  return instantiate(environment.glue, module, choice);
}

/** Opens the first binding that runs, without waiting. */
function openNow(where: string, environment: Host, choice: Choice): RawBackend {
  const tried: Attempt[] = [];
  for (const kind of candidates(choice, environment, tried)) {
    try {
      const raw = kind === 'native' ? openNative(environment, choice.isa) : openWasmNow(environment, choice);
      return adopt(raw, tried, choice);
    } catch (error) {
      tried.push(attemptOf(kind, error));
    }
  }
  return noBackend(where, choice, tried);
}

/** The same, with waiting. */
async function open(environment: Host, choice: Choice): Promise<BackendInfo> {
  const tried: Attempt[] = [];
  for (const kind of candidates(choice, environment, tried)) {
    try {
      const raw =
        kind === 'native' ? openNative(environment, choice.isa) : await openWasm(environment, choice);
      adopt(raw, tried, choice);
      return backend();
    } catch (error) {
      tried.push(attemptOf(kind, error));
    }
  }
  return noBackend('init', choice, tried);
}

/** The end of the last call of {@link init}: they run one after the other, so that their order decides what a page runs. */
let lastInit: Promise<unknown> = Promise.resolve();

/**
 * The backend for modules made now. Where loading needs no waiting, the first use loads it.
 * @throws CellgateError `uninitialized` before `await init()` where that is needed, `backend` if none can run
 */
export function activeBackend(where: string): RawBackend {
  if (active) return active;
  const environment = requireHost(where);
  if (!environment.readWasm) fail('uninitialized', where, 'await init() must have run', 'a call before it');
  return openNow(where, environment, { ...readChoice(where, environment, undefined), threads: undefined });
}

/**
 * Chooses and loads the backend. In Node it may be left out: the first use does the same without options. In
 * browsers it must have been awaited before anything else.
 *
 * A second call with the same choice does nothing; another choice holds for modules made afterwards, those made
 * before keep theirs. A page or worker runs one WebAssembly module for good: `init()` without `isa` keeps it, another
 * `isa` is refused, and training where it was left out.
 *
 * @returns what {@link backend} tells
 * @throws CellgateError `value` for unknown options, `backend` if nothing of what was asked can run here, with every
 * backend tried and its reason
 *
 * @example
 * ```ts
 * import { init } from 'cellgate';
 *
 * const { kind, isa } = await init({ backend: 'wasm', isa: 'simd128' });
 * console.log(kind, isa); // wasm simd128
 * ```
 */
export async function init(options: InitOptions = {}): Promise<BackendInfo> {
  const environment = requireHost('init');
  const choice = readChoice('init', environment, options);
  const opening = lastInit.then(() => open(environment, choice));
  lastInit = opening.catch(() => {});
  return opening;
}

/**
 * {@link init} without waiting, for places that cannot: an AudioWorklet's constructor, a script that has to be done. The
 * WebAssembly module must be at hand: given, inside the script (`cellgate/inline`), or in a file of Node.
 *
 * @returns what {@link backend} tells
 * @throws CellgateError `value` for unknown options and for an address or response as `wasm`, `backend` if nothing of what was
 * asked can run here at once
 *
 * @example
 * ```ts
 * import { initSync, LSTM } from 'cellgate';
 *
 * initSync();
 * console.log(new LSTM({ inputSize: 1, hiddenSize: 2 }).stream().step(Float32Array.of(1)).length); // 2
 * ```
 */
export function initSync(options: InitSyncOptions = {}): BackendInfo {
  const environment = requireHost('initSync');
  const choice = readChoice('initSync', environment, options);
  if (choice.wasm !== undefined && !isCompilable(choice.wasm)) {
    fail('value', 'initSync', 'wasm must be bytes or a WebAssembly.Module', describe(choice.wasm));
  }
  openNow('initSync', environment, choice);
  return backend();
}

/**
 * Which backend runs, on which instruction set, and which preferred ones could not be had and why.
 *
 * @throws CellgateError `uninitialized` before `await init()` where that is needed, `backend` if none can run
 *
 * @example
 * ```ts
 * import { backend, init } from 'cellgate';
 *
 * await init();
 * const { kind, isa, tried } = backend();
 * console.log(`${kind} on ${isa}`, tried);
 * ```
 */
export function backend(): BackendInfo {
  const { kind, isa, threads } = activeBackend('backend');
  return { kind, isa: isa as Isa, threads, tried: activeTried.map((attempt) => ({ ...attempt })) };
}
