/// <reference lib="esnext.disposable" preserve="true" />
/** What every layer and model has: parameters, and an end. */

import type { RawBackend, RawModule, RawParameter, RawRecurrentConfig } from './backend/raw.js';
import { allocate, type DType } from './buffers.js';
import { describe, fail, sizes } from './errors.js';
import { construct, Handle } from './handle.js';
import { activeBackend } from './init.js';
import type { PlainOptions } from './options.js';
import type { Shape } from './shape-types.js';
import type { StateLayout } from './state.js';
import { countOf, isTensor, type Tensor, tensorFault, wrap } from './tensor.js';

/** Parameters by name, as `stateDict()` gives and `loadStateDict()` takes them. */
export type StateDict = Record<string, Tensor>;

/** What `loadStateDict()` takes: an object or a map. */
export type StateDictLike = { readonly [name: string]: Tensor } | ReadonlyMap<string, Tensor>;

/** What a model must know of a layer. */
export interface LayerInfo {
  /** Class name. */
  readonly kind: string;
  /** Begins the `where` of errors. */
  readonly name: string;
  /** Type of the input; undefined for a layer that passes on what comes. */
  readonly dtype?: DType;
  /** Values per step; undefined for a layer that changes no sizes. */
  readonly inputSize?: number;
  readonly outputSize?: number;
  /** Of an embedding: ids are below. */
  readonly vocabularySize?: number;
  /** Of a recurrent layer. */
  readonly state?: StateLayout;
  readonly returnSequences?: boolean;
  readonly direction?: RawRecurrentConfig['direction'];
  /** Of a convolution: how many steps it makes of so many. */
  readonly steps?: (steps: number) => number;
  /** Of a model: its layers. */
  readonly layers?: readonly LayerInfo[];
  /** Of a layer: what its constructor was given, as data. */
  readonly options?: PlainOptions;
}

interface Internals {
  readonly info: LayerInfo;
  readonly handle: Handle<RawModule>;
  readonly backend: RawBackend;
}

let internalsOf: (module: Module) => Internals;

/** The raw side of a module: for the other files of this folder only. */
export function internals(module: Module): Internals {
  return internalsOf(module);
}

/** Entries of an object or Map of tensors by name. */
export function entriesOf(where: string, dict: unknown): Map<string, unknown> {
  if (dict instanceof Map) return new Map(dict);
  const isRecord =
    typeof dict === 'object' && dict !== null && !Array.isArray(dict) && !ArrayBuffer.isView(dict);
  if (isRecord) return new Map(Object.entries(dict));
  return fail('value', where, 'dict must be an object or Map of tensors by name', describe(dict));
}

/** What is wrong with the entry for a parameter; undefined if nothing. */
function entryFault({ name, shape }: RawParameter, entry: unknown): string | undefined {
  if (entry === undefined) return `no ${name}`;
  if (!isTensor(entry)) return `${name}: ${describe(entry)}`;
  if (entry.dtype !== 'float32') return `${name} of ${entry.dtype}`;
  const fault = tensorFault(entry);
  if (fault !== undefined) return `${name}: ${fault}`;
  const fits = entry.shape.length === shape.length && shape.every((size, axis) => size === entry.shape[axis]);
  return fits ? undefined : `${name} ${sizes(entry.shape)}`;
}

/**
 * Base of all layers and models. Its weights live in the backend's memory and are shared with the streams and
 * models made from it: what one loads, all see, and they live for as long as one of them does.
 */
export abstract class Module {
  readonly #internals: Internals;

  static {
    internalsOf = (module) => module.#internals;
  }

  /** @internal */
  protected constructor(info: LayerInfo, make: (backend: RawBackend) => RawModule, given?: RawBackend) {
    const backend = given ?? activeBackend(info.name);
    const raw = construct(info.name, () => make(backend));
    this.#internals = { info, backend, handle: new Handle(info.name, raw) };
  }

  get #name(): string {
    return this.#internals.info.name;
  }

  /**
   * Copies of all parameters by name, in PyTorch's naming.
   * @throws CellgateError `disposed` after `dispose()`
   */
  parameters(): StateDict {
    return this.#read(`${this.#name}.parameters`);
  }

  /**
   * Copies of all parameters by name: the same as {@link parameters}, for {@link loadStateDict}.
   * @throws CellgateError `disposed` after `dispose()`
   */
  stateDict(): StateDict {
    return this.#read(`${this.#name}.stateDict`);
  }

  /**
   * Replaces all parameters; streams and models made from this module follow. Everything is checked first.
   *
   * @param dict a float32 tensor of the right shape for every parameter, and nothing else; copied
   * @throws CellgateError `parameters` with every entry that is missing, unexpected, of another shape or type, or on
   * an unusable buffer; `disposed` after `dispose()`
   */
  loadStateDict(dict: StateDictLike): void {
    const where = `${this.#name}.loadStateDict`;
    const { handle } = this.#internals;
    const values = valuesOf(
      where,
      handle.call(where, (raw) => raw.parameters()),
      dict,
    );
    handle.call(where, (raw) => raw.setParameters(values));
  }

  /** Whether `dispose()` was called. */
  get disposed(): boolean {
    return !this.#internals.handle.isOpen;
  }

  /**
   * Frees the weights, at once unless a stream or model shares them. Every later call but this one throws
   * a CellgateError `disposed`. Without it they are freed some time after the module was forgotten.
   */
  dispose(): void {
    this.#internals.handle.close();
  }

  /** The same as `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #read(where: string): StateDict {
    const { handle } = this.#internals;
    const parameters = handle.call(where, (raw) => raw.parameters());
    const values = allocate(where, 'parameters', countAll(parameters));
    handle.call(where, (raw) => raw.getParameters(values));
    return dictOf(parameters, values);
  }
}

/**
 * Tensors by name, one for every parameter, as values one behind the other.
 * @throws CellgateError `parameters`, `value`
 */
export function valuesOf(
  where: string,
  parameters: readonly RawParameter[],
  dict: unknown,
): Float32Array<ArrayBuffer> {
  const entries = entriesOf(where, dict);
  checkEntries(where, parameters, entries);
  const values = allocate(where, 'dict', countAll(parameters));
  let offset = 0;
  for (const { name } of parameters) {
    const { data } = entries.get(name) as Tensor;
    values.set(data, offset);
    offset += data.length;
  }
  return values;
}

/** Values of all parameters, one behind the other, as tensors by name. */
export function dictOf(parameters: readonly RawParameter[], values: Float32Array<ArrayBuffer>): StateDict {
  const dict: StateDict = {};
  let offset = 0;
  for (const { name, shape } of parameters) {
    const end = offset + countOf(shape);
    dict[name] = wrap(values.slice(offset, end), shape);
    offset = end;
  }
  return dict;
}

const NO_VALUES = new Float32Array(0);

/** A tensor through a module that has no state; its input has been checked, but for its sizes. */
export function apply<S extends Shape>(
  handle: Handle<RawModule>,
  where: string,
  x: Tensor<Shape, DType>,
  shape: S,
  lengths: Uint32Array | null = null,
): Tensor<S> {
  const output = allocate(where, 'the output', countOf(shape));
  const dims = x.shape as number[];
  handle.call(where, (raw) => raw.forward(where, x.data, dims, false, lengths, null, output, NO_VALUES));
  return wrap(output, shape);
}

/** Number of values of all parameters. */
export function countAll(parameters: readonly RawParameter[]): number {
  return parameters.reduce((sum, { shape }) => sum + countOf(shape), 0);
}

/** The weights of another network can be wrong in hundreds of places. */
const MAX_LISTED = 12;

function shortened(items: readonly string[]): string {
  const rest = items.length - MAX_LISTED;
  return items.slice(0, MAX_LISTED).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function checkEntries(
  where: string,
  parameters: readonly RawParameter[],
  entries: Map<string, unknown>,
): void {
  const expected: string[] = [];
  const got: string[] = [];
  for (const parameter of parameters) {
    const fault = entryFault(parameter, entries.get(parameter.name));
    if (fault === undefined) continue;
    expected.push(`${parameter.name} ${sizes(parameter.shape)}`);
    got.push(fault);
  }
  const known = new Set(parameters.map(({ name }) => name));
  const unexpected = [...entries.keys()].filter((name) => !known.has(name));
  if (got.length === 0 && unexpected.length === 0) return;
  if (unexpected.length > 0) {
    expected.push('no other entries');
    got.push(...unexpected.map((name) => `unexpected ${String(name)}`));
  }
  fail('parameters', where, `dict must hold ${shortened(expected)}`, shortened(got));
}
