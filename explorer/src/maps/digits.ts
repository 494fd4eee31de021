/** Digits as sequences of rows, and the network that tells them apart. */

import type { Linear } from 'cellgate';
import samples from '../../models/digits.json';
import url from '../../models/digits.safetensors?url';
import type { Recurrent } from '../network/quantities';
import { softmax } from '../network/softmax';
import { loadModel } from '../network/start';
import { oneSequence, traceLayer } from '../network/trace';
import type { Reading } from './reading';

/** Rows, and pixels of a row. */
export const SIDE = 28;

export interface DigitReading extends Reading {
  /** Probabilities of the classes after each row. */
  readonly beliefs: readonly (readonly number[])[];
}

/** Pixels from 0 to 1. */
export const SAMPLES = samples.map(({ digit, pixels }) => ({
  digit,
  pixels: Float32Array.from(atob(pixels), (byte) => byte.charCodeAt(0) / 255),
}));

export async function readDigit(pixels: Float32Array): Promise<DigitReading> {
  const [layer, readout] = (await loadModel(url)).layers as unknown as [Recurrent, Linear];
  const x = oneSequence(pixels, SIDE);
  const scores = readout.forward(layer.forward(x).output).data;
  const rows = Array.from({ length: SIDE }, (_, row) => row);
  return {
    layer,
    traced: traceLayer(layer, x),
    features: new Map([
      [
        'ink',
        Float32Array.from(rows, (row) =>
          pixels.slice(row * SIDE, (row + 1) * SIDE).reduce((a, b) => a + b, 0),
        ),
      ],
      ['row', Float32Array.from(rows)],
    ]),
    stepName: () => '',
    beliefs: rows.map((row) => softmax(scores.subarray(row * 10, (row + 1) * 10))),
  };
}

/**
 * A drawing as those of the collection are: its box scaled to 20 pixels, its centre of mass in the middle.
 * An empty drawing stays as it is.
 */
export function centred(pixels: Float32Array): Float32Array {
  const inked = [...pixels.keys()].filter((at) => (pixels[at] ?? 0) > 0.1);
  if (inked.length === 0) return pixels;
  const columns = inked.map((at) => at % SIDE);
  const rows = inked.map((at) => Math.floor(at / SIDE));
  const extent = Math.max(
    Math.max(...columns) - Math.min(...columns) + 1,
    Math.max(...rows) - Math.min(...rows) + 1,
  );
  const scale = extent / 20;
  const [column, row] = centreOfMass(pixels);
  return Float32Array.from(pixels, (_, at) => {
    const x = column + ((at % SIDE) - (SIDE - 1) / 2) * scale;
    const y = row + (Math.floor(at / SIDE) - (SIDE - 1) / 2) * scale;
    return sampled(pixels, x, y);
  });
}

function centreOfMass(pixels: Float32Array): [number, number] {
  let [sum, x, y] = [0, 0, 0];
  pixels.forEach((ink, at) => {
    sum += ink;
    x += ink * (at % SIDE);
    y += ink * Math.floor(at / SIDE);
  });
  return [x / sum, y / sum];
}

/** Between four pixels, bilinearly; paper outside. */
function sampled(pixels: Float32Array, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, down] = [x - left, y - top];
  const at = (column: number, row: number) =>
    column >= 0 && column < SIDE && row >= 0 && row < SIDE ? (pixels[row * SIDE + column] ?? 0) : 0;
  const upper = at(left, top) * (1 - right) + at(left + 1, top) * right;
  const lower = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right;
  return upper * (1 - down) + lower * down;
}
