/** UTF-8 in environments without the global classes, which are the reference here. */
import { beforeAll, describe, expect, it, vi } from 'vitest';

const reference = { encoder: new TextEncoder(), decoder: new TextDecoder('utf-8', { fatal: true }) };

describe('UTF-8 without the global classes', () => {
  let encoder: Pick<TextEncoder, 'encode'>;
  let decoder: Pick<TextDecoder, 'decode'>;

  beforeAll(async () => {
    vi.stubGlobal('TextEncoder', undefined);
    vi.stubGlobal('TextDecoder', undefined);
    const utf8 = await import('../../ts/utf8.js');
    vi.unstubAllGlobals();
    encoder = new utf8.TextEncoder();
    decoder = new utf8.TextDecoder();
  });

  it.each(['', 'lstm.forward', 'σ(Wx + b)', '門控循環', '\u0000\u007f\u0080\u07ff\u0800\uffff', '🧠 𝛔'])(
    'agrees on %j',
    (text) => {
      const bytes = reference.encoder.encode(text);
      expect(encoder.encode(text)).toEqual(bytes);
      expect(decoder.decode(bytes)).toBe(text);
    },
  );

  it.each([[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]])(
    'refuses bytes %j %j',
    (...bytes) => {
      const malformed = Uint8Array.from(bytes.flat());
      expect(() => reference.decoder.decode(malformed)).toThrow();
      expect(() => decoder.decode(malformed)).toThrow(URIError);
    },
  );
});
