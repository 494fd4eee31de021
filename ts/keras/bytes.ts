/** Bytes that are read one after the other, little-endian, and never past their end. */

import { fail } from '../errors.js';

export class Bytes {
  readonly #where: string;
  readonly #name: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  /** @param name begins the expectation of errors, such as `the HDF5 file` */
  constructor(where: string, name: string, bytes: Uint8Array) {
    this.#where = where;
    this.#name = name;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  fail(expected: string, got: string): never {
    return fail('file', this.#where, `${this.#name} must have ${expected}`, got);
  }

  /** Bytes that are not yet read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  #take(count: number): number {
    const at = this.#at;
    if (!(count >= 0 && count <= this.left)) this.fail(`${count} bytes more`, `${this.left}`);
    this.#at += count;
    return at;
  }

  skip(count: number): void {
    this.#take(count);
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** A whole number of 8 bytes. */
  long(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** A place or size of 8 bytes. */
  address(): number {
    const value = Number(this.long());
    return Number.isSafeInteger(value) ? value : this.fail('places and sizes below 2^53', String(value));
  }

  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  text(count: number): string {
    return new TextDecoder().decode(this.bytes(count));
  }

  /** A text that ends with a zero byte or with the bytes. */
  line(most = this.left): string {
    const rest = this.#bytes.subarray(this.#at, this.#at + most + 1);
    const end = rest.indexOf(0);
    const length = end < 0 ? rest.length : end;
    return length > most ? this.fail(`texts of at most ${most} bytes here`, 'more') : this.text(length);
  }

  /** The next `count` bytes by themselves. */
  part(count: number): Bytes {
    return new Bytes(this.#where, this.#name, this.bytes(count));
  }

  /** All bytes from a place on, whatever has been read. */
  from(at: number): Bytes {
    if (at > this.#bytes.length) this.fail(`byte ${at}`, `${this.#bytes.length} bytes`);
    return new Bytes(this.#where, this.#name, this.#bytes.subarray(at));
  }
}
