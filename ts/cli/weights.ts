/** Weights of a model by layer and gate. */
import { internals, type LayerInfo, type Module, type StateDict } from '../module.js';
import type { Tensor } from '../tensor.js';

/** Rows of a recurrent layer's parameters, one block per gate, in PyTorch's order. */
const GATES: Readonly<Record<string, readonly string[]>> = {
  LSTM: ['input', 'forget', 'candidate', 'output'],
  GRU: ['reset', 'update', 'candidate'],
  RNN: ['hidden'],
};

/** Parts of a parameter: of each gate, or the whole. */
export interface Part {
  /** Such as `1.weight_ih_l0`. */
  readonly parameter: string;
  /** The gate; undefined for what has none. */
  readonly gate: string | undefined;
  readonly values: Float32Array;
}

/** Gates of a layer that have weights. */
function gatesOf({ kind, options = {} }: LayerInfo): readonly string[] {
  const absent = [
    options.coupled === true || options.inputGate === false ? 'input' : '',
    options.forgetGate === false ? 'forget' : '',
    options.outputGate === false ? 'output' : '',
  ];
  return (GATES[kind] ?? []).filter((gate) => !absent.includes(gate));
}

const BY_GATE = /^(?:weight|bias)_(?:ih|hh)_l\d+(?:_reverse)?$/;

function partsOf(name: string, own: string, { shape, data }: Tensor, gates: readonly string[]): Part[] {
  const isCut = BY_GATE.test(own) && gates.length > 0 && (shape[0] as number) % gates.length === 0;
  if (!isCut) return [{ parameter: name, gate: undefined, values: data }];
  const length = data.length / gates.length;
  return gates.map((gate, index) => ({
    parameter: name,
    gate,
    values: data.subarray(index * length, (index + 1) * length),
  }));
}

/** The parts of every parameter of a layer of a model. */
export function partsOfLayer(layer: Module, index: number, dict: StateDict): Part[] {
  const gates = gatesOf(internals(layer).info);
  const prefix = `${index}.`;
  return Object.entries(dict)
    .filter(([name]) => name.startsWith(prefix))
    .flatMap(([name, tensor]) => partsOf(name, name.slice(prefix.length), tensor, gates));
}
