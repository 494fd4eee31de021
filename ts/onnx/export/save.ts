/** Layers and models as ONNX files. */

import { describe, fail } from '../../errors.js';
import { checkUnmasked } from '../../keras/masked.js';
import { internals, type LayerInfo, Module, type StateDict } from '../../module.js';
import { givesEveryStep, networkOf, takesTime } from '../../network.js';
import type { NonlinearityKind } from '../../nonlinearity.js';
import { flag, readOptions } from '../../options.js';
import type { CellKind } from '../gates.js';
import { writeMessage } from '../proto/writer.js';
import { onnxActivation } from './activations.js';
import { type Dimension, float, GraphBuilder, int, ints, type PortInfo } from './builder.js';
import { addRecurrent, inexpressible, type RecurrentOptions } from './recurrent.js';

/** Options of {@link saveOnnx}. */
export interface SaveOnnxOptions {
  /** Whether the initial state of recurrent layers is an input, and the final one an output; false if left out. */
  state?: boolean | undefined;
}

const WHERE = 'saveOnnx';
/** Old enough for every reader, new enough for every operator. */
const VERSIONS = { ir: 8n, opset: 17n };

/** A value on its way through the layers. */
interface Flow {
  readonly name: string;
  /** Axes before the values of a step: both, time first or last, or the batch alone. */
  readonly lead: 'batch, time' | 'time, batch' | 'batch';
}

/** What a layer is added to. */
interface Target {
  readonly builder: GraphBuilder;
  readonly dict: StateDict;
  readonly hasState: boolean;
  /** States to be outputs, behind that of the last layer. */
  readonly finals: { readonly port: PortInfo; readonly value: string }[];
}

type Options = Readonly<Record<string, unknown>>;

/** A layer of a model, or one by itself, whose names have no number before them. */
interface Place {
  readonly info: LayerInfo;
  readonly prefix: string;
  /** Whether a layer by itself or one along time follows, or every step is asked for. */
  readonly handsOnSteps: boolean;
  readonly isAlone: boolean;
}

function inLead(builder: GraphBuilder, { name, lead }: Flow, wanted: Flow['lead']): string {
  return lead === wanted ? name : builder.transpose(name, [1, 0, 2]);
}

function weightOf({ builder, dict }: Target, name: string): string {
  const tensor = dict[name];
  if (tensor === undefined) throw new TypeError(`no ${name}`);
  return builder.weight(name, tensor.shape, tensor.data);
}

function addLinear(target: Target, { prefix }: Place, { name, lead }: Flow): Flow {
  const { builder, dict } = target;
  const turned = builder.transpose(weightOf(target, `${prefix}weight`), [1, 0]);
  const product = builder.node('MatMul', [name, turned]);
  const bias = `${prefix}bias`;
  return { name: bias in dict ? builder.node('Add', [product, weightOf(target, bias)]) : product, lead };
}

function addEmbedding(target: Target, { prefix }: Place, { name, lead }: Flow): Flow {
  return { name: target.builder.node('Gather', [weightOf(target, `${prefix}weight`), name]), lead };
}

function addConv(target: Target, { info, prefix }: Place, flow: Flow): Flow {
  const { builder, dict } = target;
  const {
    stride = 1,
    padding = 0,
    dilation = 1,
    groups = 1,
  } = info.options as {
    stride?: number;
    padding?: number | [number, number];
    dilation?: number;
    groups?: number;
  };
  const x = builder.transpose(inLead(builder, flow, 'batch, time'), [0, 2, 1]);
  const bias = `${prefix}bias`;
  const inputs = [x, weightOf(target, `${prefix}weight`), ...(bias in dict ? [weightOf(target, bias)] : [])];
  const y = builder.node('Conv', inputs, {
    strides: ints([stride]),
    pads: ints(typeof padding === 'number' ? [padding, padding] : padding),
    dilations: ints([dilation]),
    group: int(groups),
  });
  return { name: builder.transpose(y, [0, 2, 1]), lead: 'batch, time' };
}

function addLayerNorm(target: Target, { info, prefix }: Place, { name, lead }: Flow): Flow {
  const { epsilon = 1e-5 } = info.options as { epsilon?: number };
  const [scale, shift] = ['weight', 'bias'].map((own) => weightOf(target, `${prefix}${own}`));
  const inputs = [name, scale as string, shift as string];
  const attributes = { axis: int(-1), epsilon: float(epsilon) };
  return { name: target.builder.node('LayerNormalization', inputs, attributes), lead };
}

/** One of the two halves of every row. */
function addMerge({ builder }: Target, { info }: Place, { name, lead }: Flow): Flow {
  const { mode } = info.options as { mode: 'sum' | 'average' | 'product' };
  const half = info.outputSize ?? 0;
  const halves = builder.nodes('Split', [name, builder.integers([half, half])], 2, { axis: int(-1) });
  const merged = builder.node(mode === 'product' ? 'Mul' : 'Add', halves);
  if (mode !== 'average') return { name: merged, lead };
  return {
    name: builder.node('Mul', [merged, builder.weight(`${merged}:half`, [], Float32Array.of(0.5))]),
    lead,
  };
}

function addNonlinearity({ builder }: Target, { info }: Place, { name, lead }: Flow): Flow {
  const { activation } = info.options as { activation: NonlinearityKind };
  if (activation === 'softmax') return { name: builder.node('Softmax', [name], { axis: int(-1) }), lead };
  const { name: opType, alpha, beta } = onnxActivation(activation);
  if (opType === 'Affine') return { name, lead };
  const scaling = alpha !== undefined && beta !== undefined && { alpha: float(alpha), beta: float(beta) };
  return { name: builder.node(opType, [name], scaling || {}), lead };
}

const STATE_NAMES = ['h', 'c'] as const;

function addCell(target: Target, { info, prefix, handsOnSteps, isAlone }: Place, flow: Flow): Flow {
  const { builder, hasState, dict, finals } = target;
  const { rows = 0, hidden = 0, cell = 0 } = info.state ?? {};
  const names = STATE_NAMES.slice(0, cell > 0 ? 2 : 1);
  const shape: Dimension[] = [rows, 'batch', hidden];
  const port = (name: string) => ({ name: `${prefix}${name}`, dtype: 'float32', shape }) as const;
  const initial = hasState ? names.map((name) => builder.input(port(name))) : [];
  const x = inLead(builder, flow, 'time, batch');
  const kind = info.kind as CellKind;
  const result = addRecurrent(
    builder,
    kind,
    info.options as unknown as RecurrentOptions,
    prefix,
    dict,
    x,
    initial,
  );
  if (hasState || isAlone) {
    for (const [at, name] of names.entries()) {
      finals.push({ port: port(`${name}_n`), value: result.state[at] as string });
    }
  }
  if (handsOnSteps) return { name: result.steps, lead: 'time, batch' };
  // The last of each direction, side by side.
  return { name: builder.reshape(builder.transpose(result.last, [1, 0, 2]), [0, -1]), lead: 'batch' };
}

type Adder = (target: Target, place: Place, flow: Flow) => Flow;

/** How a layer is added, by kind. */
const ADDERS: Readonly<Record<string, Adder>> = {
  RNN: addCell,
  LSTM: addCell,
  GRU: addCell,
  Linear: addLinear,
  Embedding: addEmbedding,
  Conv1d: addConv,
  LayerNorm: addLayerNorm,
  Merge: addMerge,
  Nonlinearity: addNonlinearity,
  // Acts in training only.
  Dropout: (_target, _place, flow) => flow,
};

function faultsOf({ kind, state, options = {} }: LayerInfo): string[] {
  if (!Object.hasOwn(ADDERS, kind)) return [kind];
  return state === undefined
    ? []
    : inexpressible(options as Options).map((option) => `${kind} with ${option}`);
}

function placesOf(info: LayerInfo): Place[] {
  const isAlone = info.layers === undefined;
  const infos = info.layers ?? [info];
  return infos.map((own, at) => ({
    info: own,
    prefix: isAlone ? '' : `${at}.`,
    handsOnSteps: isAlone || givesEveryStep(own) || infos.slice(at + 1).some(takesTime),
    isAlone,
  }));
}

/** Sizes of the axes before the values of a step. */
function leadOf(lead: Flow['lead'], convolves: boolean): Dimension[] {
  return lead === 'batch' ? ['batch'] : ['batch', convolves ? 'steps' : 'time'];
}

/**
 * A layer or model as an ONNX file. The input is `x`, as `forward` or `predict` take it (of fully connected layers alone
 * `[batch, inputSize]`), the output `output`; sizes of batch and time are open. A recurrent layer by itself gives its
 * final state as `h_n` and, for an LSTM, `c_n`; with `state`, every recurrent layer does, and takes the initial one as `h` and
 * `c`, behind the number of the layer in a model: `1.h`.
 *
 * @param module RNN, LSTM, GRU, Linear, Embedding, Conv1d, LayerNorm, Merge, Nonlinearity, Dropout, or a Sequential of them
 * @throws CellgateError `unsupported` with every layer and option that ONNX cannot say, and for a model with a mask; `value`
 * for anything but a layer or model; `disposed` after its `dispose()`
 *
 * @example
 * ```ts
 * import { GRU, Linear, Sequential, tensor } from 'cellgate';
 * import { loadOnnx, saveOnnx } from 'cellgate/onnx';
 *
 * const model = new Sequential([
 *   new GRU({ inputSize: 2, hiddenSize: 8 }),
 *   new Linear({ inputSize: 8, outputSize: 1 }),
 * ]);
 * const bytes = saveOnnx(model); // writeFile('model.onnx', bytes)
 * const { output } = loadOnnx(bytes).run({ x: tensor([[[1, 2], [3, 4]]]) });
 * console.log(output?.shape); // [ 1, 1 ]
 * ```
 */
export function saveOnnx(module: Module, options?: SaveOnnxOptions): Uint8Array<ArrayBuffer> {
  if (!(module instanceof Module)) fail('value', WHERE, 'module must be a layer or model', describe(module));
  checkUnmasked(WHERE, module);
  const { state: hasState } = readOptions(WHERE, options, { state: flag(false) });
  const { info } = internals(module);
  const places = placesOf(info);
  const faults = places.flatMap((place) => faultsOf(place.info));
  if (faults.length > 0) {
    fail('unsupported', WHERE, 'every layer and option must be one that ONNX has', faults.join('; '));
  }
  const builder = new GraphBuilder();
  const target: Target = { builder, dict: module.stateDict(), hasState, finals: [] };
  const { dtype, inputSize, hasTime, convolves } = networkOf(info);
  const isIds = dtype === 'int32';
  const lead = hasTime || isIds ? 'batch, time' : 'batch';
  const values: Dimension[] = isIds ? [] : [inputSize ?? 'size'];
  const x = builder.input({ name: 'x', dtype, shape: [...leadOf(lead, false), ...values] });
  let flow: Flow = { name: x, lead };
  for (const place of places) flow = (ADDERS[place.info.kind] as Adder)(target, place, flow);
  const outputLead: Flow['lead'] = flow.lead === 'batch' ? 'batch' : 'batch, time';
  const shape = [...leadOf(outputLead, convolves), networkOf(info).outputSize ?? 'size'];
  builder.output({ name: 'output', dtype: 'float32', shape }, inLead(builder, flow, outputLead));
  for (const { port, value } of target.finals) builder.output(port, value);
  return writeMessage('ModelProto', {
    irVersion: VERSIONS.ir,
    producerName: 'cellgate',
    opsetImport: [{ domain: '', version: VERSIONS.opset }],
    graph: builder.graph(info.kind),
  });
}
