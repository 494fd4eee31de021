/** A network that was read from an ONNX file: plans for the shapes it has met, and their runs. */

import type { TensorDType } from '../buffers.js';
import { describe, fail, fromRaw, sizes } from '../errors.js';
import type { Shape } from '../shape-types.js';
import { isTensor, Tensor, tensorFault } from '../tensor.js';
import type { Graph } from './graph.js';
import { Plan, type Step } from './plan.js';
import { addGraph } from './run-graph.js';
import { Scope } from './scope.js';
import { isSameList, known, MAX_RANK, piece, type Value, type ValueType, zeros } from './value.js';

/** A tensor of any type. */
export type AnyTensor = Tensor<Shape, TensorDType>;

/** What goes into a network or comes out. */
export interface TensorInfo {
  readonly name: string;
  /** `'int32'` stands for truth values, too: 0 or 1. */
  readonly dtype: TensorDType;
  /** Sizes; a text where one is open, its name or `'?'`. Undefined where the file has none. */
  readonly shape: readonly (number | string)[] | undefined;
}

/** An input or output inside. */
export interface Port extends TensorInfo {
  readonly type: ValueType;
}

/** What a network is made of. */
export interface NetworkParts {
  readonly graph: Graph;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Names of the inputs whose numbers must be known for a plan. */
  readonly steering: ReadonlySet<string>;
}

/** A plan, and for which inputs it is. */
interface Prepared {
  /** The values of the inputs, in order. */
  readonly places: readonly Value[];
  readonly plan: Plan;
  readonly steps: readonly Step[];
  /** What gives the outputs, in order. */
  readonly outputs: readonly (() => AnyTensor)[];
}

const WHERE = 'onnx.run';
/** Plans kept for other shapes than the last. */
const MAX_PLANS = 8;
/** What tensors may take in a run, by themselves and for each byte of inputs: files can ask for any size. */
const FREE_BYTES = 2 ** 26;
const BYTES_PER_BYTE = 1024;
/** Numbers of an input that steers: sizes, a rate, a switch. */
const MAX_STEERING = 64;

function dtypeOfPort({ dtype, type }: Port): string {
  return type === 'bool' ? `${dtype}, 0 or 1` : dtype;
}

/** Refuses a tensor that is not of the type or shape that the file says. */
function checkInput(port: Port, value: unknown): asserts value is AnyTensor {
  const { name, dtype, shape } = port;
  if (!isTensor(value) || value.dtype !== dtype) {
    const got = isTensor(value) ? `one of ${value.dtype}` : describe(value);
    fail('dtype', WHERE, `${name} must be a Tensor of ${dtypeOfPort(port)}`, got);
  }
  const fault = tensorFault(value);
  if (fault !== undefined) {
    fail('dtype', WHERE, `${name} must be a Tensor on an ArrayBuffer of its own, as it was made`, fault);
  }
  const rank = value.shape.length;
  if (rank > MAX_RANK) fail('unsupported', WHERE, `${name} must have at most ${MAX_RANK} axes`, `${rank}`);
  if (shape === undefined) return;
  const fits =
    shape.length === rank &&
    shape.every((size, axis) => typeof size === 'string' || size === value.shape[axis]);
  if (!fits) fail('shape', WHERE, `${name} must be [${shape.join(', ')}]`, sizes(value.shape));
}

/** Puts the numbers of a tensor into a place of the same type, but for truth values. */
function fill(place: Value, { data }: AnyTensor): void {
  if (place.dtype === 'bool')
    place.data.set(Array.from(data as Int32Array, (value) => (value === 0 ? 0 : 1)) as never);
  else place.data.set(data as never);
}

/** What a run puts into a place, as a tensor: a function that copies it. */
function outputOf(value: Value): () => AnyTensor {
  const { dtype, shape } = value;
  const values = piece(value);
  return () => {
    const data = dtype === 'bool' ? Int32Array.from(values as Uint8Array) : values.slice();
    return new Tensor(data as AnyTensor['data'], shape);
  };
}

/**
 * A network that was loaded from an ONNX file. It remembers nothing between runs: state goes in and comes out.
 *
 * For inputs of new shapes a run first makes a plan, with places for all values; further runs with these shapes make no arrays
 * but their outputs. The last few plans are kept.
 *
 * @typeParam Outputs the outputs by name, which the caller knows; tensors of float32 if left out
 */
export class OnnxNetwork<
  Outputs extends Readonly<Record<string, AnyTensor>> = Readonly<Record<string, Tensor>>,
> {
  /** Names, types and shapes of the inputs. */
  readonly inputs: readonly TensorInfo[];
  /** Names, types and shapes of the outputs. */
  readonly outputs: readonly TensorInfo[];
  readonly #parts: NetworkParts;
  readonly #names: ReadonlySet<string>;
  #plans: Prepared[] = [];
  #isDisposed = false;

  /** @internal */
  constructor(parts: NetworkParts) {
    const info = ({ name, dtype, shape }: Port): TensorInfo => ({ name, dtype, shape });
    this.inputs = parts.inputs.map(info);
    this.outputs = parts.outputs.map(info);
    this.#parts = parts;
    this.#names = new Set(parts.inputs.map(({ name }) => name));
  }

  /**
   * Runs the network.
   *
   * @param inputs a tensor for each input, and nothing else; read, not kept
   * @returns the outputs by name, new tensors
   * @throws CellgateError `value` for missing and unexpected inputs; `dtype`, `shape` for those that do not fit the file, or
   * between which its operators do not fit; `unsupported` for shapes with which it needs what does not run here;
   * `memory`; `disposed` after `dispose()`
   */
  run(inputs: Readonly<Record<string, AnyTensor>>): Outputs {
    if (this.#isDisposed) fail('disposed', WHERE, 'the network must not be disposed', 'a disposed one');
    const tensors = this.#read(inputs);
    try {
      const prepared = this.#planFor(tensors);
      const { places, steps, outputs } = prepared;
      for (let at = 0; at < places.length; at++) fill(places[at] as Value, tensors[at] as AnyTensor);
      for (const step of steps) step();
      const named = this.#parts.outputs.map(({ name }, at) => [name, outputs[at]?.()]);
      return Object.fromEntries(named) as Outputs;
    } catch (error) {
      throw fromRaw(error, WHERE);
    }
  }

  #read(inputs: unknown): AnyTensor[] {
    if (typeof inputs !== 'object' || inputs === null) {
      fail('value', WHERE, 'inputs must be an object of tensors by name', describe(inputs));
    }
    const given = inputs as Record<string, unknown>;
    for (const name in given) {
      if (this.#names.has(name)) continue;
      fail('value', WHERE, `inputs must be ${[...this.#names].join(', ')}`, describe(name));
    }
    return this.#parts.inputs.map((port) => {
      const value = given[port.name];
      if (value === undefined) fail('value', WHERE, `inputs must have ${port.name}`, 'none');
      checkInput(port, value);
      return value;
    });
  }

  #fits({ places }: Prepared, tensors: readonly AnyTensor[]): boolean {
    for (let at = 0; at < tensors.length; at++) {
      const { shape, data } = tensors[at] as AnyTensor;
      const place = places[at] as Value;
      if (!isSameList(place.shape, shape)) return false;
      if (place.isKnown && !isSameList(place.data, data)) return false;
    }
    return true;
  }

  #planFor(tensors: readonly AnyTensor[]): Prepared {
    const [last] = this.#plans;
    if (last !== undefined && this.#fits(last, tensors)) return last;
    const found = this.#plans.find((prepared) => this.#fits(prepared, tensors)) ?? this.#prepare(tensors);
    this.#plans = [found, ...this.#plans.filter((other) => other !== found)];
    for (const { plan } of this.#plans.splice(MAX_PLANS)) plan.end();
    return found;
  }

  #prepare(tensors: readonly AnyTensor[]): Prepared {
    const given = tensors.reduce((sum, { data }) => sum + data.byteLength, 0);
    const plan = new Plan(WHERE, FREE_BYTES + BYTES_PER_BYTE * given);
    try {
      return this.#fillPlan(plan, tensors);
    } catch (error) {
      plan.end();
      throw error;
    }
  }

  #fillPlan(plan: Plan, tensors: readonly AnyTensor[]): Prepared {
    const { graph, inputs, steering } = this.#parts;
    const scope = new Scope<Value>();
    const places = tensors.map((tensor, at) => {
      const { name, type } = inputs[at] as Port;
      const isKnown = steering.has(name);
      if (isKnown && tensor.data.length > MAX_STEERING) {
        fail(
          'unsupported',
          WHERE,
          `${name} must have at most ${MAX_STEERING} values, as they steer`,
          `${tensor.data.length}`,
        );
      }
      const place: Value = { ...known(type, [...tensor.shape], zeros(type, tensor.data.length)), isKnown };
      if (isKnown) fill(place, tensor);
      scope.set(name, place);
      return place;
    });
    const results = addGraph(plan, graph, scope);
    for (const [at, { dtype }] of results.entries()) this.#checkOutput(at, dtype);
    const { steps, outputs } = plan.finish(results);
    return { places, plan, steps, outputs: outputs.map(outputOf) };
  }

  #checkOutput(at: number, dtype: ValueType): void {
    const { name, type } = this.#parts.outputs[at] as Port;
    if (dtype !== type) fail('dtype', WHERE, `${name} must be of ${type} as the file says`, dtype);
  }

  /** Whether `dispose()` was called. */
  get disposed(): boolean {
    return this.#isDisposed;
  }

  /** Frees the weights. Every later call but this one throws a CellgateError `disposed`. */
  dispose(): void {
    this.#isDisposed = true;
    for (const { plan } of this.#plans.splice(0)) plan.end();
  }

  /** The same as `dispose()`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
