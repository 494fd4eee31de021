/**
 * What is timed. A work is one cell at one size; `calls` says how it is called:
 * `sequence` runs `steps` steps from a zero state, `step` runs one and carries the state into the next call.
 */

const CELLS = ['lstm', 'gru'];

/** Input size and hidden size are both `width`. */
const SIZES = [
  { calls: 'sequence', steps: 100, batch: 1, width: 32 },
  { calls: 'sequence', steps: 100, batch: 1, width: 128 },
  { calls: 'sequence', steps: 100, batch: 1, width: 512 },
  { calls: 'sequence', steps: 100, batch: 16, width: 128 },
  { calls: 'step', steps: 1, batch: 1, width: 32 },
  { calls: 'step', steps: 1, batch: 1, width: 256 },
];

const GATES = { lstm: 4, gru: 3 };

function work(cell, size) {
  const { steps, batch, width } = size;
  return {
    ...size,
    cell,
    name: `${cell.toUpperCase()} T${steps} B${batch} H${width}`,
    // The multiply-adds of the matrices; the gates' arithmetic is left out, as it is usual.
    flops: 2 * GATES[cell] * width * (width + width) * steps * batch,
  };
}

/** All works, in the order of the table. */
export const works = CELLS.flatMap((cell) => SIZES.map((size) => work(cell, size)));
