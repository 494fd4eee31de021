/** Runs of networks that have inputs by name: ONNX. */
import type { TensorDType } from '../buffers.js';
import { fail } from '../errors.js';
import type { AnyTensor, OnnxNetwork, TensorInfo } from '../onnx/network.js';
import { countOf, Tensor } from '../tensor.js';
import { readInput } from './data/input.js';
import type { Output } from './data/output.js';
import { nameOf } from './files.js';
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

function tensorOf(dtype: TensorDType, numbers: ArrayLike<number>, shape: readonly number[]): AnyTensor {
  const values = Array.from(numbers);
  const data =
    dtype === 'int64'
      ? BigInt64Array.from(values, (value) => BigInt(Math.trunc(value)))
      : dtype === 'int32'
        ? Int32Array.from(values)
        : Float32Array.from(values);
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

/** The shape that the data have for an input, and the sizes that its open axes get by it. */
function dataShape(
  { shape, name }: TensorInfo,
  { batch, time, features }: { batch: number; time: number; features: number },
  isTimeMajor: boolean,
) {
  const axes = shape?.length ?? 3;
  if (axes === 3) return isTimeMajor ? [time, batch, features] : [batch, time, features];
  if (axes === 2 && features === 1) return [batch, time];
  if (axes === 2 && batch === 1) return [time, features];
  return fail('unsupported', 'run', `${name} must have two or three axes that data fit`, `${axes} axes`);
}

/** Runs a network on a file of data. */
export async function runGraph(network: OnnxNetwork, options: GraphOptions): Promise<Record<string, Output>> {
  const { inputs } = network;
  const port = portNamed(
    'inputs',
    inputs,
    options.feed,
    inputs.find(({ dtype, shape }) => dtype === 'float32' && (shape?.length ?? 3) >= 2),
  );
  const last = port.shape?.length === 3 ? port.shape[2] : undefined;
  const features = typeof last === 'number' ? last : undefined;
  const data = await readInput(options.input, { features, columns: options.columns });
  const values =
    options.isTimeMajor && data.batch > 1
      ? fail('unsupported', nameOf(options.input), 'time-major data must be one sequence', `${data.batch}`)
      : data.values;
  const shape = dataShape(port, data, options.isTimeMajor);
  const named = new Map(
    port.shape?.flatMap((size, axis) =>
      typeof size === 'string' ? [[size, shape[axis] as number]] : [],
    ) as [string, number][],
  );
  const settings = settingsOf(options.set, inputs);
  const given: Record<string, AnyTensor> = {};
  for (const other of inputs) {
    if (other === port) {
      given[other.name] = tensorOf(other.dtype, values, shape);
      continue;
    }
    const sizes = (other.shape ?? []).map((size) =>
      typeof size === 'number' ? size : (named.get(size) ?? 1),
    );
    const count = countOf(sizes);
    const numbers = settings.get(other.name) ?? new Array<number>(count).fill(0);
    if (numbers.length !== count)
      throw new UsageError(`--set ${other.name} needs ${count} numbers, got ${numbers.length}`);
    given[other.name] = tensorOf(other.dtype, numbers, sizes);
  }
  const results = network.run(given) as Record<string, AnyTensor>;
  const wanted =
    options.fetch === undefined ? undefined : portNamed('outputs', network.outputs, options.fetch, undefined);
  const chosen = wanted
    ? [[wanted.name, results[wanted.name] as AnyTensor] as const]
    : Object.entries(results);
  return Object.fromEntries(
    chosen.map(([name, tensor]) => [
      name,
      {
        shape: tensor.shape as number[],
        data: Float32Array.from(tensor.data as ArrayLike<number | bigint>, Number),
        rate: data.rate,
      },
    ]),
  );
}
