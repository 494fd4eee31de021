/** Models of all formats: which one a file is of, and what can be done with it. Readers are loaded when a file needs them. */
import path from 'node:path';
import type { AudioModel } from '../audio/audio-model.js';
import { CellgateError, describe, fail } from '../errors.js';
import { asObject, type Json, readJson } from '../json.js';
import type { OnnxNetwork } from '../onnx/network.js';
import { readSafeTensorEntries } from '../safetensors.js';
import { Sequential } from '../sequential.js';
import { readZip } from '../zip.js';
import { endingOf, nameOf, readBytes } from './files.js';
import { type Recipe, recipeIn } from './recipe.js';

/** A file whose layers are known. */
export interface OpenModel {
  readonly format: string;
  readonly model: Sequential;
  /** Of a network for sound: the model, and what is around it. */
  readonly audio?: AudioModel;
  /** Of a model that `train` made. */
  readonly recipe?: Recipe | undefined;
  /** What a user has to know of how it was read. */
  readonly remark?: string;
}

/** A file of a network that runs, but has no layers to look into. */
export interface OpenNetwork {
  readonly format: string;
  readonly network: OnnxNetwork;
}

export type OpenFile = (OpenModel | OpenNetwork) & { readonly bytes: number };

/** One way to read a file. */
interface Format {
  readonly name: string;
  /** By what the file begins with, or its name where that says nothing. */
  matches(bytes: Uint8Array, file: string): boolean;
  open(where: string, bytes: Uint8Array, file: string): Promise<OpenModel | OpenNetwork>;
}

const startsWith = (bytes: Uint8Array, ...start: number[]): boolean =>
  start.every((byte, at) => bytes[at] === byte);

const isArchive = (bytes: Uint8Array): boolean => startsWith(bytes, 0x50, 0x4b, 0x03, 0x04);

/** A brace behind nothing but white space. */
function isJson(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => ![0x20, 0x09, 0x0a, 0x0d].includes(byte));
  return first === 0x7b;
}

const GUESSED =
  'layers were told by the names and shapes of the weights: an RNN is of tanh, and each layer hands on every step';

const FORMATS: readonly Format[] = [
  { name: 'PyTorch and Keras archives', matches: isArchive, open: openArchive },
  {
    name: 'HDF5 of Keras',
    matches: (bytes) => startsWith(bytes, 0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a),
    open: openKeras,
  },
  // The length of a header, and the brace that it begins with.
  { name: 'safetensors', matches: (bytes) => bytes[8] === 0x7b && bytes[7] === 0, open: openSafeTensors },
  { name: 'JSON of TensorFlow.js, RTNeural and NAM', matches: isJson, open: openJson },
  // Pickle without an archive: its reader says what to do.
  { name: 'pickle', matches: (bytes) => startsWith(bytes, 0x80) && (bytes[1] ?? 9) <= 5, open: openTorch },
  // Field 1, a number: the version of the format.
  {
    name: 'ONNX',
    matches: (bytes, file) => startsWith(bytes, 0x08) || endingOf(file) === 'onnx',
    open: openOnnx,
  },
];

async function openSafeTensors(where: string, bytes: Uint8Array): Promise<OpenModel> {
  const { metadata } = readSafeTensorEntries(where, bytes);
  if (metadata.format !== 'cellgate') return openTorch(where, bytes);
  return { format: 'cellgate model', model: Sequential.load(bytes), recipe: recipeIn(where, metadata) };
}

async function openTorch(_where: string, bytes: Uint8Array): Promise<OpenModel> {
  const [{ loadTorch }, { modelOf }] = await Promise.all([
    import('../torch/load.js'),
    import('../torch/model.js'),
  ]);
  const format = isArchive(bytes) ? 'PyTorch checkpoint' : 'safetensors';
  return { format, model: modelOf(loadTorch(bytes)), remark: GUESSED };
}

/** A model that may skip steps. */
async function withMask(format: string, model: Sequential): Promise<OpenModel> {
  const { MaskedSequential } = await import('../keras/masked.js');
  if (!(model instanceof MaskedSequential)) return { format, model };
  return { format, model, remark: `steps whose values are all ${model.mask} are skipped` };
}

async function openKeras(_where: string, bytes: Uint8Array): Promise<OpenModel> {
  const { loadKeras } = await import('../keras/load.js');
  return withMask('Keras model', await loadKeras(bytes));
}

function openArchive(where: string, bytes: Uint8Array): Promise<OpenModel> {
  return readZip(where, bytes).has('config.json') ? openKeras(where, bytes) : openTorch(where, bytes);
}

/** Networks that have a JSON file are told by its names. */
async function openJson(where: string, bytes: Uint8Array, file: string): Promise<OpenModel> {
  const json = readJson(where, 'model', bytes);
  if ('weightsManifest' in json || 'modelTopology' in json) return openTfjs(where, json, file);
  if ('architecture' in json && 'config' in json) {
    const { loadNam } = await import('../audio/nam.js');
    return ofAudio('NAM network', loadNam(json));
  }
  if ('layers' in json || 'state_dict' in json) {
    const { loadRtneural } = await import('../audio/rtneural.js');
    return ofAudio('RTNeural network', loadRtneural(json));
  }
  return fail(
    'file',
    where,
    'the JSON must be of TensorFlow.js, RTNeural or NAM',
    Object.keys(json).join(', ') || '{}',
  );
}

function ofAudio(format: string, audio: AudioModel): OpenModel {
  const { model, skip } = audio;
  return { format, model, audio, ...(skip > 0 && { remark: 'the input is added to the output' }) };
}

/** Weights are in the files beside that the manifest names, in its order. */
async function openTfjs(where: string, json: Json, file: string): Promise<OpenModel> {
  const manifest: unknown[] = Array.isArray(json.weightsManifest) ? json.weightsManifest : [];
  const names = manifest.flatMap((group): unknown[] => {
    const { paths } = asObject(where, 'weightsManifest', group);
    return Array.isArray(paths) ? paths : [];
  });
  const strange = names.find((name) => typeof name !== 'string' || path.basename(name) !== name);
  if (names.length === 0 || strange !== undefined) {
    fail(
      'file',
      where,
      'the model must have a weightsManifest of files beside it',
      describe(strange ?? 'none'),
    );
  }
  const folder = path.dirname(file);
  const shards = await Promise.all(names.map((name) => readBytes(path.join(folder, name as string))));
  const { loadTfjs } = await import('../tfjs/load.js');
  return withMask('TensorFlow.js model', loadTfjs(json, shards));
}

async function openOnnx(_where: string, bytes: Uint8Array): Promise<OpenNetwork> {
  const { loadOnnx } = await import('../onnx/load.js');
  return { format: 'ONNX network', network: loadOnnx(bytes) };
}

/**
 * Opens a file of any format.
 * @throws CellgateError `file` for one that is none of them
 */
export async function openFile(file: string): Promise<OpenFile> {
  const [name, bytes] = [nameOf(file), await readBytes(file)];
  const format = FORMATS.find((each) => each.matches(bytes, file));
  if (!format) {
    const names = FORMATS.map((each) => each.name).join(', ');
    return fail('file', name, `the file must be a model: ${names}`, `${bytes.length} bytes of another kind`);
  }
  try {
    return { ...(await format.open(name, bytes, file)), bytes: bytes.length };
  } catch (error) {
    if (!(error instanceof CellgateError) || error.where === name) throw error;
    throw new CellgateError(error.code, name, error.expected, error.got, { cause: error });
  }
}

/**
 * Opens a file whose layers are needed.
 * @throws CellgateError `unsupported` for a network without
 */
export async function openModel(file: string): Promise<OpenModel> {
  const open = await openFile(file);
  if ('model' in open) return open;
  return fail(
    'unsupported',
    nameOf(file),
    'the file must have layers, as those of cellgate, PyTorch and Keras',
    open.format,
  );
}
