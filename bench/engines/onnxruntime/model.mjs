/**
 * ONNX models of a recurrent network, as bytes. Sizes are fixed and weights are initializers, so that a runtime can
 * prepare all it wants when it loads them.
 *
 * Field numbers are those of onnx.proto; operators as in the ONNX operator set 14.
 */

import { reorderGates, TORCH_GATES } from '../../data.mjs';
import { bytes, integer, message, text } from './protobuf.mjs';

const IR_VERSION = 8;
const OPERATOR_SET = 14;
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_STRING = 3;
const ATTRIBUTE_INTS = 7;

/** Gate rows of W, R and each half of B; ONNX calls the candidates c and h. */
const ONNX_GATES = { lstm: ['i', 'o', 'f', 'g'], gru: ['z', 'r', 'n'], rnn: ['h'] };

function initializer(name, type, shape, parts) {
  const raw = Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
  return message(5, ...shape.map((size) => integer(1, size)), integer(2, type), text(8, name), bytes(9, raw));
}

/** A ValueInfoProto under the graph's field `number`. */
function valueInfo(number, { name, shape }) {
  const dimensions = message(2, ...shape.map((size) => message(1, integer(1, size))));
  return message(number, text(1, name), message(2, message(1, integer(1, FLOAT), dimensions)));
}

const attributes = {
  number: (name, value) => message(5, text(1, name), integer(3, value), integer(20, ATTRIBUTE_INT)),
  word: (name, value) => message(5, text(1, name), text(4, value), integer(20, ATTRIBUTE_STRING)),
  numbers: (name, values) =>
    message(5, text(1, name), ...values.map((value) => integer(8, value)), integer(20, ATTRIBUTE_INTS)),
};

/** A NodeProto; an empty name is an input or output left out. */
function node(operator, inputs, outputs, ...fields) {
  const names = (number, list) => list.map((name) => text(number, name));
  return message(1, ...names(1, inputs), ...names(2, outputs), text(4, operator), ...fields);
}

/** W, R and B of a layer, each with its directions one after another. */
function weightsOf({ cell, hiddenSize, isBidirectional }, parameters, layer, inputSize) {
  const suffixes = [`l${layer}`, ...(isBidirectional ? [`l${layer}_reverse`] : [])];
  const rows = ONNX_GATES[cell].length * hiddenSize;
  const ordered = (name) => reorderGates(parameters[name], TORCH_GATES[cell], ONNX_GATES[cell]);
  const each = (...kinds) => suffixes.flatMap((suffix) => kinds.map((kind) => ordered(`${kind}_${suffix}`)));
  const directions = suffixes.length;
  return [
    initializer(`W${layer}`, FLOAT, [directions, rows, inputSize], each('weight_ih')),
    initializer(`R${layer}`, FLOAT, [directions, rows, hiddenSize], each('weight_hh')),
    initializer(`B${layer}`, FLOAT, [directions, 2 * rows], each('bias_ih', 'bias_hh')),
  ];
}

/** The states that go from call to call: `{ initial, final }` names, for each layer h and an LSTM's c. */
export function statesOf({ cell, layers }) {
  const kinds = cell === 'lstm' ? ['h', 'c'] : ['h'];
  return Array.from({ length: layers }, (_, layer) =>
    kinds.map((kind) => ({ initial: `initial_${kind}${layer}`, final: `final_${kind}${layer}` })),
  ).flat();
}

/** Nodes and initializers that make `[steps, directions, batch, hidden]` what the next layer, or the caller, takes. */
function joined(work, layer, output) {
  const { steps, batch, hiddenSize, isBidirectional } = work;
  if (!isBidirectional) {
    const shape = BigInt64Array.from([steps, batch, hiddenSize], BigInt);
    return [
      initializer(`shape${layer}`, INT64, [3], [shape]),
      node('Reshape', [`Y${layer}`, `shape${layer}`], [output]),
    ];
  }
  const shape = BigInt64Array.from([steps, batch, 2 * hiddenSize], BigInt);
  return [
    initializer(`shape${layer}`, INT64, [3], [shape]),
    node('Transpose', [`Y${layer}`], [`side${layer}`], attributes.numbers('perm', [0, 2, 1, 3])),
    node('Reshape', [`side${layer}`, `shape${layer}`], [output]),
  ];
}

/** What a layer adds to the graph; `input` and `output` are names. A step's output is its state h. */
function layerFields(work, parameters, layer, { input, inputSize, output }) {
  const { cell, calls, hiddenSize, resetAfter, isBidirectional } = work;
  const isStep = calls === 'step';
  const kinds = cell === 'lstm' ? ['h', 'c'] : ['h'];
  const fields = [attributes.number('hidden_size', hiddenSize)];
  if (cell === 'gru') fields.push(attributes.number('linear_before_reset', Number(resetAfter)));
  if (isBidirectional) fields.push(attributes.word('direction', 'bidirectional'));
  const initial = isStep ? kinds.map((kind) => `initial_${kind}${layer}`) : [];
  const weights = [`W${layer}`, `R${layer}`, `B${layer}`, ''];
  const outputs = [isStep ? '' : `Y${layer}`, ...kinds.map((kind) => `final_${kind}${layer}`)];
  return [
    ...weightsOf(work, parameters, layer, inputSize),
    node(cell.toUpperCase(), [input, ...weights, ...initial], outputs, ...fields),
    ...(isStep ? [] : joined(work, layer, output)),
  ];
}

/**
 * A model with input X [steps, batch, inputSize]. A sequence has the output Y [steps, batch, directions * hiddenSize], and both
 * have the final states of each layer. A single step has the further inputs of `statesOf` and leaves out Y, which is the last h.
 */
export function onnxModel(work, parameters) {
  const { calls, steps, batch, inputSize, hiddenSize, layers, isBidirectional } = work;
  const isStep = calls === 'step';
  const directions = isBidirectional ? 2 : 1;
  const nameOf = (layer) => (isStep ? `final_h${layer}` : layer === layers - 1 ? 'Y' : `joined${layer}`);
  const state = (name) => ({ name, shape: [directions, batch, hiddenSize] });
  const states = statesOf(work);
  const fields = Array.from({ length: layers }, (_, layer) =>
    layerFields(work, parameters, layer, {
      input: layer === 0 ? 'X' : nameOf(layer - 1),
      inputSize: layer === 0 ? inputSize : directions * hiddenSize,
      output: nameOf(layer),
    }),
  ).flat();
  const graph = message(
    7,
    ...fields,
    text(2, work.cell),
    valueInfo(11, { name: 'X', shape: [steps, batch, inputSize] }),
    ...(isStep ? states.map(({ initial }) => valueInfo(11, state(initial))) : []),
    ...(isStep ? [] : [valueInfo(12, { name: 'Y', shape: [steps, batch, directions * hiddenSize] })]),
    ...states.map(({ final }) => valueInfo(12, state(final))),
  );
  return Buffer.concat([integer(1, IR_VERSION), graph, message(8, text(1, ''), integer(2, OPERATOR_SET))]);
}
