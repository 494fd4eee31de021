/** Models as files: safetensors with weights by name, the architecture and where training stands as metadata. */

import { Conv1d } from './conv1d.js';
import { Dropout } from './dropout.js';
import { Embedding } from './embedding.js';
import { CellgateError, describe, type ErrorCode, fail } from './errors.js';
import { GRU } from './gru.js';
import { LayerNorm } from './layer-norm.js';
import { Linear } from './linear.js';
import { LSTM } from './lstm.js';
import { Merge } from './merge.js';
import { countAll, internals, type Module, type StateDict } from './module.js';
import { Nonlinearity } from './nonlinearity.js';
import { anything, natural, optional, type PlainOptions, type Reader, readOptions } from './options.js';
import { RNN } from './rnn.js';
import { readSafeTensors, type SafeTensors, writeSafeTensors } from './safetensors.js';
import { type Tensor, wrap } from './tensor.js';
import { dataReaders } from './training/fit-options.js';
import { keepRecord, recordOf, type Standing, type TrainingRecord } from './training/record.js';

const FORMAT = 'cellgate';
const VERSION = '1';
/** Before the names of what training remembers; weights begin with the number of their layer. */
const TRAINING = 'training.';

/** How a layer is made again from what its constructor was given. */
const MAKERS = {
  RNN: (options) => new RNN(options as never),
  LSTM: (options) => new LSTM(options as never),
  GRU: (options) => new GRU(options as never),
  Linear: (options) => new Linear(options as never),
  Conv1d: (options) => new Conv1d(options as never),
  LayerNorm: (options) => new LayerNorm(options as never),
  Merge: (options) => new Merge(options as never),
  Nonlinearity: ({ activation }) => new Nonlinearity(activation as never),
  Embedding: (options) => new Embedding(options as never),
  Dropout: ({ p }) => new Dropout(p as number),
} satisfies Record<string, (options: PlainOptions) => Module>;

interface SavedLayer {
  kind: string;
  options: PlainOptions;
}

function trainingTensors({ optimizer, best, last }: TrainingRecord): [string, Tensor][] {
  return Object.entries({ optimizer, best, last }).flatMap(([name, values]) =>
    values === undefined ? [] : [[TRAINING + name, wrap(values, [values.length])]],
  );
}

/** The file of a model, with where its training stands if it was trained by `fit`. */
export function saveModel(model: Module, dict: StateDict, withTraining: boolean): Uint8Array<ArrayBuffer> {
  const { layers = [] } = internals(model).info;
  const record = withTraining ? recordOf(model) : undefined;
  const architecture = layers.map(({ kind, options }) => ({ kind, options }));
  return writeSafeTensors({
    tensors: new Map([...Object.entries(dict), ...(record ? trainingTensors(record) : [])]),
    metadata: {
      format: FORMAT,
      version: VERSION,
      architecture: JSON.stringify(architecture),
      ...(record && { training: JSON.stringify({ options: record.options, standing: record.standing }) }),
    },
  });
}

/** What a file of a model holds. */
interface LoadedModel {
  readonly layers: readonly Module[];
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly record: TrainingRecord | undefined;
}

function parse(where: string, name: string, json: string | undefined): unknown {
  try {
    return JSON.parse(json ?? '');
  } catch {
    return fail('file', where, `${name} must be JSON`, describe(json));
  }
}

function readLayers(where: string, json: string | undefined): SavedLayer[] {
  const list = parse(where, 'architecture', json);
  if (!Array.isArray(list) || list.length === 0) {
    fail('file', where, 'architecture must be a list of layers', describe(list));
  }
  return list.map((layer, index) => {
    const { kind, options } = typeof layer === 'object' && layer !== null ? layer : {};
    if (!Object.hasOwn(MAKERS, kind)) {
      const kinds = Object.keys(MAKERS).join(', ');
      fail('file', where, `architecture[${index}].kind must be one of ${kinds}`, describe(kind));
    }
    if (typeof options === 'object' && options !== null) return { kind, options };
    return fail('file', where, `architecture[${index}].options must be an object`, describe(options));
  });
}

const WEIGHTLESS: readonly string[] = ['Dropout', 'Merge', 'Nonlinearity'];

/** How many weights a layer has at least, were its options right. */
function leastWeights({ kind, options }: SavedLayer): number {
  if (WEIGHTLESS.includes(kind)) return 0;
  const { kernelSize = 1, groups = 1 } = options as Record<string, number>;
  const { inputSize = 1, hiddenSize = 1, layers = 1, outputSize = 1 } = options as Record<string, number>;
  const { projectionSize = hiddenSize, vocabularySize = 1, size = 1 } = options as Record<string, number>;
  return Math.max(
    inputSize * hiddenSize,
    layers * hiddenSize * projectionSize,
    (inputSize / groups) * outputSize * kernelSize,
    vocabularySize * size,
  );
}

/** Refuses layers for which the file has too few weights, before they take their memory. */
function checkSizes(where: string, layers: readonly SavedLayer[], count: number): void {
  const least = layers.reduce((sum, layer) => sum + leastWeights(layer), 0);
  if (least > count) fail('file', where, `architecture must be of layers with ${count} weights`, `${least}`);
}

function makeLayers(saved: readonly SavedLayer[]): Module[] {
  const layers: Module[] = [];
  try {
    for (const { kind, options } of saved) layers.push(MAKERS[kind as keyof typeof MAKERS](options));
    return layers;
  } catch (error) {
    for (const layer of layers) layer.dispose();
    throw error;
  }
}

const numbers: Reader<number[]> = (where, name, value) => {
  if (Array.isArray(value) && value.every(Number.isFinite)) return value;
  return fail('file', where, `${name} must be a list of numbers`, describe(value));
};

const numbersOf =
  (count: number): Reader<number[]> =>
  (where, name, value) => {
    const list = numbers(where, name, value);
    if (list.length === count) return list;
    return fail('file', where, `${name} must be ${count} numbers`, String(list.length));
  };

const numbersByName: Reader<Record<string, number[]>> = (where, name, value) => {
  if (typeof value !== 'object' || value === null)
    fail('file', where, `${name} must be an object`, describe(value));
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, list]) => [key, numbers(where, `${name}.${key}`, list)]));
};

const historyReaders = {
  loss: numbers,
  accuracy: optional(numbers),
  valLoss: optional(numbers),
  valAccuracy: optional(numbers),
  metrics: optional(numbersByName),
  valMetrics: optional(numbersByName),
};

const standingReaders = {
  epoch: natural(),
  batch: natural(),
  tally: numbersOf(3),
  history: ((where, name, value) => readOptions(where, value, historyReaders, name)) as Reader<unknown>,
  schedule: numbers,
  stopping: numbers,
  counters: (where: string, name: string, value: unknown): number[] =>
    numbersOf(2)(where, name, value).map((count, index) => natural()(where, `${name}[${index}]`, count)),
};

function readStanding(where: string, value: unknown): Standing {
  const standing = readOptions(where, value, standingReaders, 'training.standing');
  return JSON.parse(JSON.stringify(standing));
}

/** Tensors of float32 whose names begin, or do not begin, with the prefix of training. */
function valuesOf(where: string, { tensors }: SafeTensors, ofTraining: boolean): Map<string, Tensor> {
  const own = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    if (name.startsWith(TRAINING) !== ofTraining) continue;
    if (tensor.dtype !== 'float32') fail('file', where, `${name} must be of float32`, tensor.dtype);
    own.set(ofTraining ? name.slice(TRAINING.length) : name, tensor as Tensor);
  }
  return own;
}

function readRecord(where: string, file: SafeTensors, weightCount: number): TrainingRecord | undefined {
  const { training } = file.metadata;
  if (training === undefined) return undefined;
  const values = valuesOf(where, file, true);
  const { options, standing } = readOptions(
    where,
    parse(where, 'training', training),
    { options: anything, standing: anything },
    'training',
  );
  const optimizer = values.get('optimizer')?.data;
  if (!optimizer || typeof options !== 'object' || options === null) {
    fail('file', where, 'training must have options and the state of an optimiser', 'neither or one of them');
  }
  const [best, last] = ['best', 'last'].map((name) => {
    const weights = values.get(name)?.data;
    if (weights === undefined || weights.length === weightCount) return weights;
    const got = `${weights.length} numbers`;
    return fail('file', where, `${TRAINING}${name} must be ${weightCount} numbers`, got);
  });
  return {
    options: Object.fromEntries(
      Object.entries(options).filter(([name]) => Object.hasOwn(dataReaders, name)),
    ) as PlainOptions,
    standing: readStanding(where, standing),
    optimizer,
    ...(best && { best }),
    ...(last && { last }),
  };
}

function readModel(where: string, bytes: Uint8Array): LoadedModel {
  const file = readSafeTensors(where, bytes);
  const { format, version, architecture } = file.metadata;
  if (format !== FORMAT) fail('file', where, `format must be '${FORMAT}'`, describe(format));
  if (version !== VERSION) fail('file', where, `version must be '${VERSION}'`, describe(version));
  const weights = valuesOf(where, file, false);
  let count = 0;
  for (const { data } of weights.values()) count += data.length;
  const record = readRecord(where, file, count);
  const saved = readLayers(where, architecture);
  checkSizes(where, saved, count);
  return { layers: makeLayers(saved), weights, record };
}

/**
 * Puts weights, and where training stands, from bytes that {@link saveModel} gave for a model of the same layers.
 * @throws CellgateError `disposed`, and for other bytes `file` or `parameters`
 */
export function takeOver(where: string, model: Module, bytes: Uint8Array): void {
  const { handle } = internals(model);
  handle.open(where);
  const file = readSafeTensors(where, bytes);
  const weights = valuesOf(where, file, false);
  const count = countAll(handle.call(where, (raw) => raw.parameters()));
  const record = readRecord(where, file, count);
  model.loadStateDict(weights);
  if (record) keepRecord(model, record);
}

/** What no file has that `saveModel` wrote. */
const FAULTS: readonly ErrorCode[] = ['value', 'shape', 'dtype', 'parameters', 'unsupported'];

/**
 * The model of a file.
 *
 * @param make makes a model of layers
 * @throws CellgateError `dtype` for anything but bytes; `file` for a damaged file or one of another kind
 */
export function loadModel<M extends Module>(
  where: string,
  bytes: unknown,
  make: (layers: readonly Module[]) => M,
): M {
  if (!(bytes instanceof Uint8Array)) fail('dtype', where, 'bytes must be a Uint8Array', describe(bytes));
  const made: Module[] = [];
  try {
    const { layers, weights, record } = readModel(where, bytes);
    made.push(...layers);
    const model = make(layers);
    made.push(model);
    model.loadStateDict(weights);
    if (record) keepRecord(model, record);
    return model;
  } catch (error) {
    for (const module of made) module.dispose();
    if (!(error instanceof CellgateError) || !FAULTS.includes(error.code)) throw error;
    const { message } = error;
    throw new CellgateError('file', where, 'bytes must hold a whole model', message, { cause: error });
  }
}
