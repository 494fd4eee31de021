/**
 * Memory of a training step beside the model's own, in bytes: what crates/cellgate/src/train/{network,recurrent,trainer}.rs
 * allocate for one recurrent layer without biases that hands on its last step. ARCHITECTURE.md has it in short.
 */

import { TORCH_GATES } from '../data.mjs';

const LANES = { scalar: 4, sse2: 4, neon: 4, avx2: 8, avx512: 16 };
const PART = 8;
const MAX_PARTS = 16;
/** Floats of a stretch of time that stays in the second-level cache. */
const STRETCH = 1 << 16;
/** Vectors of a panel of packed weights. */
const PANEL = 4;
/** Floats of scratch for each row of a stretch, beside a packed row of gates: rows of gates, rows of units. */
const SCRATCH = { gateRows: 3, unitRows: 1 };

const padded = (size, lanes) => Math.ceil(size / lanes) * lanes;

export function stepBytes({ cell, steps, batch, inputSize, hiddenSize }, isa) {
  const lanes = LANES[isa];
  const gates = TORCH_GATES[cell].length;
  const units = padded(hiddenSize, lanes);
  const gateRow = gates * units;
  const wider = Math.max(inputSize, hiddenSize);

  const parameters = gates * hiddenSize * (inputSize + hiddenSize);
  const inPanels = (width) => padded(width, PANEL * lanes);
  const packed = (inputSize + hiddenSize) * inPanels(gateRow) + gateRow;
  const transposed = (inPanels(inputSize) + inPanels(hiddenSize)) * gateRow;
  // Values and those before, gradients, two moments, the layer's own, and one for what is read by name.
  const shared = 7 * parameters + packed + transposed;

  const parts = Math.min(MAX_PARTS, Math.max(1, Math.floor(batch / PART)));
  const sequences = batch / parts;
  const rows = sequences * steps;
  // x, tape, h, four gradients as wide as h or the wider of both.
  const perRow = inputSize + (gates + 1) * units + 4 * hiddenSize + 2 * wider;
  const stretch = Math.min(rows, Math.max(sequences, Math.floor(STRETCH / gateRow)));
  const perStretchRow = inPanels(gateRow) + SCRATCH.gateRows * gateRow + SCRATCH.unitRows * units + wider;
  // Sums of gradients lie as rows, not in panels.
  const gradients = (inputSize + hiddenSize + 1) * gateRow;
  const perSequence = 6 * hiddenSize + 3 * units + gateRow;
  const part =
    rows * perRow + stretch * perStretchRow + sequences * perSequence + parameters + gradients + gateRow;

  return Float32Array.BYTES_PER_ELEMENT * (shared + parts * part);
}
