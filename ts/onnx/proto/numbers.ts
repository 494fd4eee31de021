/** Numbers of a repeated field, gathered in the array type that they will be used in. */

const MAKERS = {
  float: (length: number) => new Float32Array(length),
  double: (length: number) => new Float64Array(length),
  int32: (length: number) => new Int32Array(length),
  int64: (length: number) => new BigInt64Array(length),
};

/** Types of numbers on the wire. */
export type NumberType = keyof typeof MAKERS;

/** Bytes of a number in such an array. */
export const NUMBER_BYTES: Readonly<Record<NumberType, number>> = {
  float: 4,
  double: 8,
  int32: 4,
  int64: 8,
};

/** An array of such numbers. */
export type Numbers = ReturnType<(typeof MAKERS)[NumberType]>;

const EMPTY = Object.fromEntries(
  Object.entries(MAKERS).map(([type, make]) => [type, make(0)]),
) as unknown as Record<NumberType, Numbers>;

/** No numbers; shared, as an array without values cannot change. */
export function noNumbers(type: NumberType): Numbers {
  return EMPTY[type];
}

/** An array that grows by doubling. */
export class NumberList {
  readonly #type: NumberType;
  #values: Numbers;
  #count = 0;

  constructor(type: NumberType) {
    this.#type = type;
    this.#values = noNumbers(type);
  }

  /** Makes room for as many more. */
  reserve(count: number): void {
    const needed = this.#count + count;
    if (needed <= this.#values.length) return;
    const grown = MAKERS[this.#type](Math.max(needed, 2 * this.#values.length));
    grown.set(this.#values as never);
    this.#values = grown;
  }

  push(value: number | bigint): void {
    if (this.#count === this.#values.length) this.reserve(1);
    this.#values[this.#count++] = value as never;
  }

  /** The numbers so far; a view that the next `push` may leave behind. */
  get values(): Numbers {
    return this.#values.subarray(0, this.#count);
  }
}
