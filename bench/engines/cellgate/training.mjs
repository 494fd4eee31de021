/** cellgate: a step of a trainer, which also hands the new weights to the model. */

import { LEARNING_RATE } from '../../training/works.mjs';
import { makeLayer, openCellgate } from './open.mjs';

export async function open(backend, isa, root) {
  const { cellgate, about } = await openCellgate(backend, isa, root);
  const { Sequential, tensor } = cellgate;
  const load = ({ cell, steps, batch, inputSize, hiddenSize }, { parameters, x, y }) => {
    const layer = makeLayer(cellgate, cell, { inputSize, hiddenSize, bias: false }, parameters);
    const model = new Sequential([layer]);
    const inputs = tensor(x, [batch, steps, inputSize]);
    const targets = tensor(y, [batch, hiddenSize]);
    let trainer;
    const step = () => {
      trainer ??= model.trainer({ loss: 'mse', optimizer: { kind: 'adam', lr: LEARNING_RATE } });
      return trainer.step(inputs, targets).loss;
    };
    return {
      run(count) {
        for (let call = 0; call < count; call++) step();
      },
      answer(count) {
        const losses = Float32Array.from({ length: count }, step);
        const updated = Object.entries(layer.stateDict()).map(([name, { data }]) => [name, data]);
        return { losses, ...Object.fromEntries(updated) };
      },
      close() {
        for (const owner of [trainer, model, layer]) owner?.dispose();
      },
    };
  };
  return { ...about, load };
}
