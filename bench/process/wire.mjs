/** What goes between the benchmark and its processes: a line of JSON each way, arrays as the base64 of their bytes. */

export function toLine(message) {
  return JSON.stringify(message, (_, value) =>
    value instanceof Float32Array
      ? { float32: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') }
      : value,
  );
}

export function fromLine(line) {
  return JSON.parse(line, (_, value) =>
    typeof value?.float32 === 'string'
      ? new Float32Array(Uint8Array.from(Buffer.from(value.float32, 'base64')).buffer)
      : value,
  );
}
