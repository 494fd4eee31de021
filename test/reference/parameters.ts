/** Names, order and shapes of the parameters of a layer, as `stateDict()` gives them. */

import { at } from './arithmetic.js';
import type { GruOptions, Kind, LstmOptions, OptionsOf, Parameters, RnnOptions, Values } from './types.js';

export type LstmGate = 'i' | 'f' | 'g' | 'o';

export interface NamedShape {
  name: string;
  shape: number[];
}

/** The gates that have weights, in the order of their rows. */
export function lstmGates(options: LstmOptions): LstmGate[] {
  const absent = new Set<LstmGate>();
  if (options.coupled || options.inputGate === false) absent.add('i');
  if (options.forgetGate === false) absent.add('f');
  if (options.outputGate === false) absent.add('o');
  return (['i', 'f', 'g', 'o'] as const).filter((gate) => !absent.has(gate));
}

/** The gates that see the cell, in the order of their rows in `peephole`. */
export function lstmPeepholes(options: LstmOptions): LstmGate[] {
  return options.peephole ? lstmGates(options).filter((gate) => gate !== 'g') : [];
}

function gateCount(kind: Kind, options: LstmOptions): number {
  if (kind === 'LSTM') return lstmGates(options).length;
  return kind === 'GRU' ? 3 : 1;
}

export function directionSuffixes(options: { bidirectional?: boolean }): string[] {
  return options.bidirectional ? ['', '_reverse'] : [''];
}

/** Width of a layer's hidden output in one direction. */
export function hiddenOutputSize(options: LstmOptions | GruOptions | RnnOptions): number {
  return (options as LstmOptions).projectionSize ?? options.hiddenSize;
}

export function parameterShapes<K extends Kind>(kind: K, options: OptionsOf[K]): NamedShape[] {
  const { layers = 1, hiddenSize, inputSize, bias = true } = options;
  const lstm: LstmOptions = kind === 'LSTM' ? options : { inputSize, hiddenSize };
  const rows = gateCount(kind, lstm) * hiddenSize;
  const width = hiddenOutputSize(lstm);
  const suffixes = directionSuffixes(options);
  const result: NamedShape[] = [];
  for (let layer = 0; layer < layers; layer++) {
    const input = layer === 0 ? inputSize : width * suffixes.length;
    for (const suffix of suffixes) {
      const push = (name: string, ...shape: number[]) =>
        result.push({ name: `${name}_l${layer}${suffix}`, shape });
      push('weight_ih', rows, input);
      push('weight_hh', rows, width);
      if (bias) {
        push('bias_ih', rows);
        push('bias_hh', rows);
      }
      const peepholes = lstmPeepholes(lstm);
      if (peepholes.length > 0) push('peephole', peepholes.length, hiddenSize);
      if (lstm.layerNorm) {
        push('norm_ih_weight', rows);
        push('norm_ih_bias', rows);
        push('norm_hh_weight', rows);
        push('norm_hh_bias', rows);
        push('norm_c_weight', hiddenSize);
        push('norm_c_bias', hiddenSize);
      }
      if (lstm.projectionSize !== undefined) push('weight_hr', lstm.projectionSize, hiddenSize);
    }
  }
  return result;
}

/** The parameters of one layer and direction, without the suffix of their names. */
export function layerParameters(parameters: Parameters, suffix: string): Parameters {
  const entries = Object.entries(parameters).filter(([name]) => name.endsWith(suffix));
  return Object.fromEntries(entries.map(([name, values]) => [name.slice(0, -suffix.length), values]));
}

export function required(parameters: Parameters, name: string): Values {
  const values = parameters[name];
  if (values === undefined) throw new RangeError(`no parameter ${name} among ${Object.keys(parameters)}`);
  return values;
}

/** Rows of one gate: block `index` of blocks of `size` values. */
export function block(values: readonly number[], index: number, size: number): number[] {
  return Array.from({ length: size }, (_, unit) => at(values, index * size + unit));
}
