/** Runs of networks that have inputs by name: ONNX. */
import type { TensorDType } from '../buffers.js';
import { fail } from '../errors.js';
import type { AnyTensor, OnnxNetwork, TensorInfo } from '../onnx/network.js';
import { countOf, Tensor } from '../tensor.js';
import { readInput, type Sequences } from './data/input.js';
import type { Output } from './data/output.js';
import { nameOf } from './files.js';
import { wholeNumbers } from './tensors.js';
import { UsageError } from './usage-error.js';

/** How data and other inputs are given. */
export interface GraphOptions {
  readonly input: string;
  readonly columns: readonly string[] | undefined;
  /** Which input takes the data; the first of float32 with two axes or more if left out. */
  readonly feed: string | undefined;
  /** Which output is wanted; the first if left out. */
  readonly fetch: string | undefined;
  /** `name=1,2`: numbers of other inputs, which are zeros if left out. */
  readonly set: string | undefined;
  readonly isTimeMajor: boolean;
}

function portNamed(
  kind: string,
  ports: readonly TensorInfo[],
  name: string | undefined,
  preset: TensorInfo | undefined,
): TensorInfo {
  const port = name === undefined ? preset : ports.find((each) => each.name === name);
  if (port) return port;
  const known = ports.map((each) => each.name).join(', ');
  throw new UsageError(`the network's ${kind} are ${known || 'none'}, got ${JSON.stringify(name ?? 'none')}`);
}

/** @param where what the numbers are of */
function tensorOf(
  where: string,
  dtype: TensorDType,
  numbers: ArrayLike<number>,
  shape: readonly number[],
): AnyTensor {
  const data =
    dtype === 'int64'
      ? BigInt64Array.from(wholeNumbers(where, dtype, numbers), BigInt)
      : dtype === 'int32'
        ? Int32Array.from(wholeNumbers(where, dtype, numbers))
        : Float32Array.from(numbers);
  return new Tensor(data as never, [...shape]) as AnyTensor;
}

/** `sr=16000 h=0,0` as lists by name. */
function settingsOf(text: string | undefined, inputs: readonly TensorInfo[]): Map<string, number[]> {
  const settings = new Map<string, number[]>();
  for (const part of text?.split(/\s+/).filter((each) => each !== '') ?? []) {
    const [name = '', list = ''] = part.split('=');
    portNamed('inputs', inputs, name, undefined);
    const numbers = list.split(',').map(Number);
    if (list === '' || numbers.some(Number.isNaN))
      throw new UsageError(`--set must be like sr=16000, got ${JSON.stringify(part)}`);
    settings.set(name, numbers);
  }
  return settings;
}

/** The input that takes the data. */
function dataPort(inputs: readonly TensorInfo[], name: string | undefined): TensorInfo {
  const wide = inputs.filter(({ shape }) => (shape?.length ?? 3) >= 2);
  return portNamed('inputs', inputs, name, wide.find(({ dtype }) => dtype === 'float32') ?? wide[0]);
}

/** The shape that data have for an input. */
function dataShape(
  { shape, name }: TensorInfo,
  { batch, time, features }: Sequences,
  isTimeMajor: boolean,
): number[] {
  const axes = shape?.length ?? 3;
  if (isTimeMajor && batch !== 1)
    fail('unsupported', 'run', 'time-major data must be one sequence', `${batch}`);
  if (axes === 3) return isTimeMajor ? [time, batch, features] : [batch, time, features];
  if (axes === 2 && features === 1) return [batch, time];
  if (axes === 2 && batch === 1) return [time, features];
  return fail('unsupported', 'run', `${name} must have two or three axes that the data fit`, `${axes}`);
}

/** An input that does not take the data: numbers that were given, or zeros. Sizes that are open and have no name of the data's are 1. */
function otherInput(
  { name, dtype, shape = [] }: TensorInfo,
  known: ReadonlyMap<string, number>,
  numbers: readonly number[] | undefined,
): AnyTensor {
  const sizes = shape.map((size) => (typeof size === 'number' ? size : (known.get(size) ?? 1)));
  const count = countOf(sizes);
  if (numbers && numbers.length !== count) {
    throw new UsageError(`--set ${name} needs ${count} numbers, got ${numbers.length}`);
  }
  return tensorOf(`--set ${name}`, dtype, numbers ?? new Array<number>(count).fill(0), sizes);
}

/** Runs a network on a file of data. */
export async function runGraph(network: OnnxNetwork, options: GraphOptions): Promise<Record<string, Output>> {
  const { inputs, outputs } = network;
  const port = dataPort(inputs, options.feed);
  const wanted = options.fetch && portNamed('outputs', outputs, options.fetch, undefined).name;
  const settings = settingsOf(options.set, inputs);
  const last = port.shape?.length === 3 ? port.shape[2] : undefined;
  const features = typeof last === 'number' ? last : undefined;
  const data = await readInput(options.input, { features, columns: options.columns });
  const shape = dataShape(port, data, options.isTimeMajor);
  const known = new Map<string, number>();
  port.shape?.forEach((size, axis) => {
    if (typeof size === 'string') known.set(size, shape[axis] as number);
  });
  const given = inputs.map((input) => [
    input.name,
    input === port
      ? tensorOf(nameOf(options.input), port.dtype, data.values, shape)
      : otherInput(input, known, settings.get(input.name)),
  ]);
  const results = Object.entries(network.run(Object.fromEntries(given)) as Record<string, AnyTensor>);
  return Object.fromEntries(
    results
      .filter(([name]) => wanted === undefined || name === wanted)
      .map(([name, tensor]) => [
        name,
        { shape: tensor.shape as number[], data: Float32Array.from(tensor.data, Number), rate: data.rate },
      ]),
  );
}
