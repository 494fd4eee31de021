/** Models as Keras and TensorFlow.js describe them, read down to a chain of layers. */

import { describe, fail } from '../errors.js';
import { asList, asObject, isObject, type Json } from '../json.js';

/** Values of a weight that have not been read yet. */
export interface StoredWeight {
  readonly name: string;
  readonly shape: readonly number[];
  /** @throws CellgateError `file` for values that are no finite float32 numbers */
  read(where: string): Float32Array<ArrayBuffer>;
}

/** A layer as it is described. */
export interface LayerConfig {
  readonly className: string;
  readonly name: string;
  readonly config: Json;
}

/** The same with its weights, in Keras' order: kernel, recurrent kernel, bias; forward before backward. */
export interface SourceLayer extends LayerConfig {
  readonly weights: readonly StoredWeight[];
}

/** Of a model with more layers nothing here would ever come to an end. */
const MAX_LAYERS = 1000;

/** Refuses a model of more layers than any file here can be meant to have. */
export function checkDepth(where: string, layers: number): void {
  if (layers > MAX_LAYERS)
    fail('unsupported', where, `the model must have at most ${MAX_LAYERS} layers`, `${layers}`);
}

/** A layer's description, also inside another layer's. */
export function readLayer(where: string, place: string, value: unknown): LayerConfig {
  const { class_name: className, config, name } = asObject(where, place, value);
  if (typeof className !== 'string')
    fail('file', where, `${place}.class_name must be a text`, describe(className));
  const options = asObject(where, `${place}.config`, config);
  const own = typeof options.name === 'string' ? options.name : name;
  return { className, name: typeof own === 'string' ? own : className, config: options };
}

/** Where a layer's input comes from, in the forms of Keras 2 and 3; undefined for the first. */
function inputOf(where: string, place: string, nodes: unknown): string | undefined {
  const list = asList(where, `${place}.inbound_nodes`, nodes);
  if (list.length === 0) return undefined;
  const [node] = list;
  const sources = isObject(node) ? node.args : node;
  const [source, ...more] = Array.isArray(sources) ? sources : [];
  const history = isObject(source) && isObject(source.config) ? source.config.keras_history : source;
  const name = Array.isArray(history) ? history[0] : undefined;
  if (list.length === 1 && more.length === 0 && typeof name === 'string') return name;
  const expected = 'the model must be a chain of layers, each with one input';
  return fail('unsupported', where, expected, `${place} with others`);
}

/** The layers between one input and one output, in order. */
function readChain(where: string, config: Json): LayerConfig[] {
  const entries = asList(where, 'layers', config.layers).map((value, index) => {
    const layer = readLayer(where, `layers[${index}]`, value);
    return [layer.name, { layer, nodes: (value as Json).inbound_nodes }] as const;
  });
  const layers = new Map(entries);
  const outputs = asList(where, 'output_layers', config.output_layers).flat();
  const [last] = outputs;
  // A name, a number of the node and one of the tensor.
  if (outputs.length !== 3) {
    const got = `${outputs.length / 3} outputs`;
    fail('unsupported', where, 'the model must be a chain of layers, with one output', got);
  }
  const chain: LayerConfig[] = [];
  for (let name: unknown = last; name !== undefined; ) {
    const entry = layers.get(name as string);
    if (!entry) return fail('file', where, 'layers must have every layer that is named', describe(name));
    chain.unshift(entry.layer);
    if (chain.length > layers.size) fail('file', where, 'the model must be a chain of layers', 'a circle');
    name = inputOf(where, entry.layer.name, entry.nodes);
  }
  return chain;
}

/** All layers of a description in its order, by which weights are named, and those of the chain. */
export interface ModelConfig {
  readonly all: readonly LayerConfig[];
  readonly chain: readonly LayerConfig[];
}

/**
 * Reads the description of a Sequential or functional model.
 * @throws CellgateError `unsupported` for one that is no chain, `file` for anything else
 */
export function readModel(where: string, value: unknown): ModelConfig {
  const { class_name: className, config } = asObject(where, 'the model', value);
  // Before Keras 2.2.3 a Sequential was a list.
  const options = Array.isArray(config) ? { layers: config } : asObject(where, 'config', config);
  const layers = asList(where, 'layers', options.layers);
  checkDepth(where, layers.length);
  const all = layers.map((layer, index) => readLayer(where, `layers[${index}]`, layer));
  if (new Set(all.map(({ name }) => name)).size < all.length) {
    fail('file', where, 'layers must have names of their own', 'a name twice');
  }
  if (className === 'Sequential') return { all, chain: all };
  if (className === 'Functional' || className === 'Model') return { all, chain: readChain(where, options) };
  return fail('unsupported', where, 'the model must be Sequential or Functional', describe(className));
}
