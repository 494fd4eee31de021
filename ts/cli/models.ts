/** Models of all formats: which one a file is of, and what can be done with it. */
import { CellgateError, fail } from '../errors.js';
import { readSafeTensors } from '../safetensors.js';
import { Sequential } from '../sequential.js';
import type { Tensor } from '../tensor.js';
import { nameOf, readBytes } from './files.js';
import { modelOfWeights } from './guess.js';
import { type Recipe, recipeIn } from './recipe.js';

/** A file that was opened. */
export interface OpenModel {
  /** What kind of file it is, in words. */
  readonly format: string;
  readonly bytes: number;
  readonly model: Sequential;
  /** Of a model that `train` made. */
  readonly recipe?: Recipe | undefined;
  /** What a user has to know of how it was read. */
  readonly remark?: string;
}

/** One way to read a file. */
interface Format {
  readonly name: string;
  /** By what the file begins with. */
  matches(bytes: Uint8Array, file: string): boolean;
  open(where: string, bytes: Uint8Array): OpenModel | Promise<OpenModel>;
}

const FORMATS: readonly Format[] = [
  { name: 'safetensors', matches: (bytes) => bytes[8] === 0x7b, open: openSafeTensors },
];

const GUESSED = 'layers were told by the names and shapes of the weights; each hands on every step';

function openSafeTensors(where: string, bytes: Uint8Array): OpenModel {
  const { tensors, metadata } = readSafeTensors(where, bytes);
  if (metadata.format === 'cellgate') {
    return {
      format: 'cellgate model',
      bytes: bytes.length,
      model: Sequential.load(bytes),
      recipe: recipeIn(where, metadata),
    };
  }
  const dict = Object.fromEntries(tensors) as Record<string, Tensor>;
  return {
    format: 'safetensors',
    bytes: bytes.length,
    model: modelOfWeights(where, dict),
    remark: GUESSED,
  };
}

/**
 * Opens a file of any format.
 * @throws CellgateError `file` for one that is none of them
 */
export async function openModel(file: string): Promise<OpenModel> {
  const [name, bytes] = [nameOf(file), await readBytes(file)];
  const format = FORMATS.find((each) => each.matches(bytes, file));
  if (!format) {
    const names = FORMATS.map((each) => each.name).join(', ');
    return fail('file', name, `the file must be a model: ${names}`, `${bytes.length} bytes of another kind`);
  }
  try {
    return await format.open(name, bytes);
  } catch (error) {
    if (!(error instanceof CellgateError) || error.where === name) throw error;
    throw new CellgateError(error.code, name, error.expected, error.got, { cause: error });
  }
}
