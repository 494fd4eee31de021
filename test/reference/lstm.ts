/**
 * a = LN(W x) + LN(U h) + b + d, LN only if layerNorm
 * f = gate(a_f + p_f * c), i = gate(a_i + p_i * c) or 1 - f if coupled, g = act(a_g)
 * c' = f * c + i * g
 * o = gate(a_o + p_o * c')
 * h' = W_hr (o * act(LN(c'))), W_hr only if projected
 * An absent gate is 1. `clip` bounds what gates and candidate see, `cellClip` bounds c'.
 */

import { activateAll } from './activations.js';
import { add, at, clamp, layerNorm, multiply, times, vector, zeros } from './arithmetic.js';
import { block, type LstmGate, lstmGates, lstmPeepholes, required } from './parameters.js';
import type { LstmOptions, Parameters, Step } from './types.js';

export function lstmStep(p: Parameters, options: LstmOptions, x: number[], h: number[], c: number[]): Step {
  const { hiddenSize, clip } = options;
  const gates = lstmGates(options);
  const peepholes = lstmPeepholes(options);
  const gateActivation = options.activations?.gate ?? 'sigmoid';

  const norm = (values: number[], part: string) =>
    options.layerNorm
      ? layerNorm(values, required(p, `norm_${part}_weight`), required(p, `norm_${part}_bias`))
      : values;
  const wx = norm(multiply(required(p, 'weight_ih'), x), 'ih');
  const uh = norm(multiply(required(p, 'weight_hh'), h), 'hh');
  const biases = (options.bias ?? true) ? [required(p, 'bias_ih'), required(p, 'bias_hh')] : [];
  const a = add(wx, uh, ...biases.map(vector));

  const preActivation = (gate: LstmGate) => block(a, gates.indexOf(gate), hiddenSize);
  const peephole = (gate: LstmGate, seen: number[]) =>
    peepholes.includes(gate)
      ? times(block(vector(required(p, 'peephole')), peepholes.indexOf(gate), hiddenSize), seen)
      : zeros(hiddenSize);
  const gateValue = (gate: LstmGate, seen: number[]) =>
    gates.includes(gate)
      ? activateAll(gateActivation, clamp(add(preActivation(gate), peephole(gate, seen)), clip))
      : new Array<number>(hiddenSize).fill(1);

  const forget = gateValue('f', c);
  const input = options.coupled ? forget.map((f) => 1 - f) : gateValue('i', c);
  const candidate = activateAll(options.activations?.cell ?? 'tanh', clamp(preActivation('g'), clip));
  const cell = clamp(
    c.map((old, unit) => at(forget, unit) * old + at(input, unit) * at(candidate, unit)),
    options.cellClip,
  );
  const output = gateValue('o', cell);
  const shown = times(output, activateAll(options.activations?.output ?? 'tanh', norm(cell, 'c')));
  const hidden = options.projectionSize === undefined ? shown : multiply(required(p, 'weight_hr'), shown);
  return { input, forget, candidate, output, cell, hidden };
}
