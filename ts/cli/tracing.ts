/** The recurrent layers inside a model while it reads a sequence. */
import { CellgateError, fail } from '../errors.js';
import { checkUnmasked } from '../keras/masked.js';
import { internals, type Module } from '../module.js';
import type { TracedTensors } from '../plot/gates.js';
import type { Sequential } from '../sequential.js';
import type { Tensor } from '../tensor.js';

/** A recurrent layer that was traced. */
export interface Traced {
  /** `1  LSTM`, and its number among stacked ones. */
  readonly name: string;
  readonly tensors: TracedTensors;
}

interface AnyLayer extends Module {
  forward?(x: Tensor): Tensor | { readonly output: Tensor };
  trace?(x: Tensor): { readonly layers: readonly TracedTensors[] };
}

/** Every recurrent layer of a model, in order; x is what `predict` takes. */
export function traceModel(model: Sequential, x: Tensor): Traced[] {
  checkUnmasked('trace', model);
  const traced: Traced[] = [];
  let value = x;
  for (const [index, layer] of (model.layers as readonly AnyLayer[]).entries()) {
    const { kind } = internals(layer).info;
    if (layer.trace) {
      const { layers } = layer.trace(value);
      const name = (stacked: number): string =>
        `${index}  ${kind}${layers.length > 1 ? `, layer ${stacked + 1} of ${layers.length}` : ''}`;
      layers.forEach((tensors, stacked) => {
        traced.push({ name: name(stacked), tensors });
      });
    }
    if (!layer.forward) fail('unsupported', 'trace', 'layers must run by themselves', kind);
    const result = layer.forward(value);
    value = 'output' in result ? result.output : result;
  }
  if (traced.length === 0)
    throw new CellgateError('unsupported', 'trace', 'the model must have a recurrent layer', 'none');
  return traced;
}
