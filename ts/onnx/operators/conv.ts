/** Convolution over time: windows of the input as rows, through a fully connected layer per group. */

import { sizes } from '../../errors.js';
import { Linear } from '../../linear.js';
import { wrap } from '../../tensor.js';
import { copier } from '../copy.js';
import { NodeLayer, runLayer } from '../layers.js';
import type { NodeReader } from '../node-reader.js';
import type { Plan } from '../plan.js';
import { permuted, type Value } from '../value.js';
import type { Operators } from './operator.js';

interface ConvOptions {
  readonly autoPad: 'NOTSET' | 'VALID' | 'SAME_UPPER' | 'SAME_LOWER';
  readonly dilation: number;
  readonly groups: number;
  readonly pads: readonly [before: number, after: number];
  readonly stride: number;
}

/** Each group is a layer. */
const MAX_GROUPS = 1024;

/** An attribute with a number per axis, of which there is one. */
function single(node: NodeReader, name: string): number {
  const [value = 1, ...more] = node.ints(name) ?? [];
  if (value < 1 || more.length > 0) node.unsupported(`${name} of other than one axis`);
  return value;
}

function readOptions(node: NodeReader): ConvOptions {
  const [before = 0, after = 0, ...more] = node.ints('pads') ?? [];
  if (before < 0 || after < 0 || more.length > 0) node.unsupported('pads of other than one axis');
  const groups = node.int('group', 1);
  if (!(groups >= 1 && groups <= MAX_GROUPS)) node.unsupported(`group = ${groups}`);
  node.ignore('kernel_shape');
  return {
    autoPad: node.word('auto_pad', ['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER']),
    dilation: single(node, 'dilations'),
    groups,
    pads: [before, after],
    stride: single(node, 'strides'),
  };
}

/** Zeros before and after, so that with SAME_* each window of a stride has its output. */
function padsFor(
  { autoPad, pads, stride }: ConvOptions,
  length: number,
  reach: number,
): readonly [number, number] {
  if (autoPad === 'NOTSET') return pads;
  if (autoPad === 'VALID') return [0, 0];
  const total = Math.max((Math.ceil(length / stride) - 1) * stride + reach - length, 0);
  const less = Math.floor(total / 2);
  return autoPad === 'SAME_UPPER' ? [less, total - less] : [total - less, less];
}

/** The filters of a group as rows [taps, channels], the order of windows. */
function linearOf(plan: Plan, weight: Value, bias: Value | undefined, groups: number, group: number): Linear {
  const [filters, channels, taps] = weight.shape as [number, number, number];
  const outputSize = filters / groups;
  const inputSize = taps * channels;
  const rows = plan.floats('W', permuted(weight, [0, 2, 1]));
  const linear = new Linear({ inputSize, outputSize, bias: bias !== undefined });
  const part = (values: Float32Array, count: number): Float32Array<ArrayBuffer> =>
    values.slice(group * count, (group + 1) * count);
  linear.loadStateDict({
    weight: wrap(part(rows, outputSize * inputSize), [outputSize, inputSize]),
    ...(bias && { bias: wrap(part(plan.floats('B', bias), outputSize), [outputSize]) }),
  });
  return linear;
}

/** The input with zeros around it, [batch, time, channels]. */
function padded(plan: Plan, x: Value, [before, after]: readonly [number, number]): Value {
  const turned = permuted(x, [0, 2, 1]);
  if (before === 0 && after === 0) return plan.rowMajor(turned);
  const [batch, length, channels] = turned.shape as [number, number, number];
  const place = plan.make('float32', [batch, length + before + after, channels]);
  plan.run(copier(turned, place.data, before * channels, place.strides));
  return place;
}

/** Copies the channels of a group at each tap of each window side by side. */
function windows(
  plan: Plan,
  x: Value,
  first: number,
  channels: number,
  taps: number,
  outputs: number,
  options: ConvOptions,
): Value {
  const [batch] = x.shape as [number];
  const [ofBatch, ofTime] = x.strides as [number, number];
  const view: Value = {
    ...x,
    shape: [batch, outputs, taps, channels],
    strides: [ofBatch, options.stride * ofTime, options.dilation * ofTime, 1],
    offset: x.offset + first,
  };
  return plan.rowMajor(view);
}

export const CONV: Operators = {
  Conv: {
    inputs: [2, 3],
    isLayer: true,
    prepare(node) {
      const options = readOptions(node);
      const { dilation, groups, stride } = options;
      const layers = Array.from({ length: Math.min(groups, MAX_GROUPS) }, () => new NodeLayer());
      return (plan, inputs) => {
        const [x, weight, bias] = inputs as [Value, Value, Value | undefined];
        if (x.shape.length !== 3)
          plan.fail('unsupported', 'X must be [batch, channels, time]', sizes(x.shape));
        if (weight.shape.length !== 3) plan.fail('shape', 'W must have three axes', sizes(weight.shape));
        if (!weight.isKnown || bias?.isKnown === false)
          plan.fail('unsupported', 'W and B must be constants', 'computed ones');
        const [batch, channels, length] = x.shape as [number, number, number];
        const [filters, own, taps] = weight.shape as [number, number, number];
        if (own * groups !== channels || filters % groups !== 0 || filters * own * taps === 0) {
          plan.fail('shape', `W must fit ${channels} channels in ${groups} groups`, sizes(weight.shape));
        }
        if (bias && (bias.shape.length !== 1 || bias.shape[0] !== filters)) {
          plan.fail('shape', `B must be [${filters}]`, sizes(bias.shape));
        }
        const reach = (taps - 1) * dilation + 1;
        const pads = padsFor(options, length, reach);
        const outputs = Math.max(Math.floor((length + pads[0] + pads[1] - reach) / stride) + 1, 0);
        const from = padded(plan, x, pads);
        const y = plan.make('float32', [batch, outputs, filters]);
        const size = filters / groups;
        for (const [group, layer] of layers.entries()) {
          const raw = layer.raw(plan, [weight, bias], () => linearOf(plan, weight, bias, groups, group));
          const rows = windows(plan, from, group * own, own, taps, outputs, options);
          const part = groups === 1 ? y : plan.make('float32', [batch, outputs, size]);
          runLayer(plan, raw, plan.floats('X', rows), [batch * outputs, taps * own], part.data as never);
          if (groups > 1) plan.run(copier(part, y.data, group * size, y.strides));
        }
        return [permuted(y, [0, 2, 1])];
      };
    },
  },
};
