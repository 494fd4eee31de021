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

/** A network's output: `[batch, values]` or `[batch, time, values]`. */
export interface Output {
  readonly shape: Shape;
  readonly data: Float32Array;
  /** Samples a second of the input, if it was a recording. */
  readonly rate: number | undefined;
}

export function encode({ shape, data, rate }: Output, format: OutputFormat): string | Uint8Array {
  if (format === 'npy') return writeNpy(data, shape);
  const values = shape.at(-1) ?? 1;
  if (format === 'wav') {
    if (shape[0] !== 1 || shape.length !== 3) {
      throw new UsageError('a recording must be one sequence with every step: see --steps');
    }
    return writeWav({ rate: rate ?? 16_000, channels: values, samples: data });
  }
  const time = shape.length === 3 ? (shape[1] as number) : undefined;
  const names = Array.from({ length: values }, (_, index) =>
    values === 1 ? 'output' : `output ${index + 1}`,
  );
  const isOne = shape[0] === 1 && time !== undefined;
  const heads = [...(isOne ? [] : ['sequence']), ...(time === undefined ? [] : ['step'])];
  const rows = Array.from({ length: values === 0 ? 0 : data.length / values }, (_, row) => {
    const sequence = time === undefined ? row : Math.floor(row / time);
    const places = [...(isOne ? [] : [sequence]), ...(time === undefined ? [] : [row % time])];
    return [...places, ...data.subarray(row * values, (row + 1) * values)];
  });
  return writeCsv([...heads, ...names], rows);
}
