/** Bytes as text for a script; `ts/backend/ascii.ts` has the format and reads it. */

/** What needs no escape in any literal and no care in a page; the space separates the parts. */
const LETTERS = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at))
  .filter((letter) => !`"'\`\\$<`.includes(letter))
  .join('');
const PAIRS = 2;

/** @param {Uint8Array} bytes @returns {string} */
export function encodeAscii(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte] += 1;
  const order = [...counts.keys()].sort((one, other) => counts[other] - counts[one]);
  const singles = LETTERS.length - PAIRS;
  const words = [];
  for (const [rank, byte] of order.entries()) {
    const rest = rank - singles;
    words[byte] =
      rest < 0
        ? LETTERS[PAIRS + rank]
        : LETTERS[Math.floor(rest / LETTERS.length)] + LETTERS[rest % LETTERS.length];
  }
  const text = Array.from(bytes, (byte) => words[byte]).join('');
  return [LETTERS, Buffer.from(order).toString('hex'), text].join(' ');
}
