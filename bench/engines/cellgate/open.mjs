/** What cellgate's suites share: its package, of this tree or another, and layers with given weights. */

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const HERE = new URL('../../../', import.meta.url);

function packageOf(root) {
  const folder = root ? pathToFileURL(`${root}/`) : HERE;
  return { folder, ...JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) };
}

/** An entry point of the package, `'./onnx'`. */
export function importEntry(entry, root) {
  const { folder, exports } = packageOf(root);
  return import(new URL(exports[entry].node, folder));
}

/**
 * @param backend `'native'` or `'wasm'`
 * @param isa empty for the best, or that of `CELLGATE_ISA`
 * @param root folder of the package, this one if left out
 */
export async function openCellgate(backend, isa, root) {
  const { version } = packageOf(root);
  const cellgate = await importEntry('.', root);
  const { kind, isa: chosen } = await cellgate.init({ backend, ...(isa && { isa }) });
  return { cellgate, about: { name: `cellgate ${kind} ${chosen}`, version, isa: chosen } };
}

/** @param parameters arrays by name */
export function makeLayer({ LSTM, GRU, RNN, tensor }, cell, options, parameters) {
  const layer = new { lstm: LSTM, gru: GRU, rnn: RNN }[cell](options);
  const shapes = layer.stateDict();
  const entries = Object.entries(parameters).map(([name, data]) => [name, tensor(data, shapes[name].shape)]);
  layer.loadStateDict(Object.fromEntries(entries));
  return layer;
}
