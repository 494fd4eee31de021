/** What a network gave, as a table, an array, a recording or JSON. */
import type { Shape } from '../../shape-types.js';
import { endingOf } from '../files.js';
import { UsageError } from '../usage-error.js';
import { writeCsv } from './csv.js';
import { writeNpy } from './npy.js';
import { writeWav } from './wav.js';

const FORMATS = ['csv', 'npy', 'wav'] as const;
export type OutputFormat = (typeof FORMATS)[number];

/** The format of a file by its ending; a table where it has another. */
export function formatOf(file: string, asked: string | undefined): OutputFormat {
  const format = FORMATS.find((known) => known === (asked ?? endingOf(file)));
  if (format) return format;
  if (asked === undefined) return 'csv';
  throw new UsageError(`--format must be one of ${FORMATS.join(', ')}, got ${JSON.stringify(asked)}`);
}

/** Samples a second of a recording that was made of other data. */
const DEFAULT_RATE = 16_000;

/** A network's output: `[batch, values]` or `[batch, time, values]`. */
export interface Output {
  readonly shape: Shape;
  readonly data: Float32Array<ArrayBuffer>;
  /** Samples a second of the input, if it was a recording. */
  readonly rate: number | undefined;
}

export function encode({ shape, data, rate }: Output, format: OutputFormat): string | Uint8Array {
  if (format === 'npy') return writeNpy(data, shape);
  if (shape.length > 3) throw new UsageError(`an output of ${shape.length} axes is written as .npy only`);
  const [sequences, steps, values] = shape.length === 3 ? shape : [shape[0] ?? 1, undefined, shape[1] ?? 1];
  if (format === 'wav') {
    if (sequences !== 1 || steps === undefined) {
      throw new UsageError('a recording must be one sequence with every step: see --steps');
    }
    return writeWav({ rate: rate ?? DEFAULT_RATE, channels: values as number, samples: data });
  }
  const width = values as number;
  const names = Array.from({ length: width }, (_, index) => (width === 1 ? 'output' : `output ${index + 1}`));
  const isOne = sequences === 1 && steps !== undefined;
  const heads = [...(isOne ? [] : ['sequence']), ...(steps === undefined ? [] : ['step'])];
  const rows = Array.from({ length: width === 0 ? 0 : data.length / width }, (_, row) => {
    const sequence = steps === undefined ? row : Math.floor(row / steps);
    const places = [...(isOne ? [] : [sequence]), ...(steps === undefined ? [] : [row % steps])];
    return [...places, ...data.subarray(row * width, (row + 1) * width)];
  });
  return writeCsv([...heads, ...names], rows);
}
