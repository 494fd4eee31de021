/**
 * ONNX models of one LSTM or GRU (linear_before_reset = 1), as bytes. Sizes are fixed and weights are initializers, so
 * that a runtime can prepare all it wants when it loads them.
 *
 * Field numbers are those of onnx.proto; operators as in the ONNX operator set 14.
 */

import { TORCH_GATES } from './data.mjs';
import { bytes, integer, message, text } from './protobuf.mjs';

const IR_VERSION = 8;
const OPERATOR_SET = 14;
const FLOAT = 1;
const ATTRIBUTE_INT = 2;

/** Gate rows of W, R and each half of B; ONNX calls the candidates c and h. */
const ONNX_GATES = { lstm: ['i', 'o', 'f', 'g'], gru: ['z', 'r', 'n'] };

/** Blocks of `width` rows from PyTorch's order to ONNX's. */
function permuteGates(cell, { data }) {
  const from = TORCH_GATES[cell];
  const blockLength = data.length / from.length;
  const permuted = new Float32Array(data.length);
  ONNX_GATES[cell].forEach((gate, index) => {
    const start = from.indexOf(gate) * blockLength;
    permuted.set(data.subarray(start, start + blockLength), index * blockLength);
  });
  return permuted;
}

function initializer(name, shape, ...parts) {
  const raw = Buffer.concat(parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
  return message(
    5,
    ...shape.map((size) => integer(1, size)),
    integer(2, FLOAT),
    text(8, name),
    bytes(9, raw),
  );
}

/** A ValueInfoProto under the graph's field `number`. */
function valueInfo(number, name, shape) {
  const dimensions = message(2, ...shape.map((size) => message(1, integer(1, size))));
  return message(number, text(1, name), message(2, message(1, integer(1, FLOAT), dimensions)));
}

function integerAttribute(name, value) {
  return message(5, text(1, name), integer(3, value), integer(20, ATTRIBUTE_INT));
}

function initializers(cell, width, parameters) {
  const permuted = (name) => permuteGates(cell, parameters[name]);
  const rows = ONNX_GATES[cell].length * width;
  return [
    initializer('W', [1, rows, width], permuted('weight_ih_l0')),
    initializer('R', [1, rows, width], permuted('weight_hh_l0')),
    initializer('B', [1, 2 * rows], permuted('bias_ih_l0'), permuted('bias_hh_l0')),
  ];
}

/** Names of the states that the cell carries: h, and c of an LSTM. */
export function stateNames(cell) {
  return cell === 'lstm' ? ['h', 'c'] : ['h'];
}

/**
 * A model with input X [steps, batch, width]. A sequence has the outputs Y [steps, 1, batch, width], Y_h and Y_c
 * [1, batch, width]; a single step has the further inputs initial_h and initial_c and leaves out Y, which is Y_h.
 */
export function onnxModel({ cell, calls, steps, batch, width }, parameters) {
  const states = stateNames(cell);
  const stateShape = [1, batch, width];
  const isStep = calls === 'step';
  const initial = isStep ? states.map((state) => `initial_${state}`) : [];
  const final = states.map((state) => `Y_${state}`);
  const attributes = [integerAttribute('hidden_size', width)];
  if (cell === 'gru') attributes.push(integerAttribute('linear_before_reset', 1));
  // An empty name is an input or output left out: here sequence_lens and Y.
  const node = message(
    1,
    ...['X', 'W', 'R', 'B', '', ...initial].map((name) => text(1, name)),
    ...[isStep ? '' : 'Y', ...final].map((name) => text(2, name)),
    text(4, cell.toUpperCase()),
    ...attributes,
  );
  const outputs = final.map((name) => valueInfo(12, name, stateShape));
  if (!isStep) outputs.unshift(valueInfo(12, 'Y', [steps, 1, batch, width]));
  const graph = message(
    7,
    node,
    text(2, cell),
    ...initializers(cell, width, parameters),
    valueInfo(11, 'X', [steps, batch, width]),
    ...initial.map((name) => valueInfo(11, name, stateShape)),
    ...outputs,
  );
  return Buffer.concat([integer(1, IR_VERSION), graph, message(8, text(1, ''), integer(2, OPERATOR_SET))]);
}
