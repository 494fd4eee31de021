/**
 * r = gate(W_r x + b_r + U_r h + d_r), z = gate(W_z x + b_z + U_z h + d_z)
 * reset after:  n = act(W_n x + b_n + r * (U_n h + d_n))
 * reset before: n = act(W_n x + b_n + U_n (r * h) + d_n)
 * keep:  h' = (1 - z) * n + z * h
 * write: h' = (1 - z) * h + z * n
 */

import { activateAll } from './activations.js';
import { add, at, clamp, multiply, times, vector, zeros } from './arithmetic.js';
import { block, required } from './parameters.js';
import type { GruOptions, Parameters, Step } from './types.js';

const RESET = 0;
const UPDATE = 1;
const CANDIDATE = 2;

export function gruStep(p: Parameters, options: GruOptions, x: number[], h: number[]): Step {
  const { hiddenSize, bias = true, resetAfter = true, updateGate = 'keep', clip } = options;
  const gate = options.activations?.gate ?? 'sigmoid';
  const act = options.activations?.cell ?? 'tanh';
  const part = (values: readonly number[], index: number) => block(values, index, hiddenSize);
  const b = bias ? vector(required(p, 'bias_ih')) : zeros(3 * hiddenSize);
  const d = bias ? vector(required(p, 'bias_hh')) : zeros(3 * hiddenSize);

  const wx = add(multiply(required(p, 'weight_ih'), x), b);
  const uh = add(multiply(required(p, 'weight_hh'), h), d);
  const reset = activateAll(gate, clamp(add(part(wx, RESET), part(uh, RESET)), clip));
  const update = activateAll(gate, clamp(add(part(wx, UPDATE), part(uh, UPDATE)), clip));
  const recurrent = resetAfter
    ? times(reset, part(uh, CANDIDATE))
    : part(add(multiply(required(p, 'weight_hh'), times(reset, h)), d), CANDIDATE);
  const candidate = activateAll(act, clamp(add(part(wx, CANDIDATE), recurrent), clip));

  const hidden = update.map((z, unit) => {
    const n = at(candidate, unit);
    const old = at(h, unit);
    return updateGate === 'keep' ? (1 - z) * n + z * old : (1 - z) * old + z * n;
  });
  return { reset, update, candidate, hidden };
}
