/** Files of models, by what they are. */

import { Sequential } from 'cellgate';
import { start } from '../network/start';

/** The model of a file. @throws CellgateError `file` */
export async function openModel(bytes: Uint8Array, _name: string): Promise<Sequential> {
  await start();
  return Sequential.load(bytes);
}
