/** Activations by ONNX's names. */

import type { Activation } from '../../options.js';

export interface OnnxActivation {
  /** The name in recurrent nodes and, but for `Affine`, of the operator. */
  readonly name: string;
  readonly alpha?: number;
  readonly beta?: number;
}

const ACTIVATIONS: Readonly<Record<Extract<Activation, string>, OnnxActivation>> = {
  sigmoid: { name: 'Sigmoid' },
  hardSigmoid: { name: 'HardSigmoid', alpha: 1 / 6, beta: 0.5 },
  tanh: { name: 'Tanh' },
  relu: { name: 'Relu' },
  softsign: { name: 'Softsign' },
  identity: { name: 'Affine', alpha: 1, beta: 0 },
};

export function onnxActivation(activation: Activation): OnnxActivation {
  if (typeof activation === 'string') return ACTIVATIONS[activation];
  return { name: 'HardSigmoid', alpha: activation.alpha, beta: activation.beta };
}
