/** What a layer or model takes and gives as a whole: for the calls that run it. */

import type { DType } from './buffers.js';
import type { LayerInfo } from './module.js';
import type { Shape } from './shape-types.js';
import type { StateLayout } from './state.js';

export interface Network {
  /** Begins the `where` of errors. */
  readonly name: string;
  readonly dtype: DType;
  /** Ids are below; undefined where the input is no ids. */
  readonly vocabularySize: number | undefined;
  /** Values per step; undefined for layers that change no sizes. */
  readonly inputSize: number | undefined;
  readonly outputSize: number | undefined;
  /** One per recurrent layer. */
  readonly layouts: readonly StateLayout[];
  /** Whether a recurrent layer reads from the end. */
  readonly readsBack: boolean;
  /** Whether a layer sees windows of time. */
  readonly convolves: boolean;
  /** Whether the input has a time axis, behind the batch's. */
  readonly hasTime: boolean;
  /** Steps that convolutions make of so many. */
  readonly stepsBehind: (steps: number) => number;
  /** Whether the output has it, too. */
  readonly givesSteps: boolean;
  /** Of a recurrent layer by itself, which takes a state and can have the time axis first. */
  readonly layout: StateLayout | undefined;
}

/** Whether a layer goes along the time axis. */
export function takesTime({ state, steps }: LayerInfo): boolean {
  return state !== undefined || steps !== undefined;
}

/** The network of a layer by itself, which gives every step, or of a model. */
export function networkOf(info: LayerInfo): Network {
  const infos = info.layers ?? [info];
  const first = infos.find(({ dtype }) => dtype !== undefined);
  const recurrent = infos.filter(({ state }) => state !== undefined);
  const convolutions = infos.flatMap(({ steps }) => steps ?? []);
  const last = infos.findLast(takesTime);
  return {
    name: info.name,
    dtype: first?.dtype ?? 'float32',
    vocabularySize: first?.vocabularySize,
    inputSize: first?.inputSize,
    outputSize: infos.findLast(({ outputSize }) => outputSize !== undefined)?.outputSize,
    layouts: recurrent.flatMap(({ state }) => state ?? []),
    readsBack: recurrent.some(({ direction }) => direction !== 'forward'),
    convolves: convolutions.length > 0,
    hasTime: last !== undefined,
    stepsBehind: (steps) => convolutions.reduce((count, behind) => behind(count), steps),
    givesSteps: last !== undefined && (info.layers === undefined || givesEveryStep(last)),
    layout: info.state,
  };
}

/** Whether a layer that goes along time hands on every step, as the last of those in a model. */
export function givesEveryStep({ steps, returnSequences }: LayerInfo): boolean {
  return steps !== undefined || returnSequences === true;
}

/** Shape of the output for an input of a shape. */
export function outputShape(network: Network, shape: Shape): number[] {
  const { outputSize, hasTime, givesSteps, dtype } = network;
  if (outputSize === undefined) return [...shape];
  if (hasTime) {
    const [batch = 0, time = 0] = shape;
    return givesSteps ? [batch, network.stepsBehind(time), outputSize] : [batch, outputSize];
  }
  return [...(dtype === 'int32' ? shape : shape.slice(0, -1)), outputSize];
}
