/** Models in files of the disk: for environments that have one. */

import { readFile } from 'node:fs/promises';
import { CellgateError, describe, fail, reasonOf } from './errors.js';
import { replaceFile } from './replace-file.js';
import { Sequential } from './sequential.js';

function checkPath(where: string, file: unknown): asserts file is string {
  if (typeof file !== 'string' || file === '') fail('value', where, 'path must be a text', describe(file));
}

/** Runs work on a file; what the system refuses becomes an error of this library. */
async function onFile<T>(where: string, expected: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CellgateError) throw error;
    throw new CellgateError('file', where, expected, reasonOf(error), { cause: error });
  }
}

/**
 * Saves a model to a file, as {@link Sequential.save} does; an older one is replaced and gives its permissions. The file is
 * written beside under another name first, so that whatever happens there is a whole one, the older or the new. In Node only.
 *
 * @throws CellgateError (as a rejection) `file` if the system refuses; `value` for arguments; `disposed`
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { GRU, loadFile, saveFile, Sequential } from 'cellgate';
 *
 * const file = join(await mkdtemp(join(tmpdir(), 'cellgate-')), 'model.safetensors');
 * await saveFile(file, new Sequential([new GRU({ inputSize: 2, hiddenSize: 3 })]));
 * console.log((await loadFile(file)).layers.length); // 1
 * ```
 */
export async function saveFile(file: string, model: Sequential): Promise<void> {
  const where = 'saveFile';
  checkPath(where, file);
  if (!(model instanceof Sequential)) fail('value', where, 'model must be a Sequential', describe(model));
  const bytes = model.save();
  await onFile(where, `${file} must be writable`, () => replaceFile(file, bytes));
}

/**
 * Loads a model from a file, as {@link Sequential.load} does. In Node only.
 *
 * @throws CellgateError (as a rejection) `file` if the system refuses, or for a file that is damaged or of another kind;
 * `value` for the path; else as {@link Sequential.load}
 *
 * @example
 * ```ts
 * import { CellgateError, loadFile } from 'cellgate';
 *
 * await loadFile('no-such-file.safetensors').catch((error: unknown) => {
 *   if (error instanceof CellgateError) console.log(error.code); // file
 * });
 * ```
 */
export async function loadFile(file: string): Promise<Sequential> {
  const where = 'loadFile';
  checkPath(where, file);
  const bytes = await onFile(where, `${file} must be readable`, () => readFile(file));
  try {
    return Sequential.load(bytes);
  } catch (error) {
    if (!(error instanceof CellgateError)) throw error;
    const { code, expected, got } = error;
    throw new CellgateError(code, where, `${file}: ${expected}`, got, { cause: error });
  }
}
