/** Recordings: RIFF WAVE of linear PCM or floats, as Microsoft's and IBM's "Multimedia Programming Interface" of 1991 has it. */
import { fail } from '../../errors.js';

/** Samples, one channel after the other at each moment, from -1 to 1. */
export interface Recording {
  readonly rate: number;
  readonly channels: number;
  readonly samples: Float32Array;
}

const PCM = 1;
const FLOAT = 3;
/** The format stands in the first two bytes of an identifier further on. */
const EXTENSIBLE = 0xfffe;
const FORMAT_BYTES = 16;

const tag = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));

export const isWav = (bytes: Uint8Array): boolean => tag(bytes, 0) === 'RIFF' && tag(bytes, 8) === 'WAVE';

type Read = (view: DataView, at: number) => number;

/** By format and bits of a sample. 8 bits have no sign. */
const READERS: Readonly<Record<string, Read>> = {
  [`${PCM}/8`]: (view, at) => (view.getUint8(at) - 128) / 2 ** 7,
  [`${PCM}/16`]: (view, at) => view.getInt16(at, true) / 2 ** 15,
  [`${PCM}/24`]: (view, at) => (view.getInt8(at + 2) * 2 ** 16 + view.getUint16(at, true)) / 2 ** 23,
  [`${PCM}/32`]: (view, at) => view.getInt32(at, true) / 2 ** 31,
  [`${FLOAT}/32`]: (view, at) => view.getFloat32(at, true),
  [`${FLOAT}/64`]: (view, at) => view.getFloat64(at, true),
};

/** Where the chunks of a file begin and end, by name; the last of a recording that is still being written may be cut. */
function chunksOf(name: string, bytes: Uint8Array, view: DataView): Map<string, [number, number]> {
  const chunks = new Map<string, [number, number]>();
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [start, length] = [at + 8, view.getUint32(at + 4, true)];
    const id = tag(bytes, at);
    if (id !== 'data' && start + length > bytes.length) {
      fail('file', name, `the chunk '${id}' at byte ${at} must end within the file`, `${bytes.length} bytes`);
    }
    if (!chunks.has(id)) chunks.set(id, [start, Math.min(bytes.length, start + length)]);
    at = start + length + (length % 2);
  }
  return chunks;
}

export function readWav(name: string, bytes: Uint8Array): Recording {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = chunksOf(name, bytes, view);
  const [at, formatEnd] = chunks.get('fmt ') ?? [0, 0];
  const [start, end] =
    chunks.get('data') ?? fail('file', name, "the recording must have a chunk 'data'", 'none');
  if (formatEnd - at < FORMAT_BYTES)
    fail('file', name, "the recording must have a chunk 'fmt '", 'none of 16 bytes');
  const given = view.getUint16(at, true);
  const format = given === EXTENSIBLE && formatEnd - at >= 26 ? view.getUint16(at + 24, true) : given;
  const [channels, rate, bits] = [
    view.getUint16(at + 2, true),
    view.getUint32(at + 4, true),
    view.getUint16(at + 14, true),
  ];
  const read = READERS[`${format}/${bits}`];
  if (!read || channels === 0) {
    const expected = 'samples must be PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64';
    fail('unsupported', name, expected, `format ${format} of ${bits} bits in ${channels} channels`);
  }
  const size = bits / 8;
  const count = Math.floor((end - start) / (size * channels)) * channels;
  const samples = new Float32Array(count);
  for (let index = 0; index < count; index++) samples[index] = read(view, start + index * size);
  return { rate, channels, samples };
}

/** Floats of 32 bits, so that nothing is rounded or cut. */
export function writeWav({ rate, channels, samples }: Recording): Uint8Array {
  const bytes = new Uint8Array(44 + 4 * samples.length);
  const view = new DataView(bytes.buffer);
  const text = (at: number, name: string): void => bytes.set(new TextEncoder().encode(name), at);
  text(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, FORMAT_BYTES, true);
  view.setUint16(20, FLOAT, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * channels * 4, true);
  view.setUint16(32, channels * 4, true);
  view.setUint16(34, 32, true);
  text(36, 'data');
  view.setUint32(40, 4 * samples.length, true);
  samples.forEach((sample, index) => {
    view.setFloat32(44 + 4 * index, sample, true);
  });
  return bytes;
}
