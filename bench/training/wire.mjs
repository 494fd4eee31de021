/** What goes between the benchmark and its processes: a line of JSON each way, arrays as the base64 of their bytes. */

export function encode(array) {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');
}

export function decode(text) {
  return new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
}

/** The same for an object's values. */
export function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}
