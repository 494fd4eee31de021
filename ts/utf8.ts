/**
 * UTF-8 where an environment has no `TextDecoder` and `TextEncoder`, as in an AudioWorklet. The build puts these two names in
 * the place of the global ones in all that browsers load, the generated glue included.
 */

/** Strict, whatever the options of the global class say. */
class Utf8Decoder {
  /** @throws URIError for bytes that are no UTF-8 */
  decode(bytes: Uint8Array = new Uint8Array()): string {
    return decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''));
  }
}

class Utf8Encoder {
  /** @throws URIError for half a surrogate pair */
  encode(text: string): Uint8Array<ArrayBuffer> {
    const escaped = encodeURIComponent(text).matchAll(/%(..)|./g);
    return Uint8Array.from(escaped, ([char, hex]) =>
      hex === undefined ? char.charCodeAt(0) : Number.parseInt(hex, 16),
    );
  }
}

const { TextDecoder: Decoder = Utf8Decoder, TextEncoder: Encoder = Utf8Encoder } = globalThis as Partial<
  typeof globalThis
>;

export { Decoder as TextDecoder, Encoder as TextEncoder };
