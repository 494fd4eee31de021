/** The convolution over time, one sum after the other. */

import { at, zeros } from './arithmetic.js';
import { required } from './parameters.js';
import type { Parameters, Values } from './types.js';

export interface Conv1dOptions {
  inputSize: number;
  outputSize: number;
  kernelSize: number;
  stride?: number;
  padding?: number | [number, number];
  dilation?: number;
  groups?: number;
  bias?: boolean;
  seed?: number;
}

/** Windows of a sequence of `steps` steps; none of an empty one. */
export function convolvedSteps(options: Conv1dOptions, steps: number): number {
  const { kernelSize, stride = 1, padding = 0, dilation = 1 } = options;
  const [before, behind] = typeof padding === 'number' ? [padding, padding] : padding;
  const last = steps + before + behind - dilation * (kernelSize - 1) - 1;
  return steps === 0 || last < 0 ? 0 : Math.floor(last / stride) + 1;
}

/** x [batch, time, inputSize] -> [batch, steps, outputSize]; zeros past the end of each sequence */
export function conv1d(
  options: Conv1dOptions,
  parameters: Parameters,
  x: Values,
  lengths?: readonly number[],
): Values {
  const { outputSize, kernelSize, stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const before = typeof padding === 'number' ? padding : padding[0];
  const [batch = 0, time = 0, inputSize = 0] = x.shape;
  const weight = required(parameters, 'weight');
  const bias = Object.hasOwn(parameters, 'bias') ? required(parameters, 'bias') : undefined;
  const [ins, outs] = [inputSize / groups, outputSize / groups];
  const steps = convolvedSteps(options, time);
  const data = zeros(batch * steps * outputSize);
  for (let b = 0; b < batch; b++) {
    const length = lengths ? at(lengths, b) : time;
    for (let t = 0; t < convolvedSteps(options, length); t++) {
      for (let output = 0; output < outputSize; output++) {
        let sum = bias ? at(bias.data, output) : 0;
        const first = Math.floor(output / outs) * ins;
        for (let k = 0; k < kernelSize; k++) {
          const from = t * stride + k * dilation - before;
          if (from < 0 || from >= length) continue;
          for (let input = 0; input < ins; input++) {
            const value = at(x.data, (b * time + from) * inputSize + first + input);
            sum += at(weight.data, (output * ins + input) * kernelSize + k) * value;
          }
        }
        data[(b * steps + t) * outputSize + output] = sum;
      }
    }
  }
  return { shape: [batch, steps, outputSize], data };
}
