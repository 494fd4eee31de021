import type { Activation } from './types.js';

const clampUnit = (x: number): number => Math.min(Math.max(x, 0), 1);

export function activate(activation: Activation, x: number): number {
  if (typeof activation === 'object') return clampUnit(activation.alpha * x + activation.beta);
  switch (activation) {
    case 'sigmoid':
      return 1 / (1 + Math.exp(-x));
    case 'hardSigmoid':
      return clampUnit(x / 6 + 0.5);
    case 'tanh':
      return Math.tanh(x);
    case 'relu':
      return Math.max(x, 0);
    case 'softsign':
      return x / (1 + Math.abs(x));
    case 'identity':
      return x;
  }
}

export function activateAll(activation: Activation, values: readonly number[]): number[] {
  return values.map((value) => activate(activation, value));
}
