/** What cellgate's suites share: its package, of this tree or another, and layers with given weights. */

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const HERE = new URL('../../../', import.meta.url);

/**
 * @param backend `'native'` or `'wasm'`
 * @param isa empty for the best, or that of `CELLGATE_ISA`
 * @param root folder of the package, this one if left out
 */
export async function openCellgate(backend, isa, root) {
  const folder = root ? pathToFileURL(`${root}/`) : HERE;
  const { version, exports } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  const cellgate = await import(new URL(exports['.'].node, folder));
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
