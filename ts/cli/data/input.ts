/** What a network is given: sequences from a table, an array or a recording. */
import { fail, sizes } from '../../errors.js';
import { nameOf, readBytes } from '../files.js';
import { note } from '../terminal.js';
import { numbersOf, numericColumns, readCsv } from './csv.js';
import { isNpy, readNpy } from './npy.js';
import { isWav, readWav } from './wav.js';

/** Sequences of steps, row-major. */
export interface Sequences {
  readonly batch: number;
  readonly time: number;
  readonly features: number;
  readonly values: Float64Array;
  /** Samples a second, of a recording. */
  readonly rate?: number;
}

/** What is wanted of a file. */
export interface Wanted {
  /** Values per step; undefined where any number will do. */
  readonly features: number | undefined;
  /** Columns of a table, instead of all that hold numbers. */
  readonly columns: readonly string[] | undefined;
}

/**
 * Reads a file: a table has a step in each row, an array is `[time]`, `[time, features]` or `[batch, time, features]`, and
 * a recording has its samples as steps, or as many of them as the network takes at a time.
 */
export async function readInput(file: string, wanted: Wanted): Promise<Sequences> {
  const [name, bytes] = [nameOf(file), await readBytes(file)];
  if (wanted.columns && (isNpy(bytes) || isWav(bytes))) {
    fail('value', name, 'columns must be of a table', 'an array or a recording');
  }
  const sequences = isNpy(bytes)
    ? fromArray(name, bytes)
    : isWav(bytes)
      ? await fromRecording(name, bytes, wanted)
      : fromTable(name, bytes, wanted);
  const { features } = sequences;
  if (wanted.features !== undefined && features !== wanted.features) {
    const hint = wanted.columns || isNpy(bytes) || isWav(bytes) ? '' : '; --columns chooses';
    fail('shape', name, `data must have ${wanted.features} values a step${hint}`, String(features));
  }
  return sequences;
}

function fromTable(name: string, bytes: Uint8Array, { columns }: Wanted): Sequences {
  const table = readCsv(name, bytes);
  const chosen = columns ?? numericColumns(table);
  const lists = chosen.map((column) => numbersOf(table, column));
  const time = table.rows.length;
  const values = new Float64Array(time * lists.length);
  for (const [feature, list] of lists.entries()) {
    for (let step = 0; step < time; step++) values[step * lists.length + feature] = list[step] as number;
  }
  return { batch: 1, time, features: lists.length, values };
}

function fromArray(name: string, bytes: Uint8Array): Sequences {
  const { shape, data } = readNpy(name, bytes);
  if (shape.length < 1 || shape.length > 3) {
    fail(
      'shape',
      name,
      'the array must be [time], [time, features] or [batch, time, features]',
      sizes(shape),
    );
  }
  const [batch = 1, time = 0, features = 1] = shape.length === 3 ? shape : [1, ...shape];
  return { batch, time, features, values: data };
}

async function fromRecording(name: string, bytes: Uint8Array, { features }: Wanted): Promise<Sequences> {
  const { rate, channels, samples } = readWav(name, bytes);
  const count = samples.length / channels;
  if (features === undefined || features === channels) {
    return { batch: 1, time: count, features: channels, values: Float64Array.from(samples), rate };
  }
  const mono = new Float64Array(count);
  samples.forEach((sample, index) => {
    const at = Math.floor(index / channels);
    mono[at] = (mono[at] as number) + sample / channels;
  });
  const time = Math.floor(count / features);
  const rest = count - time * features;
  if (rest > 0) await note(`${name}: the last ${rest} of ${count} samples fill no frame of ${features}`);
  return { batch: 1, time, features, values: mono.subarray(0, time * features), rate };
}
