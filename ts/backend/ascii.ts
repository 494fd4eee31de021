/**
 * Bytes as text inside a script, as `bindings/build/ascii.mjs` writes them: `letters order text`.
 *
 * `order` has all bytes, the most frequent first, as hexadecimal digits. The first {@link PAIRS} letters begin a pair that
 * stands for one of the rarer bytes, each of the others is one of the most frequent. Compressed by a server the text is as
 * small as the bytes are, where base64 is a third larger, since it cuts bytes apart.
 */

/** How many letters begin a pair. */
const PAIRS = 2;

/** The bytes that a text stands for. It needs nothing that an AudioWorklet lacks. */
export function decodeAscii(encoded: string): Uint8Array<ArrayBuffer> {
  const [letters = '', order = '', text = ''] = encoded.split(' ');
  const codeOf = new Uint8Array(128);
  for (let code = 0; code < letters.length; code++) codeOf[letters.charCodeAt(code)] = code;
  const byteOf = Uint8Array.from({ length: order.length / 2 }, (_, rank) =>
    Number.parseInt(order.slice(2 * rank, 2 * rank + 2), 16),
  );
  const singles = letters.length - PAIRS;
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const code = codeOf[text.charCodeAt(at)] ?? 0;
    const rank =
      code < PAIRS ? singles + code * letters.length + (codeOf[text.charCodeAt(++at)] ?? 0) : code - PAIRS;
    bytes[length++] = byteOf[rank] ?? 0;
  }
  return bytes.slice(0, length);
}
