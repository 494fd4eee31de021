/** Convolution over time. */

import { Conv1d, windowsIn } from '../../conv1d.js';
import { sizes } from '../../errors.js';
import { countOf, wrap } from '../../tensor.js';
import { type Made, NodeLayer, runLayer } from '../layers.js';
import type { NodeReader } from '../node-reader.js';
import type { Plan } from '../plan.js';
import { isSameList, permuted, type Value } from '../value.js';
import { planAffine } from './matmul.js';
import type { Operators } from './operator.js';

type Pads = readonly [before: number, behind: number];

interface ConvOptions {
  readonly autoPad: 'NOTSET' | 'VALID' | 'SAME_UPPER' | 'SAME_LOWER';
  readonly dilation: number;
  readonly groups: number;
  /** Steps of the window, as the node says; W has them, too. */
  readonly kernelShape: readonly number[] | undefined;
  readonly pads: Pads;
  readonly stride: number;
}

/** An attribute with a number per axis, of which there is one. */
function single(node: NodeReader, name: string): number {
  const [value = 1, ...more] = node.ints(name) ?? [];
  if (value < 1 || more.length > 0) node.unsupported(`${name} of other than one axis`);
  return value;
}

function readOptions(node: NodeReader): ConvOptions {
  const [before = 0, behind = 0, ...more] = node.ints('pads') ?? [];
  if (before < 0 || behind < 0 || more.length > 0) node.unsupported('pads of other than one axis');
  const groups = node.int('group', 1);
  if (groups < 1) node.unsupported(`group = ${groups}`);
  return {
    autoPad: node.word('auto_pad', ['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER']),
    dilation: single(node, 'dilations'),
    groups,
    kernelShape: node.ints('kernel_shape'),
    pads: [before, behind],
    stride: single(node, 'strides'),
  };
}

function layerOf(
  plan: Plan,
  weight: Value,
  bias: Value | undefined,
  { dilation, groups, stride }: ConvOptions,
  padding: Pads,
): Made {
  const [outputSize, own, kernelSize] = weight.shape as [number, number, number];
  const parameters = {
    weight: wrap(plan.floats('W', weight), [...weight.shape]),
    ...(bias && { bias: wrap(plan.floats('B', bias), [outputSize]) }),
  };
  const module = new Conv1d({
    inputSize: own * groups,
    outputSize,
    kernelSize,
    stride,
    padding,
    dilation,
    groups,
    bias: bias !== undefined,
  });
  return { module, parameters };
}

/** Zeros around a sequence; where they are even, each window of a stride has its output. */
function padsOf({ autoPad, pads, stride }: ConvOptions, length: number, window: number): Pads {
  if (autoPad === 'NOTSET') return pads;
  if (autoPad === 'VALID') return [0, 0];
  const total = Math.max((Math.ceil(length / stride) - 1) * stride + window - length, 0);
  const less = Math.floor(total / 2);
  return autoPad === 'SAME_UPPER' ? [less, total - less] : [total - less, less];
}

function checkWeights(
  plan: Plan,
  channels: number,
  { groups, kernelShape }: ConvOptions,
  weight: Value,
  bias: Value | undefined,
): void {
  if (!weight.isKnown || bias?.isKnown === false) {
    plan.fail('unsupported', 'W and B must be constants', 'computed ones');
  }
  const [filters, own] = weight.shape as [number, number];
  const fits = weight.shape.length === 3 && own * groups === channels && filters % groups === 0;
  if (!fits || countOf(weight.shape) === 0) {
    plan.fail('shape', `W must fit ${channels} channels in ${groups} groups`, sizes(weight.shape));
  }
  if (kernelShape && !isSameList(kernelShape, weight.shape.slice(2))) {
    plan.fail('shape', `W must have the window of kernel_shape ${sizes(kernelShape)}`, sizes(weight.shape));
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== filters)) {
    plan.fail('shape', `B must be [${filters}]`, sizes(bias.shape));
  }
}

export const CONV: Operators = {
  Conv: {
    inputs: [2, 3],
    isLayer: true,
    prepare(node) {
      const options = readOptions(node);
      const { dilation, stride } = options;
      const layer = new NodeLayer();
      return (plan, inputs) => {
        const [given, weight, bias] = inputs as [Value, Value, Value | undefined];
        if (given.shape.length !== 3) {
          plan.fail('unsupported', 'X must be [batch, channels, time]', sizes(given.shape));
        }
        const [batch, channels, length] = given.shape as [number, number, number];
        checkWeights(plan, channels, options, weight, bias);
        const [filters, , taps] = weight.shape as [number, number, number];
        const window = (taps - 1) * dilation + 1;
        const x = permuted(given, [0, 2, 1]);
        const pads = padsOf(options, length, window);
        const padded = length + pads[0] + pads[1];
        plan.reserve(4 * batch * padded * channels);
        const steps = length === 0 ? 0 : windowsIn(padded, window, stride);
        if (steps === 0)
          plan.fail('shape', `X and its pads must have the ${window} steps of a window`, sizes(given.shape));
        if (window === 1 && stride === 1 && options.groups === 1 && steps === length) {
          const by = { names: ['X', 'W', 'B'], weight: permuted(weight, [1, 0]), bias } as const;
          return [permuted(planAffine(plan, layer, x, by), [0, 2, 1])];
        }
        const y = plan.make('float32', [batch, steps, filters]);
        const make = () => layerOf(plan, weight, bias, options, pads);
        const module = layer.module(plan, [weight, bias], make, String(pads));
        runLayer(plan, module, plan.floats('X', x), x.shape, y);
        return [permuted(y, [0, 2, 1])];
      };
    },
  },
};
