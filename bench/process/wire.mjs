/** What goes between the benchmark and its processes: a line of JSON each way, arrays and files as the base64 of their bytes. */

const base64 = ({ buffer, byteOffset, byteLength }) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

export function toLine(message) {
  return JSON.stringify(message, (_, value) => {
    if (value instanceof Float32Array) return { float32: base64(value) };
    return value instanceof Uint8Array ? { bytes: base64(value) } : value;
  });
}

export function fromLine(line) {
  return JSON.parse(line, (_, value) =>
    typeof value?.float32 === 'string'
      ? new Float32Array(Uint8Array.from(Buffer.from(value.float32, 'base64')).buffer)
      : value,
  );
}
