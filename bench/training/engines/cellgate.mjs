/** cellgate: a step of a trainer, which also hands the new weights to the model. */

import { GRU, init, LSTM, Sequential, tensor } from '../../../dist/entry/node.js';
import { version } from '../../peers/cellgate.mjs';
import { LEARNING_RATE } from '../shapes.mjs';

const LAYERS = { lstm: LSTM, gru: GRU };

function load({ cell, steps, batch, inputSize, hiddenSize }, { parameters, x, y }) {
  const layer = new LAYERS[cell]({ inputSize, hiddenSize, bias: false });
  const shapes = layer.stateDict();
  layer.loadStateDict(
    Object.fromEntries(
      Object.entries(parameters).map(([name, data]) => [name, tensor(data, shapes[name].shape)]),
    ),
  );
  const model = new Sequential([layer]);
  const inputs = tensor(x, [batch, steps, inputSize]);
  const targets = tensor(y, [batch, hiddenSize]);
  let trainer;
  return {
    prepare() {
      trainer ??= model.trainer({ loss: 'mse', optimizer: { kind: 'adam', lr: LEARNING_RATE } });
    },
    step() {
      this.prepare();
      return trainer.step(inputs, targets).loss;
    },
    parameters: () =>
      Object.fromEntries(Object.entries(layer.stateDict()).map(([name, { data }]) => [name, data])),
    close() {
      for (const owner of [trainer, model, layer]) owner?.dispose();
    },
  };
}

/** @param isa left out, the best */
export async function open(backend, isa) {
  const { kind, isa: chosen } = await init({ backend, ...(isa && { isa }) });
  return { name: `cellgate ${kind} ${chosen}`, version, isa: chosen, load };
}
