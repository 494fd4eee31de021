/**
 * What Node makes of the training of `learner.mjs` on one of WebAssembly's artefacts, for tests in a page to compare with:
 *
 *     node test/browser/in-node.mjs simd128
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as cellgate from '../../dist/node/index.js';
import { bitsOf, makeData, makeModel, OPTIONS } from './learner.mjs';

/** Weights and history, with these flags for Node. */
export function trainInNode(isa, flags) {
  const program = [...flags, fileURLToPath(import.meta.url), isa];
  return JSON.parse(execFileSync(process.execPath, program, { encoding: 'utf8' }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await cellgate.init({ backend: 'wasm', isa: process.argv[2] });
  const model = makeModel(cellgate);
  const history = await model.fit(makeData(cellgate), OPTIONS);
  console.log(JSON.stringify({ history, bits: bitsOf(model) }));
}
