// A minimal reader of safetensors: u64 length of the header, JSON header, raw little-endian values.

import { tensor } from 'cellgate';

/** Bytes of a file -> `{ tensors: { name: Tensor }, metadata }`. float32 only; other dtypes are an error. */
export function readSafetensors(bytes) {
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const body = 8 + headerLength;
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, body)));
  const { __metadata__: metadata = {}, ...entries } = header;

  const tensors = {};
  for (const [
    name,
    {
      dtype,
      shape,
      data_offsets: [begin, end],
    },
  ] of Object.entries(entries)) {
    if (dtype !== 'F32') throw new Error(`safetensors: ${name} must be F32, got ${dtype}`);
    // The copy gives the values an aligned buffer of their own.
    const values = new Float32Array(Uint8Array.from(bytes.subarray(body + begin, body + end)).buffer);
    tensors[name] = tensor(values, shape);
  }
  return { tensors, metadata };
}
