/** Samples from the bytes of a WAV file or of raw PCM, piece by piece. */

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/** How to read a sample, by format and bytes, and what is full scale. */
const READERS = {
  [`${PCM}-1`]: (view, at) => (view.getUint8(at) - 128) / 128,
  [`${PCM}-2`]: (view, at) => view.getInt16(at, true) / 32768,
  [`${PCM}-3`]: (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8388608,
  [`${PCM}-4`]: (view, at) => view.getInt32(at, true) / 2147483648,
  [`${FLOAT}-4`]: (view, at) => view.getFloat32(at, true),
};

const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const textOf = (bytes) => String.fromCharCode(...bytes);

/** Bytes of an async iterable by number. */
class ByteReader {
  #pieces;
  #rest = new Uint8Array(0);

  constructor(pieces) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Some bytes, `least` or more; fewer at the end. */
  async some(least) {
    const parts = [this.#rest];
    let length = this.#rest.length;
    while (length < least) {
      const { done, value } = await this.#pieces.next();
      if (done) break;
      parts.push(value);
      length += value.length;
    }
    this.#rest = new Uint8Array(0);
    return parts.length === 1 ? parts[0] : Uint8Array.from(Buffer.concat(parts));
  }

  /** Puts bytes back. */
  back(bytes) {
    this.#rest = bytes;
  }

  /** Exactly as many, or an error. */
  async exactly(count, what) {
    const bytes = await this.some(count);
    if (bytes.length < count) throw new Error(`a WAV file must have ${what}, got its end`);
    this.back(bytes.subarray(count));
    return bytes.subarray(0, count);
  }
}

/** Reads the header up to the data: what they are, and how many bytes. */
async function readHeader(reader) {
  const riff = await reader.exactly(12, 'a header');
  if (textOf(riff.subarray(0, 4)) !== 'RIFF' || textOf(riff.subarray(8)) !== 'WAVE') {
    throw new Error('a WAV file must begin with RIFF and WAVE');
  }
  let format;
  for (;;) {
    const head = await reader.exactly(8, 'a chunk of data');
    const [name, size] = [textOf(head.subarray(0, 4)), viewOf(head).getUint32(4, true)];
    if (name === 'data') {
      if (format === undefined) throw new Error('a WAV file must have a format before its data');
      return { ...format, size };
    }
    const chunk = await reader.exactly(size + (size % 2), `${size} bytes of '${name}'`);
    if (name === 'fmt ') format = formatOf(viewOf(chunk));
  }
}

function formatOf(view) {
  const code = view.getUint16(0, true);
  return {
    // An extensible format has the code in the first bytes of its identifier.
    code: code === EXTENSIBLE ? view.getUint16(24, true) : code,
    channels: view.getUint16(2, true),
    rate: view.getUint32(4, true),
    bytes: view.getUint16(14, true) / 8,
  };
}

/** Samples of one channel, the mean of all, of which every `step`-th is taken. */
async function* samplesOf(reader, { code, channels, bytes, size }, step) {
  const read = READERS[`${code}-${bytes}`];
  if (read === undefined || channels === 0) {
    throw new Error(
      `samples must be PCM of 8 to 32 bits or 32-bit floats, got format ${code} of ${8 * bytes} bits`,
    );
  }
  const each = channels * bytes;
  let left = size;
  for (let phase = 0; left >= each; ) {
    const piece = await reader.some(each);
    const count = Math.floor(Math.min(piece.length, left) / each);
    if (count === 0) return;
    reader.back(piece.subarray(count * each));
    left -= count * each;
    const view = viewOf(piece);
    const samples = new Float32Array(Math.ceil((count - phase) / step));
    for (let at = 0; at < samples.length; at++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) {
        sum += read(view, (phase + at * step) * each + channel * bytes);
      }
      samples[at] = sum / channels;
    }
    phase += samples.length * step - count;
    yield samples;
  }
}

/** The detector's rate for a file's, and how many samples make one. As published: no filter. */
function rateFor(rate) {
  if (rate === 8000) return { rate, step: 1 };
  if (rate > 0 && rate % 16000 === 0) return { rate: 16000, step: rate / 16000 };
  throw new Error(`the sample rate must be 8000 or a multiple of 16000, got ${rate}`);
}

/**
 * A WAV file.
 * @param pieces an async iterable of its bytes
 * @returns the rate of the samples, 16000 or 8000, and an async iterable of Float32Arrays
 */
export async function readWav(pieces) {
  const reader = new ByteReader(pieces);
  const header = await readHeader(reader);
  const { rate, step } = rateFor(header.rate);
  // Of a pipe the size is not known when its header is written.
  const size = header.size === 0 || header.size >= 0x7fffffff ? Number.POSITIVE_INFINITY : header.size;
  return { rate, samples: samplesOf(reader, { ...header, size }, step) };
}

/** Raw 16-bit samples of one channel, little-endian. */
export function readRaw(pieces, rawRate) {
  const { rate, step } = rateFor(rawRate);
  const format = { code: PCM, channels: 1, bytes: 2, size: Number.POSITIVE_INFINITY };
  return { rate, samples: samplesOf(new ByteReader(pieces), format, step) };
}
